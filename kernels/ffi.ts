/**
 * The native runtime in this process: `kerf.h` through FFI. Nothing is opened on import.
 *
 * @module
 */

import { build } from "./build.ts";
import { PlanFormatError } from "./plan/plan.ts";

/** `KERF_ABI_VERSION` that this file was written for. */
export const ABI_VERSION = 1;

/** Symbols of `kerf.h`, names verbatim; a test compares them with the header. */
export const SYMBOLS = {
  kerf_abi_version: { parameters: [], result: "u32" },
  kerf_best_isa: { parameters: [], result: "pointer" }, // const char *
  kerf_open: {
    parameters: [
      "buffer", // const char *path
      "u32", // uint32_t threads
      "buffer", // const char *isa
      "buffer", // kerf_network **network
      "buffer", // char *error
      "usize", // size_t error_bytes
    ],
    result: "i32",
    nonblocking: true,
  },
  kerf_close: { parameters: ["pointer" /* kerf_network *network */], result: "void" },
  kerf_input_floats: { parameters: ["pointer" /* const kerf_network *network */], result: "u64" },
  kerf_output_floats: { parameters: ["pointer" /* const kerf_network *network */], result: "u64" },
  kerf_operator_count: { parameters: ["pointer" /* const kerf_network *network */], result: "u32" },
  kerf_operator_name: {
    parameters: ["pointer", /* const kerf_network *network */ "u32" /* uint32_t index */],
    result: "pointer", // const char *
  },
  kerf_set_input: {
    parameters: [
      "pointer", // kerf_network *network
      "buffer", // const float *input
      "u64", // uint64_t floats
    ],
    result: "i32",
  },
  kerf_run: {
    parameters: ["pointer" /* kerf_network *network */],
    result: "i32",
    nonblocking: true,
  },
  kerf_get_output: {
    parameters: [
      "pointer", // const kerf_network *network
      "buffer", // float *output
      "u64", // uint64_t floats
    ],
    result: "i32",
  },
  kerf_measure: {
    parameters: [
      "pointer", // kerf_network *network
      "u32", // uint32_t calls
      "buffer", // uint64_t *nanoseconds
    ],
    result: "i32",
    nonblocking: true,
  },
  kerf_profile: {
    parameters: ["pointer", /* kerf_network *network */ "buffer" /* uint64_t *nanoseconds */],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** `kerf_status`, in the order of its codes. */
const STATUS = ["ok", "io", "format", "memory", "argument", "isa"] as const;

/** What went wrong: the name of a `kerf_status`. */
export type KernelStatus = typeof STATUS[number];

/** What the runtime refused, and why. */
export class KernelError extends Error {
  /** For messages. */
  override readonly name = "KernelError";

  /** `status` is the kind of error, for callers that branch. */
  constructor(readonly status: KernelStatus, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** How a plan is opened. */
export interface OpenOptions {
  /** Worker threads. @default {1} */
  readonly threads?: number;
  /** `"avx512"`, `"avx2"`, `"neon"` or `"reference"`. @default the best that the processor runs */
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
   * @throws {KernelError} when it cannot be read, memory is short, or the processor lacks `isa`.
   */
  async open(path: string, { threads = 1, isa = "" }: OpenOptions = {}): Promise<Network> {
    const handle = new BigUint64Array(1), error = new Uint8Array(512);
    const status = await this.#library.symbols.kerf_open(
      cString(path),
      threads,
      cString(isa),
      handle,
      error,
      BigInt(error.length),
    );
    if (status) {
      const reason = new TextDecoder().decode(error.subarray(0, error.indexOf(0)));
      if (STATUS[status] === "format") throw new PlanFormatError(reason, path);
      throw new KernelError(STATUS[status], `Cannot load plan "${path}": ${reason}`);
    }
    return new Network(this.#library, Deno.UnsafePointer.create(handle[0]));
  }

  /** Closes the library. Networks must have been closed before. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** A loaded plan. */
export class Network implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #handle: Deno.PointerValue;

  /** Made by {@linkcode Kernels.open}. */
  constructor(library: Deno.DynamicLibrary<typeof SYMBOLS>, handle: Deno.PointerValue) {
    this.#library = library;
    this.#handle = handle;
  }

  /** Names of the operators in execution order. */
  get operators(): string[] {
    const { kerf_operator_count, kerf_operator_name } = this.#library.symbols;
    return Array.from(
      { length: kerf_operator_count(this.#handle) },
      (_, i) => text(kerf_operator_name(this.#handle, i)),
    );
  }

  /** Floats of the output. */
  get outputFloats(): number {
    return Number(this.#library.symbols.kerf_output_floats(this.#handle));
  }

  /**
   * Copies the input in, row-major.
   *
   * @throws {RangeError} when it has not as many values as the network takes.
   */
  setInput(input: Float32Array<ArrayBuffer>): void {
    const wanted = this.#library.symbols.kerf_input_floats(this.#handle);
    if (this.#library.symbols.kerf_set_input(this.#handle, input, BigInt(input.length))) {
      throw new RangeError(
        `Cannot run the network as its input must have ${wanted} values: current value is ${input.length}`,
      );
    }
  }

  /** Runs once and gives the output, row-major. */
  async run(): Promise<Float32Array<ArrayBuffer>> {
    await this.#library.symbols.kerf_run(this.#handle);
    const output = new Float32Array(this.outputFloats);
    this.#library.symbols.kerf_get_output(this.#handle, output, BigInt(output.length));
    return output;
  }

  /** Runs `calls` times; nanoseconds of each call, taken inside the runtime. */
  async measure(calls: number): Promise<number[]> {
    const times = new BigUint64Array(calls);
    await this.#library.symbols.kerf_measure(this.#handle, calls, times);
    return Array.from(times, Number);
  }

  /** Runs once; nanoseconds of each operator. */
  async profile(): Promise<{ name: string; ns: number }[]> {
    const names = this.operators;
    const times = new BigUint64Array(names.length);
    await this.#library.symbols.kerf_profile(this.#handle, times);
    return names.map((name, i) => ({ name, ns: Number(times[i]) }));
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

function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}

function text(pointer: Deno.PointerValue): string {
  return pointer ? new Deno.UnsafePointerView(pointer).getCString() : "";
}
