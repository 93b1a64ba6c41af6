/**
 * A plan on another machine. Each visit is a process of its own there, kept to the chosen cores;
 * between visits nothing of it stays in the machine's memory.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { values } from "../../graph/tensor.ts";
import type { MeasureRequest, RawSamples, Session, Tensors } from "../device.ts";
import { type PlanNames, requireInputs, splitOutputs } from "../plan_values.ts";
import type { Conditions, DeviceState } from "../reading.ts";
import { coolDown } from "./cool_down.ts";
import type { Machine } from "./machine.ts";
import { type RunnerReport, runRunner } from "./runner.ts";
import { readState, type RemoteState, type Sensors } from "./state.ts";
import { type CoreClock, throttleReason } from "./throttling.ts";

/** A machine with all that sessions need of it. */
export interface PreparedMachine {
  /** The machine. */
  readonly machine: Machine;
  /** Path of `kerf-run` there. */
  readonly runner: string;
  /** Its thermal zones. */
  readonly sensors: Sensors;
  /** When it was opened. */
  readonly first: RemoteState;
  /** Temperature at rest, degrees Celsius; undefined when there is no sensor. */
  readonly rest: number | undefined;
  /** Ends what is going on. */
  readonly signal: AbortSignal;
  /** Told what is waited for. */
  onProgress?(label: string): void;
}

/** A loaded plan. */
export class RemoteSession implements Session {
  readonly #on: PreparedMachine;
  readonly #names: PlanNames;
  readonly #args: readonly string[];
  /** What the names of its files there begin with. */
  readonly #prefix: string;
  #fed: readonly string[] = [];

  private constructor(
    on: PreparedMachine,
    names: PlanNames,
    args: readonly string[],
  ) {
    this.#on = on;
    this.#names = names;
    this.#args = args;
    this.#prefix = `${on.machine.facts.scratch}/${crypto.randomUUID()}`;
  }

  /**
   * Opens a session.
   *
   * @param args The plan's path there, threads and cores, as `kerf-run` wants them.
   * @throws {Error} when `kerf-run` refuses the plan.
   */
  static async open(
    on: PreparedMachine,
    names: PlanNames,
    args: readonly string[],
  ): Promise<RemoteSession> {
    const { machine, signal } = on;
    await runRunner(machine, on.runner, [...args, "--calls", "0"], { signal });
    return new RemoteSession(on, names, args);
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const { machine, signal } = this.#on, { inputs: wanted, outputs } = this.#names;
    requireInputs(wanted, inputs);
    const fed: string[] = [];
    for (const [i, { name }] of wanted.entries()) {
      const path = `${this.#prefix}.in${i}`, floats = values(inputs.get(name)!);
      await machine.push(new Blob([floats as Float32Array<ArrayBuffer>]), path, { signal });
      fed.push("--input", path);
    }
    const path = `${this.#prefix}.out`;
    await this.#kerfRun([...fed, "--output", path]);
    const bytes = await machine.pull(path, { signal });
    this.#fed = fed;
    return splitOutputs(outputs, bytes);
  }

  async measure(request: MeasureRequest): Promise<RawSamples> {
    const timed = request.samples > 0; // a warm-up alone needs no cool machine
    const before = timed ? await this.#cool() : undefined;
    const report = await this.#kerfRun([
      ...this.#fed,
      ...["--warmup", String(request.warmupCalls), "--warmup-ms", String(request.warmupMs)],
      ...["--calls", String(request.samples)],
      ...(request.layers ? ["--profile"] : []),
    ]);
    const conditions = before && this.#conditions(before, await this.#state(), report);
    const layers = report.operators_ns?.map((ns, i) => ({ name: this.#names.operators[i], ns }));
    return {
      warmup: report.warmup_ns,
      samples: report.calls_ns,
      ...(layers && { layers }),
      ...(conditions && { conditions }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const files = this.#fed.filter((word) => word.startsWith("/"));
    if (!files.length) return;
    // Where that fails the connection is gone, and the files with it.
    await this.#on.machine.run(["rm", "-f", ...files, `${this.#prefix}.out`]).catch(() => {});
  }

  #kerfRun(flags: readonly string[]): Promise<RunnerReport> {
    const { machine, runner, signal } = this.#on;
    return runRunner(machine, runner, [...this.#args, ...flags], { signal });
  }

  #state(): Promise<RemoteState> {
    const { machine, sensors, signal } = this.#on;
    const android = machine.facts.android !== undefined;
    return readState(machine.transport, sensors, { android, signal });
  }

  #cool(): Promise<RemoteState> {
    const { rest, signal, onProgress } = this.#on;
    return coolDown({
      rest,
      read: () => this.#state(),
      sleep: (ms) => delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted()),
      ...(onProgress && { onProgress: (label) => onProgress(label) }),
    });
  }

  #conditions(before: RemoteState, after: RemoteState, report: RunnerReport): Conditions {
    const { sensors, first } = this.#on;
    const clocks = report.clocks.map(([cpu, before, after]) => ({ cpu, before, after }));
    const throttled = throttleReason({ first, before, after, clocks, sensors });
    return {
      before: stateOf(before, clocks, "before"),
      after: stateOf(after, clocks, "after"),
      ...(throttled && { throttled }),
    };
  }
}

/** Clocks are those next to the timed calls, as cores that sleep before and after tell nothing. */
function stateOf(
  { celsius }: RemoteState,
  clocks: readonly CoreClock[],
  when: "before" | "after",
): DeviceState {
  const hertz = clocks.map((clock) => [`cpu${clock.cpu}`, clock[when]]);
  return { celsius, hertz: Object.fromEntries(hertz) };
}
