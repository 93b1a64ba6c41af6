/**
 * What is decided before the first round of a run.
 *
 * @module
 */

import type { PlannedCase } from "../case.ts";
import type { SuiteFile } from "../../suites/suite.ts";
import type { Manifest } from "../result.ts";
import type { RoundMeasure } from "./round.ts";

/** Settings of a run, which must not change when it is resumed. */
export interface RunSetup {
  /** Without the warnings that the rounds will give. */
  readonly manifest: Manifest;
  /** What is prepared and measured. */
  readonly cases: readonly PlannedCase[];
  /** How devices are opened that records call otherwise, by what records call them. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Absolute path of the input; generated when absent. */
  readonly input?: string;
  /** Files that the network is made from; none when absent. */
  readonly files?: readonly SuiteFile[];
  /** Fresh processes, the unit of inference: 6 give an interval of 95 %, 8 one of 99 %. */
  readonly rounds: number;
  /** Visits of every case in a round. */
  readonly blocks: number;
  /** How each round measures. */
  readonly measure: RoundMeasure;
  /** Seed of the order of visits. */
  readonly scheduleSeed: number;
  /** What one thread of the machine can do at most, GFLOP/s: a row above it is `invalid`. */
  readonly peakGflops?: number;
}

/** How a round measures unless told otherwise. */
export const DEFAULT_MEASURE: RoundMeasure = {
  warmupCalls: 3,
  warmupMs: 200,
  visitWarmupCalls: 1,
  restMs: 20,
  samples: 1,
  layers: true,
};

/** Multiply-accumulates that are worth one timed call: large networks have steady times. */
const LARGE = 10e9;
/** Most timed calls of a visit. */
const MOST_CALLS = 20;

/**
 * How often a visit calls a network of `macs` multiply-accumulates: small ones several times, so that
 * the median of the visit forgives a call that was disturbed, and after more warm-up, since others
 * ran in between.
 */
export function callsOfAVisit(macs: number): Pick<RoundMeasure, "samples" | "visitWarmupCalls"> {
  const samples = Math.min(MOST_CALLS, Math.max(1, Math.round(LARGE / macs)));
  return { samples, visitWarmupCalls: Math.min(3, samples) };
}

/**
 * Refuses settings out of range.
 *
 * @throws {RangeError} when a count is no integer or too small, or the peak not positive.
 */
export function checkSetup({ rounds, blocks, measure, scheduleSeed, peakGflops }: RunSetup): void {
  requireInteger("rounds", rounds, 1);
  requireInteger("blocks", blocks, 1);
  requireInteger("samples", measure.samples, 1);
  requireInteger("warmupCalls", measure.warmupCalls, 0);
  requireInteger("warmupMs", measure.warmupMs, 0);
  requireInteger("visitWarmupCalls", measure.visitWarmupCalls, 0);
  requireInteger("restMs", measure.restMs, 0);
  requireInteger("scheduleSeed", scheduleSeed, 0);
  if (peakGflops !== undefined && !(peakGflops > 0)) {
    throw new RangeError(
      `Cannot run as "peakGflops" must be positive: current value is ${peakGflops}`,
    );
  }
}

/**
 * Refuses a count.
 *
 * @throws {RangeError} when it is no integer or smaller than `least`.
 */
export function requireInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot run as "${name}" must be an integer of at least ${least}: current value is ${value}`,
  );
}
