/**
 * Power over time: at rest first, then while work is done; and the energy that the work took above
 * rest.
 *
 * @module
 */

import type { PowerTrace } from "../reading.ts";
import type { Rail } from "./rail.ts";

/** Samples a second: a tenth of what RAPL renews, and enough to see calls of 50 ms. */
export const HERTZ = 100;

/** How power is sampled. */
export interface SampleOptions {
  /** How long the device rests before, seconds. */
  readonly restSeconds: number;
  /** Samples a second. @default {HERTZ} */
  readonly hertz?: number;
  /** Clock, in seconds. @default that of the process */
  readonly now?: () => number;
  /** Waits. @default a timer */
  readonly delay?: (seconds: number) => Promise<void>;
}

/** What was seen of one rail. */
export interface SampledRail {
  /** The rail. */
  readonly rail: Rail;
  /** Power over time, from the beginning of the rest. */
  readonly trace: PowerTrace;
  /** Mean power at rest, watts. */
  readonly idle: number;
  /** Mean power while working, rest included, watts. */
  readonly busy: number;
  /** Different values that the sensor showed while working: one that stood still saw nothing. */
  readonly changes: number;
}

/** One look at all rails. */
interface Look {
  readonly time: number;
  readonly values: readonly (number | undefined)[];
}

/**
 * Samples rails while the device rests and then while it works.
 *
 * @returns Rails that could be read all the time.
 */
export async function samplePower(
  rails: readonly Rail[],
  work: () => Promise<void>,
  options: SampleOptions,
): Promise<readonly SampledRail[]> {
  const { hertz = HERTZ, now = () => performance.now() / 1000, delay = wait } = options;
  const looks: Look[] = [];
  const look = () => {
    looks.push({ time: now(), values: rails.map((rail) => rail.read()) });
    return looks.length - 1;
  };
  look();
  for (const rested = now() + options.restSeconds; now() < rested;) {
    await delay(1 / hertz);
    look();
  }
  const begin = look();
  let working = true;
  const sampling = (async () => {
    while (working) {
      await delay(1 / hertz);
      if (working) look();
    }
  })();
  let end: number;
  try {
    await work();
    end = look();
  } finally {
    working = false;
    await sampling;
  }
  return rails.flatMap((rail, i) => {
    const values = looks.map((each) => each.values[i]);
    return values.every((value) => value !== undefined)
      ? [sampledRail(rail, looks.map(({ time }) => time), values, [begin, end], hertz)]
      : [];
  });
}

function sampledRail(
  rail: Rail,
  times: readonly number[],
  values: readonly number[],
  [begin, end]: readonly [number, number],
  hertz: number,
): SampledRail {
  // Joules between two looks; two in one moment of the clock have nothing between them.
  const joules = values.slice(1).map((value, i) =>
    rail.kind === "energy" ? value - values[i] : (value + values[i]) / 2 * (times[i + 1] - times[i])
  );
  const mean = (from: number, to: number) =>
    joules.slice(from, to).reduce((sum, energy) => sum + energy, 0) / (times[to] - times[from]);
  const apart = joules.map((energy, i) => ({
    energy,
    span: times[i + 1] - times[i],
    time: times[i + 1] - times[0],
  })).filter(({ span }) => span > 0);
  return {
    rail,
    trace: {
      rail: rail.name,
      hertz,
      seconds: apart.map(({ time }) => time),
      watts: apart.map(({ energy, span }) => energy / span),
      calls: [times[begin] - times[0], times[end] - times[0]],
    },
    idle: mean(0, begin),
    busy: mean(begin, end),
    changes: new Set(values.slice(begin, end + 1)).size - 1,
  };
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}
