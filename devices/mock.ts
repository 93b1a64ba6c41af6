/**
 * A device whose clock is scripted, for testing everything above devices without timing
 * anything.
 *
 * @module
 */

import type { Support } from "../compressors/compressor.ts";
import { Random } from "../graph/random.ts";
import { tensor } from "../graph/tensor.ts";
import type { Conditions, PowerTrace, Reading } from "./reading.ts";
import type {
  CountRequest,
  Device,
  LoadOptions,
  MeasureRequest,
  Probe,
  Program,
  RawSamples,
  Session,
  Tensors,
} from "./device.ts";

/** What the mock does with one program. */
export interface MockProgram {
  /** Median time of a call, milliseconds. */
  readonly ms: number;
  /** Standard deviation of the logarithm of a call's time. @default {0} */
  readonly noise?: number;
  /** The same for a factor that all calls of one loaded session share. @default {0} */
  readonly sessionNoise?: number;
  /** Time to load, milliseconds. @default {10} */
  readonly loadMs?: number;
  /** Names of the operators; they share the call's time equally. @default {[]} */
  readonly operators?: readonly string[];
  /** Message with which loading fails. */
  readonly failLoad?: string;
  /** The timed or warm-up call, counted from 1 in each session, that throws. */
  readonly failCall?: number;
  /** Called before each call, e.g. to abort a run or to end the process. */
  readonly onCall?: (call: number) => unknown;
  /** What `run` gives. @default {[0]} */
  readonly output?: readonly number[];
  /** What it measures besides times, when asked. @default {[]} */
  readonly readings?: readonly Reading[];
  /** Power over time, told with the readings. @default {[]} */
  readonly power?: readonly PowerTrace[];
  /** How the device is around the timed calls. */
  readonly conditions?: Conditions;
  /** What it counts, or why counting fails. */
  readonly counts?: readonly Reading[] | string;
}

/** A device that only pretends: programs are scripted, by their path. */
export class MockDevice implements Device {
  readonly #random: Random;
  #clock = 0;

  /**
   * Makes a device.
   *
   * @param programs What each program does, by its path.
   * @param seed Seed of the noise.
   * @param timebase What the scripted clock stands for.
   */
  constructor(
    readonly programs: Readonly<Record<string, MockProgram>>,
    seed = 0,
    readonly id = "mock",
    readonly timebase: Device["timebase"] = "native",
  ) {
    this.#random = new Random(seed, "mock");
  }

  /** The scripted clock, milliseconds: it moves when the device works, and only then. */
  readonly now = (): number => this.#clock;

  /** A device of this kind is always there. */
  probe(): Promise<Probe> {
    return Promise.resolve({ available: true, name: "mock", facts: {}, missing: [] });
  }

  /** Supports what is scripted. */
  supports({ path }: Program): Support {
    return path in this.programs
      ? { ok: true }
      : { ok: false, reason: `"${path}" is not scripted` };
  }

  /**
   * Loads a scripted program.
   *
   * @throws {Error} as scripted, or when the program is not scripted.
   */
  load({ path }: Program, _options: LoadOptions): Promise<Session> {
    const script = this.programs[path];
    if (script === undefined) return Promise.reject(new Error(`"${path}" is not scripted`));
    this.#clock += script.loadMs ?? 10;
    if (script.failLoad !== undefined) return Promise.reject(new Error(script.failLoad));
    const sessionMs = this.#noisy(script.ms, script.sessionNoise);
    return Promise.resolve(
      new MockSession(script, () => {
        const ms = this.#noisy(sessionMs, script.noise);
        this.#clock += ms;
        return ms;
      }),
    );
  }

  /** Nothing is held. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #noisy(ms: number, noise = 0): number {
    return ms * Math.exp(noise * this.#random.normal());
  }
}

class MockSession implements Session {
  #calls = 0;

  constructor(readonly script: MockProgram, readonly call: () => number) {}

  run(_inputs: Tensors): Promise<Tensors> {
    this.call();
    const output = this.script.output ?? [0];
    return Promise.resolve(
      new Map([["output", tensor(new Float32Array(output), [output.length])]]),
    );
  }

  // Asynchronous, so that what a call throws rejects the promise.
  // deno-lint-ignore require-await
  async measure(request: MeasureRequest): Promise<RawSamples> {
    const { warmupCalls, warmupMs, samples, layers } = request;
    const { operators = [], conditions, readings = [], power = [] } = this.script;
    const warmup: number[] = [];
    for (let total = 0; warmup.length < warmupCalls || total < warmupMs * 1e6;) {
      const ns = this.#timedCall();
      warmup.push(ns);
      total += ns;
    }
    return {
      warmup,
      samples: Array.from({ length: samples }, () => this.#timedCall()),
      ...(layers && operators.length > 0 && { layers: this.#layers(operators) }),
      ...(conditions && { conditions }),
      ...(request.readings && { readings, power }),
    };
  }

  // deno-lint-ignore require-await -- so that what it throws rejects the promise
  async count({ signal, onProgress }: CountRequest): Promise<readonly Reading[]> {
    const { counts = [] } = this.script;
    for (const fraction of [0, 0.5, 1]) {
      signal?.throwIfAborted();
      onProgress?.(fraction);
    }
    if (typeof counts === "string") throw new Error(counts);
    return counts;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #layers(operators: readonly string[]): RawSamples["layers"] {
    const ns = this.#timedCall() / operators.length;
    return operators.map((name) => ({ name, ns }));
  }

  #timedCall(): number {
    this.#calls++;
    this.script.onCall?.(this.#calls);
    if (this.#calls === this.script.failCall) throw new Error(`call ${this.#calls} failed`);
    return 1e6 * this.call();
  }
}
