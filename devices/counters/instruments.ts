/**
 * All that this machine tells of a program besides its times, opened once and read in a stretch of
 * calls of its own, so that no timed call is disturbed.
 *
 * @module
 */

import type { Conditions, PowerTrace, Reading } from "../reading.ts";
import { conditionsOf, StateSensors } from "./device_state.ts";
import { callsToMeasure, findRails, LEAST_CALLS, measureEnergy } from "./energy.ts";
import { EventCounts } from "./event_counts.ts";
import { kernelCounters, type OpenCounter } from "./perf_event.ts";
import type { SampleOptions } from "./power_sampler.ts";
import type { Rails } from "./rail.ts";
import { SystemFiles } from "./system_files.ts";

/** A program that is measured. */
export interface Measured {
  /** Calls it so many times. */
  readonly call: (calls: number) => Promise<unknown>;
  /** Time of one call, about, seconds. */
  readonly secondsPerCall: number;
  /** Threads that do the work, by their numbers, asked when all of them exist. */
  readonly threads: (files: SystemFiles) => readonly number[];
}

/** Options of {@linkcode Instruments.open}. */
export interface InstrumentOptions extends Omit<SampleOptions, "restSeconds"> {
  /** Folder that stands for `/`. @default {"/"} */
  readonly root?: string;
  /** Opens a counter of events. @default the kernel's */
  readonly openCounter?: OpenCounter;
}

/** What was measured in a stretch of calls. */
export interface Taken {
  /** Energy and events of one call, or why there are none. */
  readonly readings: readonly Reading[];
  /** Power over time, one for each rail. */
  readonly power: readonly PowerTrace[];
}

/** The instruments of this machine. */
export class Instruments implements Disposable {
  readonly #files: SystemFiles;
  readonly #rails: Rails;
  readonly #sensors: StateSensors;
  readonly #options: InstrumentOptions;

  private constructor(files: SystemFiles, options: InstrumentOptions) {
    this.#files = files;
    this.#rails = findRails(files);
    this.#sensors = new StateSensors(files);
    this.#options = options;
  }

  /** Opens them; `undefined` where there is no system that has such. */
  static open(options: InstrumentOptions = {}): Instruments | undefined {
    const files = SystemFiles.open(options.root);
    return files && new Instruments(files, options);
  }

  /**
   * Begins to watch temperatures and clocks.
   *
   * @returns Ends it and tells them, where the machine does.
   */
  watchConditions(): () => Conditions | undefined {
    if (!this.#sensors.some) return () => undefined;
    const before = this.#sensors.read();
    return () => conditionsOf(before, this.#sensors.read());
  }

  /** Measures a stretch of calls: enough for every instrument, none at all where there is none. */
  async take({ call, secondsPerCall, threads }: Measured): Promise<Taken> {
    const { openCounter = kernelCounters(this.#files.libc), ...sampling } = this.#options;
    const paranoid = this.#files.text("proc/sys/kernel/perf_event_paranoid");
    using counts = new EventCounts(openCounter, threads(this.#files), paranoid);
    const energy = this.#rails.rails.length > 0;
    const calls = energy
      ? callsToMeasure(this.#rails, secondsPerCall)
      : counts.some
      ? LEAST_CALLS
      : 0;
    const work = async () => {
      counts.begin();
      if (calls > 0) await call(calls);
    };
    const { readings, power } = await measureEnergy(this.#rails, work, calls, sampling);
    return { readings: [...readings, ...counts.end(Math.max(1, calls))], power };
  }

  /** Closes them. */
  [Symbol.dispose](): void {
    for (const rail of this.#rails.rails) rail[Symbol.dispose]();
    this.#sensors[Symbol.dispose]();
    this.#files[Symbol.dispose]();
  }
}

/** What stands for readings on a system that has no instruments. */
export function withoutInstruments(): readonly Reading[] {
  return (["energy", "cycles"] as const).map((quantity) => ({
    quantity,
    source: "measured",
    unavailable: "energy and events are read on Linux only",
  }));
}
