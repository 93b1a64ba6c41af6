/**
 * How warm another machine is, and how fast it may run: thermal zones, limits on clocks, and what
 * Android says of both.
 *
 * @module
 */

import { run, type RunOptions } from "./shell.ts";
import { type Files, matching, readFiles } from "./sysfs.ts";
import type { Transport } from "./transport.ts";

const ZONE = "/sys/class/thermal/thermal_zone*";

/** What {@linkcode parseSensors} needs: what does not change. */
export const SENSOR_FILES = [
  `${ZONE}/type`,
  `${ZONE}/trip_point_*_type`,
  `${ZONE}/trip_point_*_temp`,
] as const;

/** What {@linkcode parseState} needs of the files. */
const STATE_FILES = [
  `${ZONE}/temp`,
  "/sys/devices/system/cpu/cpu*/cpufreq/scaling_max_freq",
] as const;

/** A thermal zone. */
export interface Sensor {
  /** Its type, with the zone's number where several have the same. */
  readonly name: string;
  /** Where the system begins to slow down, degrees Celsius; where it is told. */
  readonly slowsAt?: number;
}

/** Thermal zones by their numbers. */
export type Sensors = ReadonlyMap<string, Sensor>;

/** How a machine is at one time. */
export interface RemoteState {
  /** Degrees Celsius by the name of the sensor. */
  readonly celsius: Readonly<Record<string, number>>;
  /** How fast each core may be clocked at most, hertz, e.g. `{ cpu7: 2.84e9 }`. */
  readonly limits: Readonly<Record<string, number>>;
  /** Android's thermal status: 0 none, 1 light to 6 shutdown. */
  readonly thermalStatus?: number;
}

/** The kernel gives thousandths; drivers that give whole degrees cannot mean less than one. */
function celsiusOf(text: string): number | undefined {
  const value = Number(text), celsius = Math.abs(value) < 200 ? value : value / 1000;
  // 0 and such are of sensors that are off.
  return celsius > -40 && celsius < 200 && celsius !== 0 ? celsius : undefined;
}

/** Finds the thermal zones. */
export function parseSensors(files: Files): Sensors {
  const types = matching(files, /\/thermal_zone(\d+)\/type$/);
  const names = [...types.values()];
  const kinds = matching(files, /\/thermal_zone(\d+\/trip_point_\d+)_type$/);
  const temperatures = matching(files, /\/thermal_zone(\d+\/trip_point_\d+)_temp$/);
  return new Map([...types].map(([zone, type]) => {
    const passive = [...kinds]
      .filter(([trip, kind]) => trip.startsWith(`${zone}/`) && kind === "passive")
      .map(([trip]) => celsiusOf(temperatures.get(trip) ?? ""))
      .filter((celsius) => celsius !== undefined);
    const unique = names.indexOf(type) === names.lastIndexOf(type);
    return [zone, {
      name: unique ? type : `${type} (zone ${zone})`,
      ...(passive.length && { slowsAt: Math.min(...passive) }),
    }];
  }));
}

/**
 * Puts together what files and Android's services tell.
 *
 * @param android What `dumpsys battery` and `dumpsys thermalservice` print; empty elsewhere.
 */
export function parseState(sensors: Sensors, files: Files, android = ""): RemoteState {
  const celsius: Record<string, number> = {};
  for (const [zone, text] of matching(files, /\/thermal_zone(\d+)\/temp$/)) {
    const sensor = sensors.get(zone), value = celsiusOf(text);
    if (sensor && value !== undefined) celsius[sensor.name] = value;
  }
  // Those cached are of when something last changed; only the others are of now.
  const [, now = ""] = android.split("Current temperatures from HAL:");
  const [temperatures] = now.split("Current cooling devices");
  for (const [, text, name] of temperatures.matchAll(/mValue=([-\d.]+),.*?mName=([^,}]+)/g)) {
    const value = celsiusOf(text);
    if (value !== undefined) celsius[name] ??= value;
  }
  const [, tenths] = /^\s*temperature: (\d+)\s*$/m.exec(android) ?? [];
  if (tenths) celsius.battery ??= Number(tenths) / 10;
  const [, status] = /^Thermal Status: (\d+)/m.exec(android) ?? [];
  const limits = [...matching(files, /\/cpu(\d+)\/cpufreq\/scaling_max_freq$/)]
    .map(([cpu, khz]) => [`cpu${cpu}`, 1000 * Number(khz)] as const);
  return {
    celsius,
    limits: Object.fromEntries(limits),
    ...(status && { thermalStatus: Number(status) }),
  };
}

/** Asks a machine how it is. */
export async function readState(
  transport: Transport,
  sensors: Sensors,
  { android, ...options }: RunOptions & { readonly android: boolean },
): Promise<RemoteState> {
  const files = await readFiles(transport, STATE_FILES, options);
  const script = "dumpsys battery; dumpsys thermalservice";
  const said = android ? (await run(transport, ["sh", "-c", script], options)).stdout : "";
  return parseState(sensors, files, said);
}

/** The warmest of the processor's sensors, or of all where none is named as the processor's. */
export function warmest({ celsius }: RemoteState): { name: string; celsius: number } | undefined {
  const all = Object.entries(celsius).map(([name, celsius]) => ({ name, celsius }));
  const cpu = all.filter(({ name }) =>
    /cpu|soc|cluster|big|mid|little|package|x86_pkg/i.test(name)
  );
  // Cases and batteries take many minutes to cool, and do not slow a processor down by themselves.
  const quick = all.filter(({ name }) => !/batt|skin|charg|quiet|case/i.test(name));
  return (cpu.length ? cpu : quick).sort((a, b) => b.celsius - a.celsius)[0];
}
