/**
 * This machine: plans run by the native runtime, loaded through FFI.
 *
 * @module
 */

import type { Support } from "../compressors/compressor.ts";
import { tensor, values } from "../graph/tensor.ts";
import { build, BuildError } from "../kernels/build.ts";
import { type Kernels, type Network, openKernels } from "../kernels/ffi.ts";
import { Instruments, withoutInstruments } from "./counters/instruments.ts";
import { threadsNamed } from "./counters/event_counts.ts";
import {
  type Device,
  DeviceUnavailableError,
  type LoadOptions,
  type MeasureRequest,
  type Probe,
  type Program,
  type RawSamples,
  type Session,
  type Tensors,
} from "./device.ts";
import { requireInputs } from "./plan_values.ts";
import { warmUp } from "./warm_up.ts";

/** What the runtime calls its threads. */
const WORKER = "kerf-worker";

/**
 * Opens this machine as a device; the runtime is compiled on first use.
 *
 * @param onProgress Told what is being compiled.
 */
export function openHost(onProgress?: (label: string) => void): Promise<Device> {
  return Promise.resolve(new HostDevice(onProgress));
}

class HostDevice implements Device {
  readonly id = "host";
  readonly timebase = "native";
  readonly #onProgress: ((label: string) => void) | undefined;
  #kernels: Promise<Kernels> | undefined;
  #instruments: Instruments | undefined;

  constructor(onProgress?: (label: string) => void) {
    this.#onProgress = onProgress && ((step) => onProgress(`compiling the kernels: ${step}`));
  }

  async probe(): Promise<Probe> {
    const name = "this machine";
    try {
      const { compiler, key } = await build({ onProgress: this.#onProgress });
      const { bestIsa } = await this.#open();
      const facts = { isa: bestIsa, compiler, build: key };
      return { available: true, name, facts, missing: [] };
    } catch (error) {
      const missing = [error instanceof Error ? error.message : String(error)];
      return { available: false, name, facts: {}, missing };
    }
  }

  supports({ kind }: Program): Support {
    return kind === "plan" ? { ok: true } : { ok: false, reason: "the host runs plan files" };
  }

  async load({ path }: Program, { threads }: LoadOptions): Promise<Session> {
    const library = await this.#open().catch((error: unknown) => {
      if (!(error instanceof BuildError)) throw error;
      throw new DeviceUnavailableError("host", [error.message], { cause: error });
    });
    this.#instruments ??= Instruments.open();
    return new HostSession(await library.open(path, { threads }), {
      instruments: this.#instruments,
    });
  }

  /** Of the runtime as an executable, in which nothing else takes memory. */
  async peakBytes({ path }: Program, { threads }: LoadOptions): Promise<number | undefined> {
    const { executable } = await build();
    const args = [path, "--threads", String(threads)];
    const { success, stdout } = await new Deno.Command(executable, { args }).output();
    if (!success) return undefined;
    const { peak_kib } = JSON.parse(new TextDecoder().decode(stdout)) as { peak_kib: number };
    return peak_kib ? peak_kib * 1024 : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#instruments?.[Symbol.dispose]();
    (await this.#kernels?.catch(() => undefined))?.[Symbol.dispose]();
  }

  #open(): Promise<Kernels> {
    return this.#kernels ??= openKernels(this.#onProgress);
  }
}

/** A plan that the runtime in this process has loaded. */
export class HostSession implements Session {
  readonly notes: readonly string[];
  readonly #network: Network;
  readonly #instruments: Instruments | undefined;
  readonly #profile: () => Promise<{ name: string; ns: number }[]>;

  /**
   * Takes the network, and closes it in the end; reads what goes on beside it by `instruments`, where
   * there are any; `profile` gives the times of its operators, `notes` what a reader of its times must
   * know.
   */
  constructor(
    network: Network,
    { instruments, profile = () => network.profile(), notes = [] }: {
      readonly instruments?: Instruments | undefined;
      readonly notes?: readonly string[];
      readonly profile?: () => Promise<{ name: string; ns: number }[]>;
    } = {},
  ) {
    this.notes = notes;
    this.#network = network;
    this.#instruments = instruments;
    this.#profile = profile;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const network = this.#network;
    requireInputs(network.inputs, inputs);
    for (const [name, input] of inputs) {
      network.setInput(name, values(input) as Float32Array<ArrayBuffer>);
    }
    const outputs = await network.run();
    return new Map(network.outputs.map(({ name, shape }) => [
      name,
      tensor(outputs.get(name)!, shape),
    ]));
  }

  async measure(request: MeasureRequest): Promise<RawSamples> {
    const network = this.#network;
    const conditions = this.#instruments?.watchConditions();
    const warmup = await warmUp(request, async () => (await network.measure(1))[0]);
    const samples = await network.measure(request.samples);
    const told = conditions?.();
    const layers = request.layers ? await this.#profile() : undefined;
    return {
      warmup,
      samples,
      ...(layers && { layers }),
      ...(told && { conditions: told }),
      ...(request.readings && await this.#readings()),
    };
  }

  async #readings(): Promise<Pick<RawSamples, "readings" | "power">> {
    if (!this.#instruments) return { readings: withoutInstruments() };
    const [nanoseconds] = await this.#network.measure(1);
    return await this.#instruments.take({
      call: (calls) => this.#network.measure(calls),
      secondsPerCall: nanoseconds / 1e9,
      threads: (files) => threadsNamed(files, WORKER),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#network[Symbol.dispose]();
    return Promise.resolve();
  }
}
