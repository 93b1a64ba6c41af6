/**
 * Energy and events in words and columns: what a device told of each case besides times.
 *
 * @module
 */

import { QUANTITIES, type Quantity } from "../../devices/reading.ts";
import type { CaseResult, ReadingResult, RunResult } from "../result.ts";
import type { Column } from "./columns.ts";
import { formatCount, formatInterval, formatMebibytes, formatMs, formatPlain } from "./format.ts";
import { shownRows } from "./reading.ts";
import { textTable } from "./text_table.ts";

/** How values of a unit are shown. */
interface Shown {
  readonly unit: string;
  /** How many of this unit one of the records' unit is. */
  readonly factor: number;
  format(value: number): string;
}

const AS_SHOWN: Readonly<Record<typeof QUANTITIES[Quantity]["unit"], Shown>> = {
  "1": {
    unit: "",
    factor: 1,
    format: (count) => formatCount(count >= 1000 ? Math.round(count) : count),
  },
  "bytes": { unit: "MiB", factor: 1 / 2 ** 20, format: formatMebibytes },
  "s": { unit: "ms", factor: 1e3, format: (seconds) => formatMs(seconds * 1e3) },
  "J": { unit: "mJ", factor: 1e3, format: (joules) => formatMs(joules * 1e3) },
  "W": { unit: "W", factor: 1, format: formatPlain },
};

/** How a quantity is shown. */
export function asShown(quantity: Quantity): Shown {
  return AS_SHOWN[QUANTITIES[quantity].unit];
}

/** A quantity with the unit that it is shown in, e.g. `"energy, mJ"`. */
export function titleOf(quantity: Quantity): string {
  const { unit } = asShown(quantity);
  return unit === "" ? quantity : `${quantity}, ${unit}`;
}

/** Whether a device told anything of this run besides times. */
export function hasReadings({ cases }: RunResult): boolean {
  return cases.some(({ readings = [] }) => readings.length > 0);
}

/** Quantities, in the order of their table, that some of these readings have a value of. */
export function quantitiesIn(readings: readonly ReadingResult[]): readonly Quantity[] {
  const known = new Set(readings.flatMap(({ quantity, value }) => value ? [quantity] : []));
  return (Object.keys(QUANTITIES) as Quantity[]).filter((quantity) => known.has(quantity));
}

/** What a row has of the whole call. */
function wholeCall({ readings = [] }: CaseResult): readonly ReadingResult[] {
  return readings.filter(({ operator }) => operator === undefined);
}

/** Columns of the table of readings: one for each quantity that a row has. */
export function readingColumns(run: RunResult): readonly Column[] {
  const plain = { group: "", timed: false, unproven: () => false };
  const label: Column = {
    ...plain,
    title: "case",
    align: "left",
    sortKey: (row) => row.label,
    text: (row) => row.label,
    interval: () => "",
  };
  const columns = quantitiesIn(run.cases.flatMap(wholeCall)).map((quantity): Column => {
    const { format } = asShown(quantity);
    const find = (row: CaseResult) =>
      wholeCall(row).find((reading) => reading.quantity === quantity && reading.value);
    return {
      ...plain,
      title: titleOf(quantity),
      align: "right",
      sortKey: (row) => find(row)?.value?.value,
      text: (row) => {
        const value = find(row)?.value;
        return value ? format(value.value) : "";
      },
      interval: (row) => {
        const reading = find(row);
        return reading?.value
          ? `${formatInterval(reading.value, format)} ${reading.source}`.trim()
          : "";
      },
    };
  });
  return [label, ...columns];
}

/** Rows that the table of readings has. */
export function rowsWithReadings(run: RunResult): readonly CaseResult[] {
  return shownRows(run).filter(({ readings = [] }) => readings.some(({ value }) => value));
}

/**
 * What could not be had and why, each reason once, e.g. `"energy: unavailable: powercap: ..."`; with the
 * rows where it holds for some only.
 */
export function unavailableReadings(run: RunResult): readonly string[] {
  const rows = shownRows(run).filter(({ readings = [] }) => readings.length > 0);
  const found = rows.flatMap((row) =>
    wholeCall(row).flatMap(({ quantity, unavailable, value }) =>
      unavailable !== undefined && value === undefined ? [{ row, quantity, unavailable }] : []
    )
  );
  return [...Map.groupBy(found, ({ unavailable }) => unavailable)].map(([reason, lacking]) => {
    const quantities = [...new Set(lacking.map(({ quantity }) => quantity))];
    const where = placesOf(new Set(lacking.map(({ row }) => row)), rows);
    return `${quantities.join(", ")}${where}: unavailable: ${reason}`;
  });
}

/** Where some of the rows are: nothing to say for all, devices where all of one are, else their names. */
function placesOf(some: ReadonlySet<CaseResult>, rows: readonly CaseResult[]): string {
  if (some.size === rows.length) return "";
  const places = [...Map.groupBy(rows, ({ spec }) => spec.device)].flatMap(([device, own]) =>
    own.every((row) => some.has(row))
      ? [`on ${device}`]
      : own.filter((row) => some.has(row)).map(({ label }) => label)
  );
  return ` (${places.join(", ")})`;
}

/** Where the numbers come from: each origin once, with its quantities. */
export function readingOrigins(run: RunResult): readonly string[] {
  const known = shownRows(run).flatMap(wholeCall)
    .flatMap(({ quantity, source, origin, value }) =>
      value ? [{ quantity, source: origin === undefined ? source : `${source}, ${origin}` }] : []
    );
  return [...Map.groupBy(known, ({ source }) => source)].map(([source, of]) =>
    `${[...new Set(of.map(({ quantity }) => quantity))].join(", ")}: ${source}`
  );
}

/** Says what the source of a number means. */
export const READING_SOURCES = "Of one call. Emulated counts come from a simulator that executes " +
  "the same program; modelled values are computed from them, and a modelled time is no latency.";

/** How each letter stands for a source in a terminal. */
const MARKS = { measured: "", emulated: " e", modelled: " m" } as const;

/** The readings as a short table for a terminal, under a heading. */
export function readingLines(run: RunResult): readonly string[] {
  const rows = rowsWithReadings(run);
  const [label, ...columns] = readingColumns(run);
  const sourceOf = (row: CaseResult, title: string) =>
    wholeCall(row).find(({ quantity, value }) => value && titleOf(quantity) === title)?.source;
  const table = textTable([
    { title: label.title, cell: label.text },
    ...columns.map(({ title, text }) => ({
      title,
      align: "right" as const,
      cell: (row: CaseResult) => {
        const source = sourceOf(row, title);
        return source ? text(row) + MARKS[source] : "";
      },
    })),
  ], rows);
  const unmeasured = rows.some((row) => wholeCall(row).some(({ source }) => source !== "measured"));
  return [
    "Energy and events of one call" + (unmeasured ? " (e emulated, m modelled: no latencies)" : ""),
    ...(rows.length > 0 ? table.split("\n") : []),
  ];
}
