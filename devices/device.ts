/**
 * Where a program runs. Devices differ in transport only; a session is one loaded program.
 *
 * @module
 */

import type { Support } from "../compressors/compressor.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { LoweringTarget } from "../kernels/plan/lower.ts";
import type { Conditions, PowerTrace, Reading } from "./reading.ts";

/** Named tensors, as a network takes and gives them. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** What a device loads: a plan file of our runtime, or an ONNX file for a peer engine. */
export type Program = {
  readonly kind: "plan" | "onnx";
  /** Path of the file on this machine. */
  readonly path: string;
};

/** How a program is run. */
export interface LoadOptions {
  /** Worker threads, each pinned to its own core where the system allows it. */
  readonly threads: number;
  /** Ends loading, and whatever the session does then, where the device can be interrupted. */
  readonly signal?: AbortSignal;
}

/** What a device is and what it lacks. */
export interface Probe {
  /** Whether programs can be run now. */
  readonly available: boolean;
  /** Name of the processor or emulated chip. */
  readonly name: string;
  /** Facts for the environment block, e.g. `{ isa: "avx512", cores: "2" }`. */
  readonly facts: Readonly<Record<string, string>>;
  /** What is missing and how to get it, e.g. `"no C compiler: apt-get install gcc"`. */
  readonly missing: readonly string[];
}

/** How long to warm up and how many samples to take in one visit. */
export interface MeasureRequest {
  /** Warm-up goes on until this many calls and the milliseconds below are both reached. */
  readonly warmupCalls: number;
  /** Milliseconds. */
  readonly warmupMs: number;
  /** Timed calls after the warm-up. */
  readonly samples: number;
  /** Also time every operator of one more call. */
  readonly layers?: boolean;
  /**
   * Also measure energy and events, in a stretch of further calls: at least 100, and so many that slow
   * sensors see them, where the device has any.
   */
  readonly readings?: boolean;
}

/** What a visit gave. Times in nanoseconds, in measured order. */
export interface RawSamples {
  /** Calls of the warm-up. */
  readonly warmup: readonly number[];
  /** Timed calls. */
  readonly samples: readonly number[];
  /** Time of each operator in one further call, by name; absent when not asked or not to be had. */
  readonly layers?: readonly { readonly name: string; readonly ns: number }[];
  /** Events and energy of one call, the mean of many further ones; absent when not asked for. */
  readonly readings?: readonly Reading[];
  /** Power over time, one for each rail. */
  readonly power?: readonly PowerTrace[];
  /** How the device was before and after; where it tells. */
  readonly conditions?: Conditions;
}

/** A loaded program. */
export interface Session extends AsyncDisposable {
  /** What a reader of the times must know of how the program is run. */
  readonly notes?: readonly string[];
  /** Runs once, for checking. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Runs repeatedly on the inputs of the last `run` (or zeros) and gives what the device measured. */
  measure(request: MeasureRequest): Promise<RawSamples>;
  /**
   * Counts what one call does, on the inputs of the last `run` (or zeros): of emulated devices. The same
   * program gives the same counts, so once is enough; it can take minutes.
   *
   * @throws the signal's reason when it is aborted.
   */
  count?(request: CountRequest): Promise<readonly Reading[]>;
}

/** How to count. */
export interface CountRequest {
  /** Ends the work. */
  readonly signal?: AbortSignal;
  /** Told how far it is, 0 to 1. */
  onProgress?(fraction: number): void;
  /** About how many units of work of each operator are counted, and scaled to all. @default {0}, all */
  readonly sample?: number;
}

/**
 * The largest relative error of an output that rounding of floats explains: that of summing in
 * another order is less than 1e-5 in the deepest networks here, and a wrong kernel's is near 1.
 */
export const FLOAT_TOLERANCE = 1e-4;

/** A place where programs run. */
export interface Device extends AsyncDisposable {
  /** As typed on the command line: `"host"`, `"onnxruntime"`, `"ssh:user@host"`. */
  readonly id: string;
  /** Whether times are this processor's own, or of an emulator, which are never shown as latencies. */
  readonly timebase: "native" | "emulated";
  /** Which kernels its plans are lowered for. @default {"cpu"} */
  readonly lowering?: LoweringTarget;
  /**
   * The largest relative error of outputs, as `outputsError` tells it, that is explained by how the
   * device stores and computes values.
   *
   * @default {FLOAT_TOLERANCE}
   */
  readonly tolerance?: number;
  /** Never throws: says what is missing and how to get it. */
  probe(): Promise<Probe>;
  /** Whether the device can run a program, asked before it is loaded. */
  supports(program: Program): Support;
  /**
   * Loads a program.
   *
   * @throws {DeviceUnavailableError} with what is missing.
   */
  load(program: Program, options: LoadOptions): Promise<Session>;
  /** Peak resident memory of a process that runs the program once, bytes; where it can be had. */
  peakBytes?(program: Program, options: LoadOptions): Promise<number | undefined>;
}

/** A device that cannot be used now: what is missing, and how to get it. */
export class DeviceUnavailableError extends Error {
  /** Tells the error apart where classes are lost. */
  override readonly name = "DeviceUnavailableError";
  /** `missing` says what the device lacks and how to get it, one entry each. */
  constructor(
    readonly device: string,
    readonly missing: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`Cannot use device "${device}": ${missing.join("; ")}`, options);
  }
}
