/**
 * Boards and phones: plans run by `kerf-run` there. The device knows what to do; how commands and
 * files get there is the matter of a {@linkcode Transport}.
 *
 * @module
 */

import type { Support } from "../../compressors/compressor.ts";
import { build, BuildError } from "../../kernels/build.ts";
import { readPlan } from "../../kernels/plan/read.ts";
import {
  type Device,
  DeviceUnavailableError,
  type LoadOptions,
  type Probe,
  type Program,
  type Session,
} from "../device.ts";
import { namesOf } from "../plan_values.ts";
import type { ClusterChoice } from "./address.ts";
import { deliver } from "./cache.ts";
import { Machine } from "./machine.ts";
import { rememberRest } from "./rest.ts";
import { requireRunner, runRunner, targetOf } from "./runner.ts";
import { type PreparedMachine, RemoteSession } from "./session.ts";
import { parseSensors, readState, SENSOR_FILES } from "./state.ts";
import { readFiles } from "./sysfs.ts";
import {
  chooseCpus,
  type Cluster,
  describeClusters,
  formatCpuList,
  parseTopology,
  TOPOLOGY_FILES,
} from "./topology.ts";
import { RemoteError, type Transport } from "./transport.ts";

/** Options of a remote device. */
export interface RemoteOptions {
  /** Which cores to run on; the fastest that hold the threads when absent. */
  readonly cluster?: ClusterChoice | undefined;
  /** Where files go there; a folder in the user's cache when absent. */
  readonly folder?: string;
  /** Ends whatever is going on. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is being compiled, copied or waited for. */
  onProgress?: ((label: string) => void) | undefined;
}

/** A machine that is ready for sessions. */
interface Ready extends PreparedMachine {
  readonly clusters: readonly Cluster[];
  readonly build: { readonly key: string; readonly compiler: string; readonly target: string };
}

/** A board or a phone. */
export class RemoteDevice implements Device {
  readonly timebase = "native";
  readonly #transport: Transport;
  readonly #options: RemoteOptions;
  readonly #stop = new AbortController();
  readonly #opened = new AsyncDisposableStack();
  #ready: Promise<Ready> | undefined;

  /** Nothing is connected yet. `id` is as typed, e.g. `"ssh:pi@board"`. */
  constructor(readonly id: string, transport: Transport, options: RemoteOptions = {}) {
    this.#transport = this.#opened.use(transport);
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) this.#stop.abort(signal.reason);
    const pass = () => this.#stop.abort(signal?.reason);
    signal?.addEventListener("abort", pass, { once: true });
    this.#opened.defer(() => signal?.removeEventListener("abort", pass));
  }

  async probe(): Promise<Probe> {
    try {
      const { machine: { facts }, clusters, build } = await this.#connect();
      const cores = describeClusters(clusters);
      return {
        available: true,
        name: facts.model,
        facts: {
          arch: facts.arch,
          system: facts.system,
          ...(facts.android !== undefined && { android: facts.android }),
          cores,
          ...(this.#options.cluster && { cluster: this.#options.cluster }),
          compiler: build.compiler,
          build: `${build.target} ${build.key}`,
        },
        missing: [],
      };
    } catch (error) {
      const missing = [error instanceof Error ? error.message : String(error)];
      return { available: false, name: this.id, facts: {}, missing };
    }
  }

  supports({ kind }: Program): Support {
    return kind === "plan" ? { ok: true } : { ok: false, reason: `${this.id} runs plan files` };
  }

  async load(program: Program, options: LoadOptions): Promise<Session> {
    const names = namesOf(await readPlan(program.path));
    const ready = await this.#requireReady();
    return await RemoteSession.open(ready, names, await this.#arguments(ready, program, options));
  }

  async peakBytes(program: Program, options: LoadOptions): Promise<number | undefined> {
    const ready = await this.#requireReady(), { signal } = ready;
    const args = await this.#arguments(ready, program, options);
    const { peak_kib } = await runRunner(ready.machine, ready.runner, args, { signal });
    return peak_kib ? peak_kib * 1024 : undefined;
  }

  /** Ends what is going on there and removes what was put there for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RemoteError(`Cannot go on as "${this.id}" was closed`));
    await this.#ready?.catch(() => {});
    await this.#opened.disposeAsync();
  }

  async #requireReady(): Promise<Ready> {
    try {
      return await this.#connect();
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof BuildError)) throw error;
      throw new DeviceUnavailableError(this.id, [error.message], { cause: error });
    }
  }

  /** Brings a plan there; the arguments with which `kerf-run` runs it. */
  async #arguments(
    { machine, clusters, signal }: Ready,
    { path }: Program,
    { threads }: LoadOptions,
  ): Promise<string[]> {
    const cpus = formatCpuList(chooseCpus(clusters, this.#options.cluster, threads));
    const plan = await deliver(machine, path, "plan", this.#copying("the plan", signal));
    return [plan, "--threads", String(threads), "--cpus", cpus];
  }

  #copying(what: string, signal: AbortSignal) {
    let told = 0;
    const onProgress = (fraction: number) => {
      if (fraction < told + 0.05) return;
      told = fraction;
      this.#options.onProgress?.(`copying ${what} to ${this.id}: ${Math.round(100 * fraction)} %`);
    };
    return { signal, onProgress };
  }

  #connect(): Promise<Ready> {
    return this.#ready ??= this.#prepare();
  }

  async #prepare(): Promise<Ready> {
    const { signal } = this.#stop, { folder = "", onProgress } = this.#options;
    onProgress?.(`connecting to ${this.id}`);
    const machine = this.#opened.use(
      await Machine.open(this.id, this.#transport, folder, { signal }),
    );
    const { facts } = machine;
    const target = targetOf(facts, Boolean(Deno.env.get("KERF_NDK_CC")));
    const compile = (step: string) => onProgress?.(`compiling the kernels: ${step}`);
    const { executable, key, compiler } = await build({ target, onProgress: compile });
    const runner = await deliver(
      machine,
      executable,
      "kerf-run",
      this.#copying("kerf-run", signal),
    );
    await requireRunner(machine, runner, { signal });
    const patterns = [...TOPOLOGY_FILES, ...SENSOR_FILES];
    const files = await readFiles(this.#transport, patterns, { signal });
    const clusters = parseTopology(files), sensors = parseSensors(files);
    const android = facts.android !== undefined;
    const first = await readState(this.#transport, sensors, { android, signal });
    return {
      machine,
      runner,
      clusters,
      sensors,
      first,
      rest: await rememberRest(machine, first, { signal }),
      signal,
      build: { key, compiler, target },
      ...(onProgress && { onProgress }),
    };
  }
}
