/**
 * The battery gauge of phones and laptops: the power of the whole device, while it runs on its
 * battery. By Linux' power_supply, as Android has it, too.
 *
 * @module
 */

import type { Rail, Rails } from "./rail.ts";
import { numberIn, type SystemFile, type SystemFiles } from "./system_files.ts";

const FOLDER = "sys/class/power_supply";
/** A gauge renews its value about once a second, some only every few. */
const SECONDS = 20;
const SECONDS_IN_AN_HOUR = 3600;

/** The battery that drives the device, if it tells its current and is not being charged. */
export function batteryRails(files: SystemFiles): Rails {
  const missing = (reason: string): Rails => ({
    rails: [],
    seconds: SECONDS,
    missing: `battery: ${reason}`,
  });
  const battery = files.list(FOLDER).find((name) =>
    files.text(`${FOLDER}/${name}/type`) === "Battery" &&
    // Of a mouse or a pen, not of this device.
    files.text(`${FOLDER}/${name}/scope`) !== "Device"
  );
  if (battery === undefined) return missing("there is none");
  const folder = `${FOLDER}/${battery}`;
  const status = files.text(`${folder}/status`) ?? "unknown";
  if (status !== "Discharging") {
    return missing(
      `its status is "${status}": unplug the device, so that it runs on its battery alone`,
    );
  }
  const rail = powerRail(files, folder, battery) ?? counterRail(files, folder, battery);
  return rail ? { rails: [rail], seconds: SECONDS } : missing("its gauge may not be read");
}

/** The power now: told as such, or as current x voltage. */
function powerRail(files: SystemFiles, folder: string, battery: string): Rail | undefined {
  const power = files.file(`${folder}/power_now`);
  if (power) {
    return railOf(battery, "power_now", "power", [power], (microwatts) => microwatts * 1e-6);
  }
  return pairRail(files, folder, battery, "current_now", "power", 1e-12);
}

/**
 * What is left in the battery, told as such, or as charge x voltage. It sinks in steps of tenths of a
 * milliampere-hour or more.
 */
function counterRail(files: SystemFiles, folder: string, battery: string): Rail | undefined {
  const energy = files.file(`${folder}/energy_now`);
  if (energy) {
    const factor = 1e-6 * SECONDS_IN_AN_HOUR;
    return railOf(battery, "energy_now", "energy", [energy], (left) => -left * factor);
  }
  const factor = -1e-12 * SECONDS_IN_AN_HOUR;
  return pairRail(files, folder, battery, "charge_counter", "energy", factor) ??
    pairRail(files, folder, battery, "charge_now", "energy", factor);
}

/** A rail that is the product of a file and the voltage. */
function pairRail(
  files: SystemFiles,
  folder: string,
  battery: string,
  name: string,
  kind: Rail["kind"],
  factor: number,
): Rail | undefined {
  const first = files.file(`${folder}/${name}`), voltage = files.file(`${folder}/voltage_now`);
  if (!first || !voltage) {
    for (const file of [first, voltage]) file?.[Symbol.dispose]();
    return undefined;
  }
  return railOf(battery, `${name} x voltage_now`, kind, [first, voltage], (value, volts) =>
    // A battery that drives the device gives current, whatever sign its driver shows it with.
    Math.abs(value) * volts * factor);
}

function railOf(
  battery: string,
  what: string,
  kind: Rail["kind"],
  sources: readonly SystemFile[],
  value: (first: number, second: number) => number,
): Rail {
  return {
    name: battery,
    origin: `battery gauge ${what}`,
    kind,
    read() {
      const numbers = sources.map((file) => numberIn(file.read()));
      const [first, second] = numbers.flatMap((number) => number ?? []);
      return numbers.includes(undefined) ? undefined : value(first, second);
    },
    [Symbol.dispose]: () => sources.forEach((file) => file[Symbol.dispose]()),
  };
}
