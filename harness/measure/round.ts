/**
 * One round: a fresh process loads every case, warms each up, and then visits them block by
 * block. What it is asked and what it tells are plain JSON, so a round can run anywhere.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Device, Program, Session, Tensors } from "../../devices/device.ts";
import type { Conditions, PowerTrace, Reading } from "../../devices/reading.ts";
import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { RoundSchedule } from "./schedule.ts";

/** One case of a round. */
export interface RoundCase {
  /** Id by which schedule and events name the case. */
  readonly id: string;
  /** Id of the device to run on. */
  readonly device: string;
  /** Worker threads. */
  readonly threads: number;
  /** What the device loads. */
  readonly program: Program;
}

/** An input of the network: a file of little-endian float32 values in row-major order. */
export interface RoundInput {
  /** Name in the graph. */
  readonly name: string;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Path of the file. */
  readonly path: string;
}

/** How long to warm up and how much to measure. */
export interface RoundMeasure {
  /** After loading, each case warms up until both of these are reached. */
  readonly warmupCalls: number;
  /** Milliseconds. */
  readonly warmupMs: number;
  /** Calls before the timed ones in every visit, which bring the case back into the caches. */
  readonly visitWarmupCalls: number;
  /**
   * Milliseconds of rest before each visit. Some engines' threads spin for a while after a call,
   * and would be felt by the case that comes next.
   */
  readonly restMs: number;
  /** Timed calls in one visit. */
  readonly samples: number;
  /** Whether to time the operators of one further call at the end of the round. */
  readonly layers: boolean;
  /** Whether to measure energy and events when all times are taken. @default {false} */
  readonly readings?: boolean;
}

/** What a round is asked to do. */
export interface RoundRequest {
  /** Number of the round, from 0. */
  readonly round: number;
  /** Everything that the schedule names. */
  readonly cases: readonly RoundCase[];
  /** Order of visits, by block. */
  readonly schedule: RoundSchedule;
  /** What the network is fed with. */
  readonly inputs: readonly RoundInput[];
  /** How much to measure. */
  readonly measure: RoundMeasure;
}

/** What a round tells while it runs, one JSON line each. */
export type RoundEvent =
  /** Work on a case begins; names the culprit should the process die in it. */
  | { readonly type: "begin"; readonly case: string }
  | { readonly type: "load"; readonly case: string; readonly ns: number }
  | { readonly type: "first_run"; readonly case: string; readonly ns: number }
  | {
    readonly type: "visit";
    readonly case: string;
    /** Absent for the warm-up after loading. */
    readonly block?: number;
    readonly order?: number;
    readonly warmup: readonly number[];
    readonly samples: readonly number[];
  }
  | {
    readonly type: "layers";
    readonly case: string;
    readonly layers: readonly { readonly name: string; readonly ns: number }[];
  }
  /** How the device was before and after a visit. */
  | { readonly type: "conditions"; readonly case: string; readonly conditions: Conditions }
  | {
    readonly type: "readings";
    readonly case: string;
    readonly readings: readonly Reading[];
    readonly power: readonly PowerTrace[];
  }
  /** A case failed and the others go on; without a case, the round itself ended. */
  | { readonly type: "error"; readonly case?: string; readonly message: string }
  | { readonly type: "done" };

/** Takes the events of a round. */
export type Emit = (event: RoundEvent) => void;

/**
 * Carries out a round and tells its events. Never throws for what happens in the round: a round
 * that ends before its `done` says why in an `error` without a case, or was aborted.
 */
export type RoundExecutor = (
  request: RoundRequest,
  emit: Emit,
  signal?: AbortSignal,
) => Promise<void>;

/** Options of {@linkcode runRound}. */
export interface RunRoundOptions {
  /** Ends the round before its next step. */
  readonly signal?: AbortSignal;
  /** Clock in milliseconds for loading and first calls. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * Carries out a round in this process.
 *
 * @param openDevice Opens a device by its id; each is opened once.
 * @throws {Error} when the inputs cannot be read. A failing case is told as an event.
 */
export async function runRound(
  request: RoundRequest,
  openDevice: (id: string) => Promise<Device>,
  emit: Emit,
  options: RunRoundOptions = {},
): Promise<void> {
  const { signal, now = () => performance.now() } = options;
  const { schedule, measure } = request;
  const inputs = readInputs(request.inputs);
  await using opened = new AsyncDisposableStack();
  const devices = new Map<string, Device>();
  const sessions = new Map<string, Session>();

  /** Runs one step of a case; a case that fails takes no further part. */
  async function step(id: string, work: () => Promise<void>): Promise<void> {
    if (signal?.aborted) return;
    emit({ type: "begin", case: id });
    try {
      await work();
    } catch (error) {
      sessions.delete(id);
      emit({ type: "error", case: id, message: messageOf(error) });
    }
  }

  for (const id of schedule[0] ?? []) {
    await step(id, async () => {
      const { device: deviceId, program, threads } = caseOf(request, id);
      const device = devices.get(deviceId) ?? opened.use(await openDevice(deviceId));
      devices.set(deviceId, device);
      const started = now();
      const session = opened.use(await device.load(program, { threads }));
      emit({ type: "load", case: id, ns: 1e6 * (now() - started) });
      const firstStarted = now();
      const outputs = await session.run(inputs);
      emit({ type: "first_run", case: id, ns: 1e6 * (now() - firstStarted) });
      requireFinite(outputs);
      const { warmupCalls, warmupMs } = measure;
      const { warmup } = await session.measure({ warmupCalls, warmupMs, samples: 0 });
      emit({ type: "visit", case: id, warmup, samples: [] });
      sessions.set(id, session);
    });
  }
  for (const [block, visits] of schedule.entries()) {
    for (const [order, id] of visits.entries()) {
      const session = sessions.get(id);
      if (session === undefined) continue;
      await step(id, async () => {
        await delay(measure.restMs);
        const { layers, warmup, samples, conditions } = await session.measure({
          warmupCalls: measure.visitWarmupCalls,
          warmupMs: 0,
          samples: measure.samples,
          layers: measure.layers && block === schedule.length - 1,
        });
        emit({ type: "visit", case: id, block, order, warmup, samples });
        if (layers) emit({ type: "layers", case: id, layers });
        if (conditions) emit({ type: "conditions", case: id, conditions });
      });
    }
  }
  // A stretch of its own, behind all times, which it would disturb.
  for (const id of measure.readings ? schedule.at(-1) ?? [] : []) {
    const session = sessions.get(id);
    if (session === undefined) continue;
    await step(id, async () => {
      const { readings = [], power = [] } = await session.measure({
        warmupCalls: measure.visitWarmupCalls,
        warmupMs: 0,
        samples: 0,
        readings: true,
      });
      emit({ type: "readings", case: id, readings, power });
    });
  }
  if (!signal?.aborted) emit({ type: "done" });
}

function caseOf(request: RoundRequest, id: string): RoundCase {
  const found = request.cases.find((candidate) => candidate.id === id);
  if (found === undefined) throw new RangeError(`Cannot visit case "${id}" as it is not listed`);
  return found;
}

function readInputs(inputs: readonly RoundInput[]): Tensors {
  return new Map(inputs.map(({ name, shape, path }): [string, Tensor] => {
    const bytes = Deno.readFileSync(path);
    return [name, tensor(new Float32Array(bytes.buffer), shape)];
  }));
}

/** NaN and infinity make kernels faster or slower than real values: such times mean nothing. */
function requireFinite(outputs: Tensors): void {
  for (const [name, output] of outputs) {
    if (!values(output).every(Number.isFinite)) {
      throw new RangeError(`Cannot measure as output "${name}" must be finite everywhere`);
    }
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
