/**
 * Columns of the table of a part's cells, on the page and in the terminal.
 *
 * @module
 */

import { formatInterval, formatMebibytes, formatRatio } from "../report/format.ts";
import type { CellResult } from "./records.ts";
import {
  type CellSummary,
  macsRate,
  meanOf,
  paramsRate,
  type PartSummary,
  type SeedMean,
} from "./summary.ts";

/** One column; cells without a result are only asked for their name. */
export interface CellColumn {
  /** Heading that neighbours share; empty for none. */
  readonly group: string;
  /** Heading. */
  readonly title: string;
  /** Value; empty where there is none. */
  text(cell: CellSummary): string;
  /** What stands beside it in small, e.g. its interval. */
  small(cell: CellSummary): string;
  /** Whether a narrow table does without it. @default {false} */
  readonly wide?: boolean;
  /** Number to sort by. */
  sortKey(cell: CellSummary): number | undefined;
}

/** A share in `[0, 1]` in percent, without the unit. */
export function formatPercent(share: number): string {
  return (100 * share).toFixed(1);
}

/** Points with their sign; a loss is positive. */
export function formatPoints(points: number): string {
  const text = points.toFixed(1);
  return text === "-0.0" ? "0.0" : text.replace("-", "−");
}

/** An interval of points, `"−0.3 to 1.2"` in brackets; empty where there is none. */
export function formatPointsInterval({ low, high }: Pick<SeedMean, "low" | "high">): string {
  return low === undefined || high === undefined
    ? ""
    : `[${formatPoints(low)} to ${formatPoints(high)}]`;
}

/** A duration: `"95 s"`, `"12.3 min"`, `"1.52 h"`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(2)} h`;
}

/** A share's mean; its interval ends where shares do. */
export function withinShares(mean: SeedMean): SeedMean {
  const { low, high } = mean;
  if (low === undefined || high === undefined) return mean;
  return { ...mean, low: Math.max(0, low), high: Math.min(1, high) };
}

/** The columns of a part's table, the name apart. */
export function cellColumns({ metric = "metric" }: PartSummary): readonly CellColumn[] {
  const judged = `${metric}, %`;
  return [
    share(judged, "dense", ({ cell, dense }) => cell === "dense" ? undefined : dense),
    share(judged, "just cut", ({ cut }) => cut),
    share(judged, "final", ({ final }) => final, true),
    {
      group: "loss",
      title: "points",
      text: ({ loss }) => loss ? formatPoints(loss.value) : "",
      small: ({ loss }) => loss ? formatPointsInterval(loss) : "",
      sortKey: ({ loss }) => loss?.value,
    },
    number("reduction", "MACs", macsRate, formatRatio),
    number("reduction", "weights", paramsRate, formatRatio),
    {
      ...number("stored", "MiB", bytes, formatMebibytes),
      small: (cell) => {
        const index = meanOf(cell, ({ indexBytes }) => indexBytes);
        return index === 0 ? "" : `index ${formatPercent(index / meanOf(cell, bytes))} %`;
      },
    },
    { ...number("spent", "epochs", ({ spent }) => spent.epochs, formatMean), wide: true },
    { ...number("spent", "evaluations", ({ spent }) => spent.evaluations, formatMean), wide: true },
    number("spent", "time", ({ spent }) => spent.seconds, formatSeconds),
    {
      group: "",
      title: "seeds",
      text: ({ results }) => String(results.length),
      small: () => "",
      sortKey: ({ results }) => results.length,
    },
  ];
}

/** A mean of counts. */
function formatMean(count: number): string {
  return Number.isInteger(count) ? String(count) : count.toFixed(1);
}

function bytes({ valueBytes, indexBytes }: CellResult): number {
  return valueBytes + indexBytes;
}

function share(
  group: string,
  title: string,
  value: (cell: CellSummary) => SeedMean | undefined,
  interval = false,
): CellColumn {
  return {
    group,
    title,
    text: (cell) => {
      const mean = value(cell);
      return mean ? formatPercent(mean.value) : "";
    },
    small: (cell) => {
      const mean = interval ? value(cell) : undefined;
      return mean ? formatInterval(withinShares(mean), formatPercent) : "";
    },
    sortKey: (cell) => value(cell)?.value,
  };
}

function number(
  group: string,
  title: string,
  value: (result: CellResult) => number,
  format: (value: number) => string,
): CellColumn {
  return {
    group,
    title,
    text: (cell) => format(meanOf(cell, value)),
    small: () => "",
    sortKey: (cell) => meanOf(cell, value),
  };
}
