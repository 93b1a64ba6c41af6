/**
 * The energy of a call: what many calls took above rest, divided by their number.
 *
 * @module
 */

import type { PowerTrace, Reading } from "../reading.ts";
import { batteryRails } from "./battery.ts";
import { hwmonRails } from "./hwmon.ts";
import { type SampledRail, type SampleOptions, samplePower } from "./power_sampler.ts";
import { powercapRails } from "./powercap.ts";
import type { Rails } from "./rail.ts";
import type { SystemFiles } from "./system_files.ts";

/** Fewest calls that the energy of one is told from. */
export const LEAST_CALLS = 100;
/** Fewer different values of a sensor say nothing of how power changed. */
const LEAST_CHANGES = 3;

/** Kinds of sensors, the ones nearest to the processor first; the first that there is is taken. */
const SOURCES: readonly ((files: SystemFiles) => Rails)[] = [
  powercapRails,
  hwmonRails,
  batteryRails,
];

/** The rails of the best kind of sensors that this machine has; else why it has none. */
export function findRails(files: SystemFiles): Rails {
  const missing: string[] = [];
  for (const find of SOURCES) {
    const found = find(files);
    if (found.rails.length > 0) return found;
    missing.push(found.missing ?? "");
  }
  return { rails: [], seconds: 0, missing: missing.join("; ") };
}

/** How often a program is called so that the sensors see it. */
export function callsToMeasure({ seconds }: Rails, secondsPerCall: number): number {
  return Math.max(LEAST_CALLS, Math.ceil(seconds / secondsPerCall));
}

/** What a stretch of calls took. */
export interface Energy {
  /** Energy of one call, mean power while calling, mean power at rest. */
  readonly readings: readonly Reading[];
  /** Power over time. */
  readonly power: readonly PowerTrace[];
}

/**
 * Measures the energy of one call.
 *
 * @param work Does all the calls.
 * @param calls How many these are.
 */
export async function measureEnergy(
  { rails, seconds, missing }: Rails,
  work: () => Promise<void>,
  calls: number,
  options: Omit<SampleOptions, "restSeconds"> = {},
): Promise<Energy> {
  if (rails.length === 0) {
    await work();
    return { readings: unavailableEnergy(missing ?? "no sensors"), power: [] };
  }
  const sampled = await samplePower(rails, work, { ...options, restSeconds: seconds });
  const power = sampled.map(({ trace }) => trace);
  const reason = doubt(rails, sampled);
  if (reason) return { readings: unavailableEnergy(reason), power };
  const sum = (value: (rail: SampledRail) => number) =>
    sampled.reduce((total, rail) => total + value(rail), 0);
  const [{ trace: { hertz, calls: [begin, end] } }] = sampled;
  const idle = sum((rail) => rail.idle), busy = sum((rail) => rail.busy);
  const origin = `${sampled.map(({ rail }) => `${rail.origin} (${rail.name})`).join(" + ")} at ` +
    `${hertz} Hz, ${calls} calls in ${(end - begin).toFixed(1)} s after ${seconds} s of rest`;
  const reading = { source: "measured" as const, origin };
  return {
    readings: [
      { quantity: "energy", ...reading, value: (busy - idle) * (end - begin) / calls },
      { quantity: "power", ...reading, value: busy },
      { quantity: "power-idle", ...reading, value: idle },
    ],
    power,
  };
}

/** Why the numbers would mean nothing. */
function doubt(rails: Rails["rails"], sampled: readonly SampledRail[]): string | undefined {
  const lost = rails.find((rail) => !sampled.some((other) => other.rail === rail));
  if (lost) return `${lost.origin} could not be read all the time`;
  const stuck = sampled.find(({ changes }) => changes < LEAST_CHANGES);
  if (!stuck) return undefined;
  const [begin, end] = stuck.trace.calls;
  return `${stuck.rail.origin} changed ${stuck.changes} times in ${(end - begin).toFixed(1)} s, ` +
    "too seldom to tell";
}

function unavailableEnergy(unavailable: string): readonly Reading[] {
  return [{ quantity: "energy", source: "measured", unavailable }];
}
