/**
 * Comparisons of two cases that ran interleaved in the same rounds. The ratio is taken between
 * neighbours in time, so that a slow moment of the machine hits both sides; the round (a fresh
 * process) is the unit of inference, since samples within it share their memory placement.
 *
 * @module
 */

import type { CaseResult, Estimate, Ratio } from "../result.ts";
import { estimateMedian, median } from "./statistics.ts";

/** A range of ratios, `low <= 1 <= high`, within which differences are noise. */
export interface Band {
  /** At most 1. */
  readonly low: number;
  /** At least 1. */
  readonly high: number;
}

/** The times of two cases in one round, by block: index `b` of both ran in the same block. */
export interface PairedRound {
  /** Times of the case that is compared with. */
  readonly baseline: readonly number[];
  /** Times of the case in question. */
  readonly candidate: readonly number[];
}

/**
 * How often the candidate fits in the baseline's time: per round the median over blocks of
 * `baseline / candidate`, over rounds the median with its order-statistic interval.
 *
 * @throws {RangeError} when a round's sides differ in length.
 */
export function estimateRatio(rounds: readonly PairedRound[], level = 0.95): Estimate {
  return estimateMedian(
    rounds.map(({ baseline, candidate }) => {
      if (baseline.length !== candidate.length) {
        throw new RangeError(
          `Cannot pair blocks as "candidate" must have ${baseline.length} times: ` +
            `current value is ${candidate.length} times`,
        );
      }
      return median(baseline.map((time, block) => time / candidate[block]));
    }),
    level,
  );
}

/**
 * The A/A band: how far from 1 the ratio of two copies of the same case may honestly lie, taken
 * to both sides alike since which copy came out faster is chance. `undefined` when there were
 * too few rounds for an interval.
 */
export function noiseBand(aa: Estimate): Band | undefined {
  if (aa.low === undefined || aa.high === undefined) return undefined;
  const half = Math.max(Math.abs(Math.log(aa.low)), Math.abs(Math.log(aa.high)));
  return { low: Math.exp(-half), high: Math.exp(half) };
}

/** The band that encloses all `bands`; `undefined` when there are none. */
export function widestBand(bands: readonly Band[]): Band | undefined {
  if (bands.length === 0) return undefined;
  return {
    low: Math.min(...bands.map((band) => band.low)),
    high: Math.max(...bands.map((band) => band.high)),
  };
}

/** Whether `ratio` shows a difference: only if its whole interval lies outside the band. */
export function verdictOf(ratio: Estimate, band: Band | undefined): Ratio["verdict"] {
  if (band === undefined || ratio.low === undefined || ratio.high === undefined) {
    return "none shown";
  }
  if (ratio.low > band.high) return "faster";
  if (ratio.high < band.low) return "slower";
  return "none shown";
}

/**
 * The confidence level for `comparisons` verdicts: 99 % where there are several and enough
 * rounds (8) for such an interval, 95 % otherwise.
 */
export function comparisonLevel(comparisons: number, rounds: number): number {
  return comparisons > 1 && rounds >= 8 ? 0.99 : 0.95;
}

/** The A/A band of a run: the widest that its second copies of baselines show. */
export function runBand(cases: readonly CaseResult[]): Band | undefined {
  const bands = cases.map((row) =>
    row.role === "A/A" && row.speedupDense ? noiseBand(row.speedupDense) : undefined
  );
  return widestBand(bands.filter((band) => band !== undefined));
}
