/**
 * The native runtime in this process: `kerf.h` through FFI. Nothing is opened on import.
 *
 * @module
 */

import { type Shape, sizeOf } from "../graph/tensor.ts";
import { build } from "./build.ts";
import { PlanFormatError } from "./plan/plan.ts";
import { cString, errorBuffer, KernelError, messageIn, opening, STATUS, text } from "./foreign.ts";
import { ABI_VERSION, SYMBOLS } from "./symbols.ts";
import { OpeningWatch, type WatchOptions } from "./watch.ts";

/** `KERF_MAX_AXES`: most axes of an input or output. */
const MAX_AXES = 6;

/** How a plan is opened. */
export interface OpenOptions extends WatchOptions {
  /** Worker threads. @default {1} */
  readonly threads?: number;
  /**
   * `"avx512"`, `"avx2"`, `"neon"`, `"reference"`, or an OpenCL device:
   * `"opencl[:N][:fp16][:untuned][:cache=FOLDER]"`; or `"cpu+opencl..."` for both processors, among
   * which {@linkcode Network.setSchedule} divides the work.
   *
   * @default the best that the processor runs
   */
  readonly isa?: string;
}

/** The runtime library, opened. */
export class Kernels implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;

  /** Opens a library file; {@linkcode openKernels} finds or builds it first. */
  constructor(readonly path: string) {
    this.#library = Deno.dlopen(path, SYMBOLS);
    const version = this.#library.symbols.kerf_abi_version();
    if (version !== ABI_VERSION) {
      this.#library.close();
      throw new KernelError(
        "argument",
        `Cannot use library "${path}" as its ABI version must be ${ABI_VERSION}: ` +
          `current value is ${version}; run "deno task build"`,
      );
    }
  }

  /** The widest instruction set that this processor runs. */
  get bestIsa(): string {
    return text(this.#library.symbols.kerf_best_isa());
  }

  /**
   * Loads a plan file.
   *
   * @throws {PlanFormatError} when the file is not a valid plan.
   * @throws {KernelError} when it cannot be read, memory is short, the processor lacks `isa`, or
   * the OpenCL device cannot be used or cannot run the plan.
   * @throws the signal's reason when it is aborted.
   */
  async open(
    path: string,
    { threads = 1, isa = "", ...watched }: OpenOptions = {},
  ): Promise<Network> {
    using watch = new OpeningWatch(watched);
    const { status, reason, handle } = await opening((handle, error) =>
      this.#library.symbols.kerf_open(
        cString(path),
        threads,
        cString(isa),
        watch.words,
        handle,
        error,
        BigInt(error.length),
      )
    );
    if (status === "stopped") watched.signal?.throwIfAborted();
    if (status === "format") throw new PlanFormatError(reason, path);
    if (status !== "ok") throw new KernelError(status, `Cannot load plan "${path}": ${reason}`);
    return new Network(this.#library, handle);
  }

  /**
   * Opens an OpenCL device. While it is open, networks on it share what is compiled for it.
   *
   * @param isa As {@linkcode OpenOptions.isa} names it.
   * @throws {KernelError} when there is no OpenCL, no such device, or it lacks something.
   */
  async openDevice(isa: string): Promise<KernelDevice> {
    const { symbols } = this.#library;
    const { status, reason, handle } = await opening((handle, error) =>
      symbols.kerf_device_open(cString(isa), handle, error, BigInt(error.length))
    );
    if (status !== "ok") throw new KernelError(status, `Cannot use device "${isa}": ${reason}`);
    const lines = text(symbols.kerf_device_facts(handle)).trimEnd().split("\n");
    return {
      facts: Object.fromEntries(lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      })),
      [Symbol.dispose]: () => symbols.kerf_device_close(handle),
    };
  }

  /**
   * How many OpenCL devices there are.
   *
   * @throws {KernelError} when there are none, with what brings one.
   */
  deviceCount(): number {
    const error = errorBuffer();
    const count = this.#library.symbols.kerf_device_count(error, BigInt(error.length));
    if (count > 0) return count;
    throw new KernelError("device", `Cannot find an OpenCL device: ${messageIn(error)}`);
  }

  /** Closes the library. Networks must have been closed before. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** An OpenCL device that is kept open. */
export interface KernelDevice extends Disposable {
  /** What it tells of itself: `platform`, `device`, `type` ("CPU", "GPU"), `driver`, `extensions`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** `kerf_step`, in the order of its codes. */
const STEP_KINDS = ["gpu", "cpu", "send", "fetch"] as const;

/** A step of a network on both processors; see `kerf_step` in `kerf.h`. */
export interface ScheduleStep {
  /** Enqueue an operator, compute one, copy a value to the device, or from it. */
  readonly kind: typeof STEP_KINDS[number];
  /** Index of the operator; of a value, that of its operator, or behind these that of an input. */
  readonly index: number;
}

/** An input or an output of a network. */
export interface NetworkValue {
  /** As the model calls it. */
  readonly name: string;
  /** Its extents, outermost first. */
  readonly shape: Shape;
}

/** A loaded plan. */
export class Network implements Disposable {
  /** What a run is given, in the model's order. */
  readonly inputs: readonly NetworkValue[];
  /** What a run returns, in the model's order. */
  readonly outputs: readonly NetworkValue[];
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #handle: Deno.PointerValue;
  /** How many the schedule has. */
  #steps = 0;

  /** Made by {@linkcode Kernels.open}. */
  constructor(library: Deno.DynamicLibrary<typeof SYMBOLS>, handle: Deno.PointerValue) {
    this.#library = library;
    this.#handle = handle;
    const { symbols } = library;
    const value = (
      i: number,
      nameOf: typeof symbols.kerf_input_name,
      shapeOf: typeof symbols.kerf_input_shape,
    ): NetworkValue => {
      const extents = new Uint32Array(MAX_AXES), rank = shapeOf(handle, i, extents);
      return { name: text(nameOf(handle, i)), shape: [...extents.subarray(0, rank)] };
    };
    this.inputs = Array.from(
      { length: symbols.kerf_input_count(handle) },
      (_, i) => value(i, symbols.kerf_input_name, symbols.kerf_input_shape),
    );
    this.outputs = Array.from(
      { length: symbols.kerf_output_count(handle) },
      (_, i) => value(i, symbols.kerf_output_name, symbols.kerf_output_shape),
    );
  }

  /** Bytes of all activations and their padding: what a run works in besides the plan. */
  get arenaBytes(): number {
    return Number(this.#library.symbols.kerf_arena_bytes(this.#handle));
  }

  /** Names of the operators in execution order. */
  get operators(): string[] {
    const { kerf_operator_count, kerf_operator_name } = this.#library.symbols;
    return Array.from(
      { length: kerf_operator_count(this.#handle) },
      (_, i) => text(kerf_operator_name(this.#handle, i)),
    );
  }

  /**
   * Copies an input in, row-major. It stays for all runs until it is set again.
   *
   * @param which The input's name, or its place in {@linkcode inputs}.
   * @throws {RangeError} when there is no such input, or it has not as many values as it must have.
   */
  setInput(which: string | number, data: Float32Array<ArrayBuffer>): void {
    const index = typeof which === "number"
      ? which
      : this.inputs.findIndex(({ name }) => name === which);
    const input = this.inputs[index];
    if (!input) {
      throw new RangeError(
        `Cannot set input "${which}" as it must be one of ` +
          `${this.inputs.map(({ name }) => `"${name}"`).join(", ")}`,
      );
    }
    if (data.length !== sizeOf(input.shape)) {
      throw new RangeError(
        `Cannot set input "${input.name}" of shape [${input.shape}] as it must have ` +
          `${sizeOf(input.shape)} values: current value is ${data.length}`,
      );
    }
    const { kerf_set_input } = this.#library.symbols;
    this.#expectOk(kerf_set_input(this.#handle, index, data, BigInt(data.length)));
  }

  /**
   * Runs once and gives the outputs by name, row-major.
   *
   * @throws {KernelError} with status `"device"` or `"memory"` when an OpenCL device fails.
   */
  async run(): Promise<Map<string, Float32Array<ArrayBuffer>>> {
    const { kerf_run, kerf_get_output } = this.#library.symbols;
    this.#expectOk(await kerf_run(this.#handle));
    return new Map(this.outputs.map(({ name, shape }, i) => {
      const output = new Float32Array(sizeOf(shape));
      this.#expectOk(kerf_get_output(this.#handle, i, output, BigInt(output.length)));
      return [name, output];
    }));
  }

  /**
   * Divides a network that was opened on both processors.
   *
   * @throws {KernelError} when it was not, or when a step cannot be taken where it stands.
   */
  setSchedule(steps: readonly ScheduleStep[]): void {
    const pairs = Uint32Array.from(
      steps.flatMap(({ kind, index }) => [STEP_KINDS.indexOf(kind), index]),
    );
    const { kerf_set_schedule } = this.#library.symbols;
    this.#steps = steps.length;
    this.#expectOk(kerf_set_schedule(this.#handle, pairs, steps.length));
  }

  /** Runs once by the schedule; when each step began and ended, nanoseconds from the start. */
  async trace(): Promise<{ begin: number; end: number }[]> {
    const times = new BigUint64Array(2 * this.#steps);
    this.#expectOk(await this.#library.symbols.kerf_trace(this.#handle, times));
    return Array.from({ length: this.#steps }, (_, i) => ({
      begin: Number(times[2 * i]),
      end: Number(times[2 * i + 1]),
    }));
  }

  /** Runs `calls` times; nanoseconds of each call, taken inside the runtime. */
  async measure(calls: number): Promise<number[]> {
    const times = new BigUint64Array(calls);
    this.#expectOk(await this.#library.symbols.kerf_measure(this.#handle, calls, times));
    return Array.from(times, Number);
  }

  /** Runs once; nanoseconds of each operator. */
  async profile(): Promise<{ name: string; ns: number }[]> {
    const names = this.operators;
    const times = new BigUint64Array(names.length);
    this.#expectOk(await this.#library.symbols.kerf_profile(this.#handle, times));
    return names.map((name, i) => ({ name, ns: Number(times[i]) }));
  }

  #expectOk(status: number): void {
    if (!status) return;
    const reason = text(this.#library.symbols.kerf_failure(this.#handle));
    throw new KernelError(STATUS[status], `Cannot run the network: ${reason}`);
  }

  /** Frees the network. */
  [Symbol.dispose](): void {
    this.#library.symbols.kerf_close(this.#handle);
  }
}

/**
 * Opens the runtime: `KERF_LIBRARY` if set, else the build of the present sources, compiled now if
 * it has not been.
 *
 * @throws {BuildError} when it must be compiled and cannot be.
 */
export async function openKernels(onProgress?: (message: string) => void): Promise<Kernels> {
  const given = Deno.env.get("KERF_LIBRARY");
  return new Kernels(given ?? (await build({ onProgress })).library!);
}
