/**
 * A phone's processor, emulated: the real binary under QEMU, whose instructions are counted and
 * whose accesses go through a model of the caches. It has counts, and no times.
 *
 * @module
 */

import type { Support } from "../../compressors/compressor.ts";
import { type Build, build } from "../../kernels/build.ts";
import { readPlan } from "../../kernels/plan/read.ts";
import {
  type CountRequest,
  type Device,
  DeviceUnavailableError,
  type LoadOptions,
  type Probe,
  type Program,
  type RawSamples,
  type Session,
  type Tensors,
} from "../device.ts";
import { namesOf, type PlanNames, splitOutputs, writeInputs } from "../plan_values.ts";
import type { Reading } from "../reading.ts";
import { parseCounts } from "./counts.ts";
import { emulate, EMULATOR, emulatorVersion } from "./emulator.ts";
import { hierarchyText } from "./hierarchy.ts";
import { readingsOf } from "./readings.ts";
import type { Cluster, Soc } from "./soc.ts";

/** What must be here to emulate. */
interface Tools {
  readonly version: string;
  /** `kerf-run` for AArch64. */
  readonly runner: Build;
  /** The plugin. */
  readonly plugin: Build;
}

/** The id of a cluster's device; the default cluster's is the chip's. */
export function emulatedId(soc: Soc, cluster: Cluster): string {
  return cluster === soc.defaultCluster ? soc.id : `${soc.id}:${cluster.id}`;
}

/**
 * Opens a cluster of a chip as a device; what it needs is built on first use.
 *
 * @param onProgress Told what is being compiled.
 */
export function openEmulated(
  soc: Soc,
  cluster: Cluster,
  onProgress?: (label: string) => void,
): Promise<Device> {
  return Promise.resolve(new EmulatedDevice(soc, cluster, onProgress));
}

class EmulatedDevice implements Device {
  readonly id: string;
  readonly timebase = "emulated";
  readonly #soc: Soc;
  readonly #cluster: Cluster;
  readonly #onProgress: ((label: string) => void) | undefined;
  #tools: Promise<Tools> | undefined;

  constructor(soc: Soc, cluster: Cluster, onProgress?: (label: string) => void) {
    this.id = emulatedId(soc, cluster);
    this.#soc = soc;
    this.#cluster = cluster;
    this.#onProgress = onProgress && ((step) => onProgress(`compiling for ${this.id}: ${step}`));
  }

  async probe(): Promise<Probe> {
    const { core, cores, hertz, levels } = this.#cluster;
    const name = `${this.#soc.name}, ${cores} x ${core} (emulated)`;
    try {
      const { version, runner, plugin } = await this.#open();
      const facts = {
        isa: "neon",
        emulator: `QEMU ${version}`,
        clock: `${hertz / 1e9} GHz`,
        caches: levels.map(({ name, bytes }) => `${name} ${bytes / 1024} KiB`).join(", "),
        compiler: runner.compiler,
        build: `${runner.key} ${plugin.key}`,
      };
      return { available: true, name, facts, missing: [] };
    } catch (error) {
      const missing = error instanceof DeviceUnavailableError ? error.missing : [String(error)];
      return { available: false, name, facts: {}, missing };
    }
  }

  supports({ kind }: Program): Support {
    return kind === "plan" ? { ok: true } : { ok: false, reason: `${this.id} runs plan files` };
  }

  async load({ path }: Program, { threads }: LoadOptions): Promise<Session> {
    const { cores } = this.#cluster;
    if (threads > cores) {
      throw new RangeError(
        `Cannot load a program on "${this.id}" as threads must be 1 to ${cores}, its cores: ` +
          `current value is ${threads}`,
      );
    }
    const tools = await this.#open(), names = namesOf(await readPlan(path));
    const on = { id: this.id, soc: this.#soc, cluster: this.#cluster, threads, ...tools };
    return new EmulatedSession(on, path, names, await Deno.makeTempDir());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #open(): Promise<Tools> {
    return this.#tools ??= this.#find();
  }

  /** @throws {DeviceUnavailableError} with all that is missing. */
  async #find(): Promise<Tools> {
    const missing: string[] = [];
    const version = await emulatorVersion();
    if (!version) {
      missing.push(`${EMULATOR} is not installed: on Debian, apt-get install qemu-user`);
    }
    const made = async (target: "aarch64-linux" | "emulation") => {
      try {
        return await build({ target, onProgress: this.#onProgress });
      } catch (error) {
        missing.push(error instanceof Error ? error.message : String(error));
      }
    };
    const runner = await made("aarch64-linux"), plugin = await made("emulation");
    if (version && runner && plugin) return { version, runner, plugin };
    throw new DeviceUnavailableError(this.id, missing);
  }
}

/** Where a session's program runs. */
interface Place extends Tools {
  readonly id: string;
  readonly soc: Soc;
  readonly cluster: Cluster;
  readonly threads: number;
}

class EmulatedSession implements Session {
  readonly #on: Place;
  readonly #names: PlanNames;
  readonly #folder: string;
  readonly #args: readonly string[];
  #fed: readonly string[] = [];

  constructor(on: Place, path: string, names: PlanNames, folder: string) {
    this.#on = on;
    this.#names = names;
    this.#folder = folder;
    this.#args = [path, "--threads", String(on.threads)];
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const output = `${this.#folder}/out.f32`;
    this.#fed = await writeInputs(this.#folder, this.#names.inputs, inputs);
    await emulate({
      executable: this.#on.runner.executable,
      args: [...this.#args, ...this.#fed, "--output", output],
    });
    return splitOutputs(this.#names.outputs, await Deno.readFile(output));
  }

  measure(): Promise<RawSamples> {
    const reason = `Cannot measure on "${this.#on.id}" as an emulator's time is no latency: ` +
      `count what a call does instead`;
    return Promise.reject(new TypeError(reason));
  }

  /** One call warms the caches up, the next is counted. */
  async count({ signal, onProgress, sample = 0 }: CountRequest = {}): Promise<Reading[]> {
    if (!Number.isInteger(sample) || sample < 0) {
      throw new RangeError(
        `Cannot count as sample must be a number of units, or 0 for all: current value is ${sample}`,
      );
    }
    const { soc, cluster, threads, runner, plugin, version, id } = this.#on;
    const [form, output] = [`${this.#folder}/caches`, `${this.#folder}/counts`];
    await Deno.writeTextFile(
      form,
      hierarchyText({ ...soc, cores: threads, levels: cluster.levels }),
    );
    let begun = 0;
    const steps = 2 * this.#names.operators.length;
    const { units, counted_units } = await emulate({
      executable: runner.executable,
      args: [...this.#args, ...this.#fed, "--warmup", "1", "--sample", String(sample)],
      plugin: { library: plugin.library!, form, output },
      ...(signal && { signal }),
      onOperator: () => onProgress?.(Math.min(1, begun++ / steps)),
    });
    onProgress?.(1);
    const operators = this.#names.operators
      .map((name, i) => ({ name, units: units[i], countedUnits: counted_units[i] }));
    const counts = parseCounts(
      await Deno.readTextFile(output),
      operators,
      cluster.levels.map(({ name }) => name),
    );
    const origin = `QEMU ${version} with the caches of ${id}, threads ${threads}`;
    return readingsOf(counts, { soc, cluster, threads }, origin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
