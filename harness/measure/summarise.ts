/**
 * From samples to the rows of the comparison.
 *
 * @module
 */

import { comparisonLevel, estimateRatio, runBand, verdictOf } from "./comparison.ts";
import { fastestPeer, machineOf } from "./fastest_peer.ts";
import { isReady, type PreparedCase } from "./prepared.ts";
import type { SampleRow } from "../records/records.ts";
import type { Told } from "../records/told.ts";
import type { CaseResult, Estimate, Ratio, RunResult, Spread } from "../result.ts";
import {
  drift,
  estimateMedian,
  mean,
  median,
  quantile,
  scaledMad,
  tukeyOutliers,
} from "./statistics.ts";
import type { RunProgress } from "../records/store.ts";
import { arrangeSamples, type CaseTimings, pairRounds } from "./timings.ts";
import { runWarnings } from "../environment/warnings.ts";
import { withTold } from "./summarise_told.ts";

/** A case that fails this often takes no further part in a run. */
export const MAX_FAILURES = 2;

/** The run as far as it has come. */
export function summarise(
  progress: RunProgress,
  samples: readonly SampleRow[],
  told?: Told,
): RunResult {
  const { setup, prepared } = progress;
  const timings = arrangeSamples(samples);
  const measured = prepared.map((row) => withTimes(row, progress, timings.get(row.id)));
  const compared = compare(measured, timings);
  const aaBand = runBand(compared);
  const judged = compared.map((row): CaseResult => ({
    ...row,
    ...(row.speedupDense && { speedupDense: judge(row.speedupDense, aaBand) }),
    ...(row.speedupDirect && { speedupDirect: judge(row.speedupDirect, aaBand) }),
    ...(row.speedupPeer && { speedupPeer: judge(row.speedupPeer, aaBand) }),
  }));
  const cases = withTold(judged, told);
  return {
    manifest: {
      ...setup.manifest,
      warnings: [...setup.manifest.warnings, ...runWarnings(cases, aaBand, progress)],
    },
    cases,
    ...(aaBand && { aaBand }),
  };
}

/** Whether a case has failed too often to be measured again. */
export function isExcluded(id: string, progress: RunProgress): boolean {
  return progress.failures.filter((failure) => failure.case === id).length >= MAX_FAILURES;
}

function withTimes(
  row: PreparedCase,
  progress: RunProgress,
  timings: CaseTimings | undefined,
): CaseResult {
  const { program: _, ...fixed } = row;
  if (!isReady(row)) return fixed;
  const failures = progress.failures.filter((failure) => (failure.case ?? row.id) === row.id);
  const last = failures.at(-1);
  if (isExcluded(row.id, progress) || (timings === undefined && last !== undefined)) {
    return { ...fixed, status: "failed", reason: last?.message };
  }
  if (timings === undefined) {
    return { ...fixed, status: "interrupted", reason: "the run ended before a round was finished" };
  }
  const rounds = [...timings.rounds.values()];
  const perRound = rounds.map((round) => median(round.blocks) / 1e6);
  const latency = estimateMedian(perRound);
  const excess = aboveMachinePeak(row, latency, progress.setup.peakGflops);
  if (excess !== undefined) return { ...fixed, status: "invalid", reason: excess };
  const load = estimateOnce(rounds.map((round) => round.load), 1e6);
  const firstRun = estimateOnce(rounds.map((round) => round.firstRun), 1e6);
  return {
    ...fixed,
    notes: [...row.notes, ...failures.map((f) => `round ${f.round + 1} failed: ${f.message}`)],
    latency,
    spread: spreadOf(timings.steady.map((ns) => ns / 1e6), perRound),
    ...(load && { load }),
    ...(firstRun && { firstRun }),
    layers: row.layers.map((layer) => {
      const microseconds = estimateOnce(rounds.map((r) => r.layers.get(layer.operator)), 1e3);
      return microseconds === undefined ? layer : { ...layer, microseconds };
    }),
  };
}

/** Adds speed-ups; their verdicts come when the band is known. */
function compare(
  rows: readonly CaseResult[],
  timings: ReadonlyMap<string, CaseTimings>,
): readonly CaseResult[] {
  const timed = rows.filter((row) => row.latency !== undefined);
  const comparisons = timed.filter((row) => row.role !== "baseline").length;
  const ratioTo = (reference: CaseResult | undefined, row: CaseResult): Ratio | undefined => {
    if (reference === undefined || reference.id === row.id) return undefined;
    const pairs = pairRounds(timings.get(reference.id), timings.get(row.id));
    if (pairs.length === 0) return undefined;
    const level = comparisonLevel(comparisons, pairs.length);
    return { ...estimateRatio(pairs, level), verdict: "none shown" };
  };
  return rows.map((row) => {
    if (row.latency === undefined) return row;
    const speedupDense = ratioTo(referenceFor(row, timed, "baseline"), row);
    const speedupDirect = ratioTo(referenceFor(row, timed, "direct"), row);
    const speedupPeer = ratioTo(fastestPeer(row, timed), row);
    const ownKernels = row.role === "subject" || row.role === "control";
    return {
      ...row,
      ...(speedupDense && { speedupDense }),
      ...(speedupDirect && { speedupDirect }),
      ...(speedupPeer && { speedupPeer }),
      ...(speedupDirect && ownKernels && row.rate !== undefined &&
        { efficiency: scale(speedupDirect, 1 / row.rate) }),
    };
  });
}

/** What a row is compared with: same model, threads and machine. */
function referenceFor(
  row: CaseResult,
  timed: readonly CaseResult[],
  role: "baseline" | "direct",
): CaseResult | undefined {
  const candidates = timed.filter((other) =>
    other.role === role && other.spec.model === row.spec.model &&
    other.spec.threads === row.spec.threads
  );
  return candidates.find((other) => machineOf(other) === machineOf(row));
}

function judge(ratio: Ratio, band: RunResult["aaBand"]): Ratio {
  return { ...ratio, verdict: verdictOf(ratio, band) };
}

/** The same estimate in another unit. */
function scale({ value, low, high, level, rounds }: Estimate, factor: number): Estimate {
  return {
    value: value * factor,
    ...(low !== undefined && high !== undefined &&
      { low: low * factor, high: high * factor, level }),
    rounds,
  };
}

function estimateOnce(
  perRound: readonly (number | undefined)[],
  nanoseconds: number,
): Estimate | undefined {
  const known = perRound.filter((ns) => ns !== undefined);
  return known.length === 0 ? undefined : estimateMedian(known.map((ns) => ns / nanoseconds));
}

function spreadOf(samples: readonly number[], perRound: readonly number[]): Spread {
  const outliers = tukeyOutliers(samples);
  return {
    samples: samples.length,
    min: Math.min(...samples),
    mean: mean(samples),
    p5: quantile(samples, 0.05),
    p95: quantile(samples, 0.95),
    mad: scaledMad(samples),
    madBetweenRounds: scaledMad(perRound),
    mildOutliers: outliers.mild,
    severeOutliers: outliers.severe,
    drift: drift(samples),
  };
}

/** A kernel that beats the machine did not do the work: its time means nothing. */
function aboveMachinePeak(
  row: PreparedCase,
  latency: Estimate,
  peakGflops: number | undefined,
): string | undefined {
  if (peakGflops === undefined || row.macs === undefined) return undefined;
  // F(4x4, 3x3) needs a quarter of the multiplications that a layer counts.
  // Whether a peer engine makes use of it cannot be seen.
  const winograd = row.role === "peer" ||
    row.layers.some(({ kind }) => kind.startsWith("winograd"));
  const peak = peakGflops * row.spec.threads * (winograd ? 4 : 1);
  const achieved = 2 * row.macs / (latency.value * 1e6);
  if (achieved <= peak) return undefined;
  return `${achieved.toFixed(1)} GFLOP/s is more than the ${peak.toFixed(1)} that ` +
    `${row.spec.threads} thread(s) of this machine can do`;
}
