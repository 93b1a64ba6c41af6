/**
 * Temperatures and clocks of a Linux machine, and whether they spoilt a measurement.
 *
 * @module
 */

import type { Conditions, DeviceState } from "../reading.ts";
import { numberIn, type SystemFile, type SystemFiles } from "./system_files.ts";

const THERMAL = "sys/class/thermal";
const PROCESSORS = "sys/devices/system/cpu";
/** Cooling devices that slow processors down; others are fans, displays and chargers. */
const SLOWS_PROCESSORS = /^(Processor|cpufreq|thermal-cpufreq|cpu)/;

/** The state, with what only tells that something happened in between. */
interface FullState extends DeviceState {
  /** How often each processor was throttled since it was started. */
  readonly throttled: Readonly<Record<string, number>>;
  /** How far each cooling device slows processors down now; 0 for not at all. */
  readonly cooling: Readonly<Record<string, number>>;
}

/** Sensors that stay open, so that reading them disturbs nobody. */
export class StateSensors implements Disposable {
  readonly #celsius: ReadonlyMap<string, SystemFile>;
  readonly #hertz: ReadonlyMap<string, SystemFile>;
  readonly #throttled: ReadonlyMap<string, SystemFile>;
  readonly #cooling: ReadonlyMap<string, SystemFile>;

  /** Opens what there is, maybe nothing. */
  constructor(files: SystemFiles) {
    const opened = (entries: readonly (readonly [name: string, path: string])[]) =>
      new Map(entries.flatMap(([name, path]) => {
        const file = files.file(path);
        return file ? [[name, file] as const] : [];
      }));
    const zones = files.list(THERMAL).filter((name) => /^thermal_zone\d+$/.test(name));
    const processors = files.list(PROCESSORS).filter((name) => /^cpu\d+$/.test(name));
    this.#celsius = opened(zones.map((zone) => {
      const type = files.text(`${THERMAL}/${zone}/type`) ?? "";
      return [`${type} ${zone}`.trim(), `${THERMAL}/${zone}/temp`];
    }));
    this.#hertz = opened(processors.map((name) => {
      return [name, `${PROCESSORS}/${name}/cpufreq/scaling_cur_freq`];
    }));
    this.#throttled = opened(processors.map((name) => {
      return [name, `${PROCESSORS}/${name}/thermal_throttle/core_throttle_count`];
    }));
    const coolers = files.list(THERMAL).filter((name) => /^cooling_device\d+$/.test(name));
    this.#cooling = opened(coolers.flatMap((name) => {
      const type = files.text(`${THERMAL}/${name}/type`) ?? "";
      return SLOWS_PROCESSORS.test(type)
        ? [[`${type} ${name}`, `${THERMAL}/${name}/cur_state`] as const]
        : [];
    }));
  }

  /** Whether there is any sensor. */
  get some(): boolean {
    return this.#all.some(({ size }) => size > 0);
  }

  /** The state now. */
  read(): FullState {
    return {
      celsius: valuesOf(this.#celsius, 1e-3),
      hertz: valuesOf(this.#hertz, 1e3),
      throttled: valuesOf(this.#throttled, 1),
      cooling: valuesOf(this.#cooling, 1),
    };
  }

  /** Closes the sensors. */
  [Symbol.dispose](): void {
    for (const sensors of this.#all) {
      for (const file of sensors.values()) file[Symbol.dispose]();
    }
  }

  get #all(): readonly ReadonlyMap<string, SystemFile>[] {
    return [this.#celsius, this.#hertz, this.#throttled, this.#cooling];
  }
}

function valuesOf(sensors: ReadonlyMap<string, SystemFile>, factor: number) {
  return Object.fromEntries([...sensors].flatMap(([name, file]) => {
    const value = numberIn(file.read());
    return value === undefined ? [] : [[name, value * factor]];
  }));
}

/** How a device was before and after, and what of it spoils times. */
export function conditionsOf(before: FullState, after: FullState): Conditions {
  const throttled = throttling(before, after);
  const plain = ({ celsius, hertz }: FullState): DeviceState => ({ celsius, hertz });
  return { before: plain(before), after: plain(after), ...(throttled && { throttled }) };
}

function throttling(before: FullState, after: FullState): string | undefined {
  const counted = Object.entries(after.throttled)
    .filter(([name, count]) => count > (before.throttled[name] ?? count))
    .map(([name]) => `${name} was throttled for its temperature`);
  const cooled = Object.entries(after.cooling).filter(([, state]) => state > 0)
    .map(([name, state]) => `${name} slows the processor down, by ${state} steps`);
  return [...counted, ...cooled].join("; ") || undefined;
}
