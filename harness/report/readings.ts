/**
 * Energy and events in words and columns: what a device told of each case besides times.
 *
 * @module
 */

import type { CaseResult, RunResult } from "../result.ts";
import { machineOf } from "../measure/fastest_peer.ts";
import type { Column } from "./columns.ts";
import { denseBeside, figureOf, wholeCall } from "./counted.ts";
import { ENERGY, type Figure, FIGURES, ratioTo } from "./figures.ts";
import { formatInterval, formatRatio } from "./format.ts";
import { labelOnDevice } from "./devices.ts";
import { shownRows } from "./reading.ts";
import { type TextColumn, textTable } from "./text_table.ts";

/** Whether a device told anything of this run besides times. */
export function hasReadings({ cases }: RunResult): boolean {
  return cases.some(({ readings = [] }) => readings.length > 0);
}

/** The rows of one device that told something, and the figures that it has. */
export interface ReadingGroup {
  /** Id of the device. */
  readonly device: string;
  /** Its rows, called as they are under a heading that names the device. */
  readonly rows: readonly CaseResult[];
  /** What some of them have. */
  readonly figures: readonly Figure[];
}

/** The rows that have readings, device by device. */
export function readingGroups(run: RunResult): readonly ReadingGroup[] {
  const told = shownRows(run).filter((row) => wholeCall(row).some(({ value }) => value));
  return [...Map.groupBy(told, machineOf)].map(([device, own]) => ({
    device,
    rows: own.map((row) => ({ ...row, label: labelOnDevice(row) })),
    figures: FIGURES.filter((figure) => own.some((row) => figureOf(row, figure))),
  }));
}

/** Where the values of a figure come from, e.g. `"emulated"`. */
function sourceIn({ rows }: ReadingGroup, figure: Figure): string {
  return [...new Set(rows.flatMap((row) => figureOf(row, figure)?.source ?? []))].join(" or ");
}

/** A row's figure ÷ that of the dense model beside it; undefined for that one itself. */
function ratioOf(row: CaseResult, rows: readonly CaseResult[], figure: Figure): number | undefined {
  const dense = denseBeside(row, rows);
  if (!figure.compared || dense === undefined || dense.id === row.id) return undefined;
  return ratioTo(figureOf(row, figure), figureOf(dense, figure));
}

/** Columns of the table of readings of one device: its figures, each with its ratio to dense. */
export function readingColumns(group: ReadingGroup): readonly Column[] {
  const plain = { group: "", timed: false, unproven: () => false };
  const label: Column = {
    ...plain,
    title: "case",
    align: "left",
    sortKey: (row) => row.label,
    text: (row) => row.label,
    interval: () => "",
  };
  const columns = group.figures.map((figure): Column => {
    const { format } = figure.shown;
    return {
      ...plain,
      group: sourceIn(group, figure),
      title: figure.title,
      align: "right",
      sortKey: (row) => figureOf(row, figure)?.value.value,
      text: (row) => {
        const told = figureOf(row, figure);
        return told ? format(told.value.value) : "";
      },
      interval: (row) => {
        const told = figureOf(row, figure);
        const ratio = ratioOf(row, group.rows, figure);
        return [
          told ? formatInterval(told.value, format) : "",
          ratio === undefined ? "" : formatRatio(ratio),
        ].join(" ").trim();
      },
    };
  });
  return [label, ...columns];
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
  "the same program; modelled values are computed from them, and a modelled time is no latency. " +
  "Small: ÷ that of dense on the same device.";

/** Width that tables in a terminal keep to, in characters. */
const WIDTH = 120;
/** Figures that are left out first. */
const SPARED = ["l1d-accesses", "vector-share", "l2-misses"];

/** The readings as short tables for a terminal, one a device, under a heading. */
export function readingLines(run: RunResult): readonly string[] {
  const groups = readingGroups(run);
  return [
    "Energy and events of one call",
    ...groups.flatMap((group) => [
      `on ${group.device}: ${sourceWords(group)}`,
      ...narrowTable(group),
    ]),
  ];
}

/** The table of a device, without what can best be spared where names leave too little room. */
function narrowTable(group: ReadingGroup): readonly string[] {
  const table = (figures: readonly Figure[]) =>
    textTable(textColumns({ ...group, figures }), group.rows).split("\n");
  let { figures } = group;
  for (const spared of SPARED) {
    if (table(figures).every((line) => line.length <= WIDTH)) break;
    figures = figures.filter(({ id }) => id !== spared);
  }
  return table(figures);
}

function textColumns({ rows, figures }: ReadingGroup): readonly TextColumn<CaseResult>[] {
  const right = "right" as const;
  const ratio: TextColumn<CaseResult> = {
    title: "× dense",
    align: right,
    cell(row) {
      const value = ratioOf(row, rows, ENERGY);
      return value === undefined ? "" : value.toFixed(2);
    },
  };
  return [
    { title: "case", cell: ({ label }) => label },
    ...figures.flatMap((figure): TextColumn<CaseResult>[] => [
      {
        title: figure.short,
        align: right,
        cell(row) {
          const told = figureOf(row, figure);
          return told ? figure.shown.format(told.value.value) : "";
        },
      },
      ...(figure === ENERGY && rows.some((row) => ratioOf(row, rows, ENERGY)) ? [ratio] : []),
    ]),
  ];
}

/** Where the columns of a table come from, e.g. `"emulated; modelled, no latencies: cycles, mJ"`. */
function sourceWords(group: ReadingGroup): string {
  const sources = [...Map.groupBy(group.figures, (figure) => sourceIn(group, figure))]
    .toSorted(([, a], [, b]) => b.length - a.length);
  return sources.map(([source, figures], i) => {
    const name = source.includes("modelled") ? `${source}, no latencies` : source;
    return i === 0 ? name : `${name}: ${figures.map(({ short }) => short).join(", ")}`;
  }).join("; ");
}
