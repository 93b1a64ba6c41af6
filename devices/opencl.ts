/**
 * OpenCL devices of this machine: plans run by the native runtime, whose kernels the device's driver
 * compiles.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Support } from "../compressors/compressor.ts";
import { build, BuildError } from "../kernels/build.ts";
import { type KernelDevice, type Kernels, type Network, openKernels } from "../kernels/ffi.ts";
import { KernelError } from "../kernels/foreign.ts";
import {
  type Device,
  DeviceUnavailableError,
  FLOAT_TOLERANCE,
  type LoadOptions,
  type Probe,
  type Program,
  type Session,
} from "./device.ts";
import type { Found, FoundDevice } from "./found.ts";
import { HostSession } from "./host.ts";

/** Compiled kernels and sizes of work groups, by the content that they follow from. */
const CACHE = fileURLToPath(new URL("../.build/opencl/", import.meta.url));

/**
 * Largest relative error of outputs where elements are stored as halves, u = 2^-11 being that of one.
 *
 * Rounding errors of a layer's inputs and of its weights are independent, and grow through sums as
 * the values themselves do. So each of L layers adds about `sqrt(2 / 3) u` of the values' size to what
 * came before, and errors of independent layers add up by their squares: `u sqrt(2 L / 3)` of the
 * size, which is 4e-3 for the 110 convolutions of YOLOv4. The largest error and the largest value are
 * as many deviations out. Twice that is accepted, since boxes are exponentials of what the last layer
 * says. A kernel that reads one wrong weight in a hundred is off by 0.1.
 */
const HALF_TOLERANCE = 1e-2;

/** Options of {@linkcode openOpenCl}. */
export interface OpenClOptions {
  /** Which device and how: `"N[:fp16][:untuned]"`. @default {"0"} */
  readonly argument?: string;
  /** Where compiled kernels and sizes of work groups are kept. @default a folder of this project */
  readonly cache?: string;
  /** Ends whatever is being compiled and tried. */
  readonly signal?: AbortSignal;
  /** Told what is being compiled and tried. */
  onProgress?(label: string): void;
}

/** Opens an OpenCL device; what is missing is told by its probe. */
export function openOpenCl(options: OpenClOptions = {}): Promise<Device> {
  return Promise.resolve(new OpenClDevice(options));
}

/** The OpenCL devices of this machine. Never throws. */
export async function findOpenCl(options: OpenClOptions = {}): Promise<Found> {
  try {
    using kernels = await openKernels((step) =>
      options.onProgress?.(`compiling the kernels: ${step}`)
    );
    const count = kernels.deviceCount();
    const devices = await Promise.all(
      Array.from({ length: count }, async (_, n): Promise<FoundDevice> => {
        await using device = new OpenClDevice({ ...options, argument: String(n) });
        return { id: device.id, probe: await device.probe() };
      }),
    );
    return { devices, missing: [] };
  } catch (error) {
    return { devices: [], missing: [error instanceof Error ? error.message : String(error)] };
  }
}

/** An OpenCL device of this machine. */
export class OpenClDevice implements Device {
  readonly id: string;
  readonly timebase = "native";
  readonly lowering = "gpu";
  readonly tolerance: number;
  readonly #half: boolean;
  readonly #cache: string;
  readonly #options: Pick<OpenClOptions, "signal" | "onProgress">;
  #opened: Promise<{ kernels: Kernels; device: KernelDevice }> | undefined;

  /** Opens nothing yet. */
  constructor({ argument, cache = CACHE, ...options }: OpenClOptions) {
    this.id = `opencl:${argument || "0"}`;
    this.#half = this.id.split(":").includes("fp16");
    this.tolerance = this.#half ? HALF_TOLERANCE : FLOAT_TOLERANCE;
    this.#cache = cache;
    this.#options = options;
  }

  async probe(): Promise<Probe> {
    try {
      const { facts } = (await this.#open()).device;
      const { device, type } = facts;
      const name = type === "CPU" ? `${device} (a CPU, by OpenCL)` : device;
      const elements = this.#half ? "fp16" : "fp32";
      const { key } = await build();
      return { available: true, name, facts: { ...facts, elements, build: key }, missing: [] };
    } catch (error) {
      const missing = [error instanceof Error ? error.message : String(error)];
      return { available: false, name: this.id, facts: {}, missing };
    }
  }

  supports({ kind }: Program): Support {
    return kind === "plan"
      ? { ok: true }
      : { ok: false, reason: "OpenCL devices run plan files, lowered for a GPU" };
  }

  async load({ path }: Program, { threads, signal }: LoadOptions): Promise<Session> {
    const network = await this.network(path, { threads, isa: this.id, signal });
    const { type } = (await this.probe()).facts;
    const notes = [
      ...(type === "CPU" ? ["the device is a CPU, whose times say nothing of a GPU"] : []),
      ...(this.#half
        ? ["values are stored as halves; sizes are those of the plan, in floats"]
        : []),
    ];
    return new HostSession(network, { notes });
  }

  /**
   * Opens a plan, on this device or on it and the processor.
   *
   * @param options `isa` is this device's id, alone or behind `"cpu+"`.
   * @throws {DeviceUnavailableError} with what is missing.
   * @throws the reason of a signal that is aborted.
   */
  async network(
    path: string,
    { threads, isa, signal }: Pick<LoadOptions, "threads" | "signal"> & { readonly isa: string },
  ): Promise<Network> {
    const { kernels } = await this.#open().catch((error: unknown) => {
      if (!(error instanceof BuildError || error instanceof KernelError)) throw error;
      throw new DeviceUnavailableError(this.id, [error.message], { cause: error });
    });
    await Deno.mkdir(this.#cache, { recursive: true });
    const { signal: own, onProgress } = this.#options;
    return await kernels.open(path, {
      threads,
      isa: `${isa}:cache=${this.#cache}`,
      signal: AbortSignal.any([signal, own].filter((each) => each !== undefined)),
      onProgress: (label) => onProgress?.(label),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    opened?.device[Symbol.dispose]();
    opened?.kernels[Symbol.dispose]();
  }

  #open(): Promise<{ kernels: Kernels; device: KernelDevice }> {
    return this.#opened ??= (async () => {
      const kernels = await openKernels((step) =>
        this.#options.onProgress?.(`compiling the kernels: ${step}`)
      );
      try {
        return { kernels, device: await kernels.openDevice(this.id) };
      } catch (error) {
        kernels[Symbol.dispose]();
        throw error;
      }
    })();
  }
}
