/**
 * What a run found, in memory: the one value from which the table, the CSV files, the charts and
 * the page are made.
 *
 * @module
 */

import type { Packing } from "../kernels/plan/blocks.ts";
import type { PowerTrace, Reading } from "../devices/reading.ts";

/** Where a number comes from. */
export type Source = "measured" | "emulated" | "modelled" | "derived" | "published";

/** A median with its order-statistic confidence interval over rounds. */
export interface Estimate {
  /** The median. */
  readonly value: number;
  /** Lower end of the interval; absent when there are too few rounds for one. */
  readonly low?: number;
  /** Upper end of the interval. */
  readonly high?: number;
  /** Confidence level of the interval, e.g. 0.95. */
  readonly level?: number;
  /** Number of rounds. */
  readonly rounds: number;
}

/** A ratio to a baseline that ran in the same rounds. */
export interface Ratio extends Estimate {
  /** `"none shown"` unless the interval clears the A/A band of the run. */
  readonly verdict: "faster" | "slower" | "none shown";
}

/** How the samples of a case lay around their median. Nothing is removed as an outlier. */
export interface Spread {
  /** Timed samples of all rounds. */
  readonly samples: number;
  /** Milliseconds, like all that have no other unit. */
  readonly min: number;
  /** Arithmetic mean. */
  readonly mean: number;
  /** 5th percentile. */
  readonly p5: number;
  /** 95th percentile. */
  readonly p95: number;
  /** Median absolute deviation x 1.4826, which estimates the standard deviation of normal noise. */
  readonly mad: number;
  /** The same over the medians of the rounds. */
  readonly madBetweenRounds: number;
  /** Samples beyond 1.5 interquartile ranges (Tukey's inner fences). */
  readonly mildOutliers: number;
  /** Of these, samples beyond 3 interquartile ranges (outer fences). */
  readonly severeOutliers: number;
  /** Median of the second half of the samples ÷ median of the first half, in measured order. */
  readonly drift: number;
}

/** What one case is: a plain value, hashed to name it. */
export interface CaseSpec {
  /** Id of the suite. */
  readonly suite: string;
  /** Id of the network. */
  readonly model: string;
  /** Compressor id, or the id of a peer engine; of a model from a file, what made it. */
  readonly method: string;
  /** Scheme and block, e.g. `"kgs 8x4"`; `""` when the method has none. */
  readonly scheme: string;
  /** Options given to the compressor. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What is left out where sparse weights are packed; absent for nothing. */
  readonly packing?: Exclude<Packing, "full">;
  /** SHA-256 of the model, in hex, where it was compressed elsewhere. */
  readonly file?: string;
  /**
   * Target reduction of MACs, `dense / kept`; 1 for controls that do not compress, and what it has for
   * a model from a file.
   */
  readonly rate: number;
  /** Id of the device. */
  readonly device: string;
  /** Worker threads. */
  readonly threads: number;
  /** Seed of the weights and the compression. */
  readonly seed: number;
}

/** How a case ended. */
export type CaseStatus = "ok" | "invalid" | "skipped" | "failed" | "interrupted";

/** One operator of a case. */
export interface LayerResult {
  /** Layer of the dense model that it belongs to, e.g. `"conv2"`. */
  readonly layer: string;
  /** Operator of the plan, e.g. `"conv2/core"`. */
  readonly operator: string;
  /** The operator and what is fused behind it, e.g. `"convolution + relu"`. */
  readonly kind: string;
  /** Multiply-accumulates in one call. */
  readonly macs: number;
  /** Kept weights. */
  readonly params: number;
  /** Bytes of stored weight values. */
  readonly valueBytes: number;
  /** Bytes of stored indices. */
  readonly indexBytes: number;
  /** What the compressor decided for the layer. */
  readonly decision: string;
  /** Median time in one call, microseconds; absent when the device gives none. */
  readonly microseconds?: Estimate;
}

/** What a device told of a case besides times. */
export interface ReadingResult extends Omit<Reading, "value"> {
  /** Median over rounds; a count that is the same each time is of one. Absent with a reason. */
  readonly value?: Estimate;
}

/** One row of the comparison. */
export interface CaseResult {
  /** Content hash of the spec, 12 hex digits. */
  readonly id: string;
  /** What was run. */
  readonly spec: CaseSpec;
  /** Name for people, e.g. `"rt3d kgs 8x4"`. */
  readonly label: string;
  /**
   * `"A/A"` marks the second copy of the baseline that measures the noise band; `"direct"` the dense
   * model by direct convolutions alone, the same kernels that sparse models run on.
   */
  readonly role: "baseline" | "direct" | "peer" | "A/A" | "control" | "subject";
  /** How it ended. */
  readonly status: CaseStatus;
  /** Why it is not `"ok"`. */
  readonly reason?: string;
  /** Things a reader must know, from the compressor and the lowering. */
  readonly notes: readonly string[];
  /** Multiply-accumulates in one call after compression. */
  readonly macs?: number;
  /** Achieved reduction of MACs, `dense / kept`. */
  readonly rate?: number;
  /** Kept weights. */
  readonly params?: number;
  /** Bytes of stored weight values. */
  readonly valueBytes?: number;
  /** Bytes of stored indices. */
  readonly indexBytes?: number;
  /** Relative error of the output tensor against ONNX Runtime on the same weights. */
  readonly relativeError?: number;
  /** The largest such error that rounding on the device explains; a row above it is `"invalid"`. */
  readonly tolerance?: number;
  /** Milliseconds. */
  readonly latency?: Estimate;
  /** How the timed calls were spread. */
  readonly spread?: Spread;
  /** Time of the dense baseline ÷ time of this case, paired by round. */
  readonly speedupDense?: Ratio;
  /** Time of the dense model by direct convolutions ÷ time of this case, paired by round. */
  readonly speedupDirect?: Ratio;
  /** Time of the fastest peer engine's dense model ÷ time of this case, paired by round. */
  readonly speedupPeer?: Ratio;
  /** `speedupDirect ÷ rate`: how much of the work that was removed became time. */
  readonly efficiency?: Estimate;
  /** Time to load the program in a fresh process, milliseconds. */
  readonly load?: Estimate;
  /** Time of the first call after loading, milliseconds; inputs and outputs are copied in it. */
  readonly firstRun?: Estimate;
  /** Peak resident memory of the runtime alone, bytes. */
  readonly peakBytes?: number;
  /** Bytes of all activations as the plan lays them out, those that are not alive together sharing. */
  readonly activationBytes?: number;
  /** Operators in execution order. */
  readonly layers: readonly LayerResult[];
  /** Energy, events and bytes of one call; absent when nothing of the kind was asked for. */
  readonly readings?: readonly ReadingResult[];
  /** Power over time in the first round, by rail. */
  readonly power?: readonly PowerTrace[];
  /** Rounds whose times cannot be trusted, as the device was held back, and by what. */
  readonly throttled?: readonly string[];
}

/** Something that could have spoilt the run, with what to do about it. */
export interface Warning {
  /** One of a closed set, e.g. `"high-load"`. */
  readonly code: string;
  /** What was seen. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The machine, the tools and the settings of a run. */
export interface Manifest {
  /** Version of the record formats. */
  readonly schema: number;
  /** Name of the run's folder, e.g. `"2026-11-21T10-20-30-c3d"`. */
  readonly run: string;
  /** Name of the machine's folder. */
  readonly machine: string;
  /** Id of the suite. */
  readonly suite: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** When the last round ended; absent for a run that was interrupted. */
  readonly finished?: string;
  /** The command that makes this run again. */
  readonly command: string;
  /** What was fed to the network, e.g. `"generated moving shapes (seed 1)"`. */
  readonly input: string;
  /** Rounds, blocks, threads and the other settings. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** One named seed per random thing. */
  readonly seeds: Readonly<Record<string, number>>;
  /** The machine and the tools; what cannot be read is `"unavailable"`. */
  readonly environment: Readonly<Record<string, string>>;
  /** What could have spoilt the run. */
  readonly warnings: readonly Warning[];
}

/** A run: manifest, rows, and the band in which two copies of the same case differed. */
export interface RunResult {
  /** The machine, the tools and the settings. */
  readonly manifest: Manifest;
  /** The rows, in the order of the run. */
  readonly cases: readonly CaseResult[];
  /** Ratio of the baseline's two copies; differences inside it are noise. */
  readonly aaBand?: { readonly low: number; readonly high: number };
}
