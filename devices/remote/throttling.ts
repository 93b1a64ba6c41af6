/**
 * Whether a machine was slowed down by its own heat, by four signs.
 *
 * @module
 */

import type { RemoteState, Sensors } from "./state.ts";

/** Clock of a core before and after the timed calls. */
export interface CoreClock {
  /** Number of the core. */
  readonly cpu: number;
  /** Hertz, right before the first timed call. */
  readonly before: number;
  /** Hertz, right after the last one. */
  readonly after: number;
}

/** What was seen around the timed calls. */
export interface Observation {
  /** When the device was opened, at rest. */
  readonly first: RemoteState;
  /** Right before the warm-up. */
  readonly before: RemoteState;
  /** Right after the last timed call. */
  readonly after: RemoteState;
  /** Of the cores that worked. */
  readonly clocks: readonly CoreClock[];
  /** With their trip points. */
  readonly sensors: Sensors;
}

/** Clocks that fell by less are the governor's own. */
const FELL = 0.95;

/** So near to a trip point, degrees, the system was slowing down or about to. */
const NEAR = 2;

/** Android's names of its thermal status. */
const STATUS = ["none", "light", "moderate", "severe", "critical", "emergency", "shutdown"];

const gigahertz = (hertz: number) => (hertz / 1e9).toFixed(2);

/** Why the times cannot be trusted; undefined when nothing speaks against them. */
export function throttleReason(seen: Observation): string | undefined {
  const reasons = [...fallen(seen), ...capped(seen), ...hot(seen), ...told(seen)];
  return reasons.length ? reasons.join("; ") : undefined;
}

function fallen({ clocks }: Observation): string[] {
  return clocks.filter(({ before, after }) => after < FELL * before).map(({ cpu, before, after }) =>
    `cpu${cpu} fell from ${gigahertz(before)} to ${gigahertz(after)} GHz`
  );
}

/** A limit that was there from the beginning is the user's, and no sign of heat. */
function capped({ first, before, after, clocks }: Observation): string[] {
  return clocks.map(({ cpu }) => `cpu${cpu}`).flatMap((cpu) => {
    const initial = first.limits[cpu];
    const lowest = Math.min(...[before, after].map(({ limits }) => limits[cpu] ?? Infinity));
    return lowest < FELL * initial
      ? [`${cpu} was held to ${gigahertz(lowest)} of ${gigahertz(initial)} GHz`]
      : [];
  });
}

function hot({ after, sensors }: Observation): string[] {
  return [...sensors.values()].flatMap(({ name, slowsAt = Infinity }) => {
    const celsius = after.celsius[name];
    return celsius > slowsAt - NEAR
      ? [`${name} was at ${celsius.toFixed(1)} °C, the system slows down at ${slowsAt.toFixed(1)}`]
      : [];
  });
}

function told({ before, after }: Observation): string[] {
  const worst = Math.max(before.thermalStatus ?? 0, after.thermalStatus ?? 0);
  return worst ? [`Android's thermal status was ${worst} (${STATUS[worst] ?? "unknown"})`] : [];
}
