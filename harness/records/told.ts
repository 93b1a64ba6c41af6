/**
 * What devices tell besides times, as records: energy and events, power over time, temperatures and
 * clocks. Runs of devices that tell nothing have no such files.
 *
 * @module
 */

import {
  type Conditions,
  type PowerTrace,
  QUANTITIES,
  type Quantity,
  type Reading,
} from "../../devices/reading.ts";
import type { Column, Row } from "./schema.ts";

const CASE_AND_ROUND = [
  { name: "case", type: "text", description: "Content hash of the case, 12 hex digits." },
  {
    name: "round",
    type: "integer",
    optional: true,
    description: "Round, from 0; empty for counts that are the same each time.",
  },
] as const satisfies readonly Column[];

/** `readings.csv`: energy, events and bytes of one call, each with its source. */
export const READING_COLUMNS = [
  ...CASE_AND_ROUND,
  {
    name: "operator",
    type: "text",
    optional: true,
    description: "Operator of the program; empty for the whole call.",
  },
  {
    name: "quantity",
    type: "text",
    values: Object.keys(QUANTITIES) as Quantity[],
    description: "What it is; see the table of quantities.",
  },
  { name: "unit", type: "text", description: "Unit of the value; `1` for counts." },
  {
    name: "source",
    type: "text",
    values: ["measured", "emulated", "modelled"],
    description: "Where the number comes from. Emulated or modelled time is no latency.",
  },
  { name: "value", type: "number", optional: true, description: "Of one call; empty for none." },
  {
    name: "unavailable",
    type: "text",
    optional: true,
    description: "Why there is no value, and how to get one.",
  },
  {
    name: "origin",
    type: "text",
    optional: true,
    description: "Sensor, event or model that the value comes from.",
  },
] as const satisfies readonly Column[];

/** A row of `readings.csv`. */
export type ReadingRow = Row<typeof READING_COLUMNS>;

/** `power.csv`: power over time, of the first round. */
export const POWER_COLUMNS = [
  ...CASE_AND_ROUND,
  { name: "rail", type: "text", description: "What is measured, e.g. `package-0`." },
  { name: "hertz", type: "number", unit: "Hz", description: "Samples a second asked for." },
  {
    name: "calls_begin",
    type: "number",
    unit: "s",
    description: "When the calls began, on the clock of `seconds`; before that the device rested.",
  },
  { name: "calls_end", type: "number", unit: "s", description: "When the last call ended." },
  { name: "seconds", type: "number", unit: "s", description: "When the sample was taken." },
  {
    name: "watts",
    type: "number",
    unit: "W",
    description: "Mean power since the sample before.",
  },
] as const satisfies readonly Column[];

/** A row of `power.csv`. */
export type PowerRow = Row<typeof POWER_COLUMNS>;

/** `conditions.csv`: how the device was before and after the timed calls of a round. */
export const CONDITION_COLUMNS = [
  ...CASE_AND_ROUND,
  {
    name: "when",
    type: "text",
    values: ["before", "after"],
    description: "Before the first or after the last timed call of the round.",
  },
  {
    name: "what",
    type: "text",
    values: ["temperature", "clock", "throttled"],
    description: "What the sensor shows; `throttled` says that times cannot be trusted.",
  },
  { name: "sensor", type: "text", description: "Name of the sensor; empty for `throttled`." },
  { name: "value", type: "number", optional: true, description: "In the unit beside it." },
  { name: "unit", type: "text", description: "`°C` or `Hz`; empty for `throttled`." },
  { name: "reason", type: "text", optional: true, description: "Why times cannot be trusted." },
] as const satisfies readonly Column[];

/** A row of `conditions.csv`. */
export type ConditionRow = Row<typeof CONDITION_COLUMNS>;

/** All that devices told in a run, by file. */
export interface Told {
  /** Rows of `readings.csv`. */
  readonly readings: readonly ReadingRow[];
  /** Rows of `power.csv`. */
  readonly power: readonly PowerRow[];
  /** Rows of `conditions.csv`. */
  readonly conditions: readonly ConditionRow[];
}

/** Devices that told nothing. */
export const NOTHING_TOLD: Told = { readings: [], power: [], conditions: [] };

/** The case, and the round unless it is the same in all. */
interface Place {
  readonly case: string;
  readonly round?: number;
}

/** Readings as rows. */
export function readingRows(place: Place, readings: readonly Reading[]): ReadingRow[] {
  return readings.map((reading) => ({
    ...place,
    ...reading,
    unit: QUANTITIES[reading.quantity].unit,
  }));
}

/** Power over time as rows. */
export function powerRows(place: Place, traces: readonly PowerTrace[]): PowerRow[] {
  return traces.flatMap(({ rail, hertz, seconds, watts, calls: [begin, end] }) =>
    seconds.map((time, i) => ({
      ...place,
      rail,
      hertz,
      calls_begin: begin,
      calls_end: end,
      seconds: time,
      watts: watts[i],
    }))
  );
}

/** The traces that these rows, of one case, tell of: the inverse of {@linkcode powerRows}. */
export function tracesOf(rows: readonly PowerRow[]): PowerTrace[] {
  return [...Map.groupBy(rows, ({ rail }) => rail).values()].map((samples) => {
    const [{ rail, hertz, calls_begin, calls_end }] = samples;
    return {
      rail,
      hertz,
      seconds: samples.map(({ seconds }) => seconds),
      watts: samples.map(({ watts }) => watts),
      calls: [calls_begin, calls_end],
    };
  });
}

/** How the device was, from before the first visit of a round to after its last one, as rows. */
export function conditionRows(place: Place, visits: readonly Conditions[]): ConditionRow[] {
  if (visits.length === 0) return [];
  const states = [["before", visits[0].before], ["after", visits.at(-1)!.after]] as const;
  const sensors = states.flatMap(([when, { celsius, hertz }]) => [
    ...Object.entries(celsius).map(([sensor, value]) => (
      { ...place, when, what: "temperature" as const, sensor, value, unit: "°C" }
    )),
    ...Object.entries(hertz).map(([sensor, value]) => (
      { ...place, when, what: "clock" as const, sensor, value, unit: "Hz" }
    )),
  ]);
  const reasons = [...new Set(visits.flatMap(({ throttled }) => throttled ?? []))];
  return [
    ...sensors,
    ...reasons.map((reason) => (
      { ...place, when: "after" as const, what: "throttled" as const, sensor: "", unit: "", reason }
    )),
  ];
}
