/**
 * OpenCL devices of this machine: plans run by the native runtime, whose kernels the device's driver
 * compiles.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Support } from "../compressors/compressor.ts";
import { BuildError } from "../kernels/build.ts";
import {
  type KernelDevice,
  type Kernels,
  type Network,
  openKernels,
  type OpenOptions,
} from "../kernels/ffi.ts";
import { KernelError } from "../kernels/native.ts";
import {
  type Device,
  DeviceUnavailableError,
  type LoadOptions,
  type Probe,
  type Program,
  type Session,
} from "./device.ts";
import { HostSession } from "./host.ts";

/** Compiled kernels and sizes of work groups, by the content that they follow from. */
const CACHE = fileURLToPath(new URL("../.build/opencl/", import.meta.url));

/** Options of {@linkcode openOpenCl}. */
export interface OpenClOptions {
  /** Which device and how: `"N[:fp16][:untuned]"`. @default {"0"} */
  readonly argument?: string;
  /** Where compiled kernels and sizes of work groups are kept. @default a folder of this project */
  readonly cache?: string;
  /** Told what is being compiled. */
  onProgress?(label: string): void;
}

/** Opens an OpenCL device; what is missing is told by its probe. */
export function openOpenCl(options: OpenClOptions = {}): Promise<Device> {
  return Promise.resolve(new OpenClDevice(options));
}

/** An OpenCL device of this machine. */
export class OpenClDevice implements Device {
  readonly id: string;
  readonly timebase = "native";
  readonly lowering = "gpu";
  readonly #cache: string;
  readonly #onProgress: (label: string) => void;
  #opened: Promise<{ kernels: Kernels; device: KernelDevice }> | undefined;

  /** Opens nothing yet. */
  constructor({ argument, cache = CACHE, onProgress }: OpenClOptions) {
    this.id = `opencl:${argument || "0"}`;
    this.#cache = cache;
    this.#onProgress = (step) => onProgress?.(`compiling the kernels: ${step}`);
  }

  async probe(): Promise<Probe> {
    try {
      const { facts } = (await this.#open()).device;
      const { device, type } = facts;
      const name = type === "CPU" ? `${device} (a CPU, by OpenCL)` : device;
      const elements = this.id.split(":").includes("fp16") ? "fp16" : "fp32";
      return { available: true, name, facts: { ...facts, elements }, missing: [] };
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

  async load({ path }: Program, { threads }: LoadOptions): Promise<Session> {
    return new HostSession(await this.network(path, { threads, isa: this.id }));
  }

  /**
   * Opens a plan, on this device or on it and the processor.
   *
   * @param options `isa` is this device's id, alone or behind `"cpu+"`.
   * @throws {DeviceUnavailableError} with what is missing.
   */
  async network(path: string, { threads, isa }: Required<OpenOptions>): Promise<Network> {
    const { kernels } = await this.#open().catch((error: unknown) => {
      if (!(error instanceof BuildError || error instanceof KernelError)) throw error;
      throw new DeviceUnavailableError(this.id, [error.message], { cause: error });
    });
    await Deno.mkdir(this.#cache, { recursive: true });
    return await kernels.open(path, { threads, isa: `${isa}:cache=${this.#cache}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    opened?.device[Symbol.dispose]();
    opened?.kernels[Symbol.dispose]();
  }

  #open(): Promise<{ kernels: Kernels; device: KernelDevice }> {
    return this.#opened ??= (async () => {
      const kernels = await openKernels(this.#onProgress);
      try {
        return { kernels, device: await kernels.openDevice(this.id) };
      } catch (error) {
        kernels[Symbol.dispose]();
        throw error;
      }
    })();
  }
}
