/**
 * Charts of a part that compare its cells: the deciding metric by cell, and against the reduction.
 *
 * @module
 */

import type { Mark } from "../report/chart_marks.ts";
import { barChartHeight, type ChartSpec } from "../report/chart_spec.ts";
import { formatInterval, formatPlain } from "../report/format.ts";
import { cellStyles, type Dataset, denseLine, LEGEND, legendHeight } from "./cell_style.ts";
import { formatPercent, withinShares } from "./columns.ts";
import { penaltyChart, recoveryChart } from "./curve_charts.ts";
import { DENSE } from "./records.ts";
import { seriesOf } from "./series.ts";
import {
  type CellSummary,
  LEVEL,
  macsRate,
  meanOf,
  paramsRate,
  type PartSummary,
  type SeedMean,
} from "./summary.ts";

/** Charts of a part for which there are numbers. */
export function partCharts(part: PartSummary): ChartSpec[] {
  return [accuracyChart(part), rateChart(part), recoveryChart(part), penaltyChart(part)]
    .filter((chart) => chart !== undefined);
}

/** A cell with its final metric. */
interface Judged {
  readonly cell: CellSummary;
  readonly final: SeedMean;
}

function judgedCells({ cells }: PartSummary): Judged[] {
  return cells.flatMap((cell) => cell.final ? [{ cell, final: withinShares(cell.final) }] : []);
}

function seedsText(cells: readonly Judged[]): string {
  const most = Math.max(...cells.map(({ final }) => final.values.length));
  return most === 1
    ? "one seed, hence without intervals"
    : `mean over ${most} seeds, whiskers: ${100 * LEVEL} % interval`;
}

/** Deciding metric of every cell, with its seeds; undefined when there is no result. */
export function accuracyChart(summary: PartSummary): ChartSpec | undefined {
  const { part, metric = "metric" } = summary;
  const rows = judgedCells(summary);
  if (rows.length < 2) return undefined;
  const styles = cellStyles(summary);
  const dense = rows.find(({ cell }) => cell.cell === DENSE)?.final.value;
  const colours = rows.map(({ cell }) => styles.get(cell.cell)!.borderColor);
  const ends = rows.flatMap(({ final: { value, low = value, high = value } }) => [low, high]);
  const [lowest, highest] = [100 * Math.min(...ends), 100 * Math.max(...ends)];
  const percent = (share: number) => Number((100 * share).toFixed(3));
  const most = Math.max(...rows.map(({ final }) => final.values.length));
  const means: Dataset = {
    data: rows.map(({ cell, final }, y): Mark => ({
      x: percent(final.value),
      y,
      ...(final.low !== undefined && { low: percent(final.low), high: percent(final.high!) }),
      label: formatPercent(final.value),
      detail: `${cell.label}: ${metric} ${formatPercent(final.value)} % ` +
        formatInterval(final, formatPercent),
    })),
    pointRadius: 5,
    pointHoverRadius: 7,
    borderColor: colours,
    backgroundColor: colours,
  };
  const seeds = Array.from({ length: most < 2 ? 0 : most }, (_, i): Dataset => ({
    data: rows.map(({ cell, final }, y): Mark => ({
      x: percent(final.values[i] ?? NaN),
      y,
      detail: `${cell.label}: ${formatPercent(final.values[i] ?? NaN)} % from one seed`,
    })),
    pointStyle: "circle",
    pointRadius: 3.5,
    borderColor: colours,
    backgroundColor: "transparent",
  }));
  const line = dense === undefined
    ? []
    : [denseLine(rows.map((_, y) => ({ x: percent(dense), y })))];
  return {
    name: `accuracy-${part.id}`,
    title: `${metric} by method`,
    subtitle: `${part.title}; of the test samples after retraining, measured; ${seedsText(rows)}` +
      `${most > 1 ? ", rings: single seeds" : ""}${
        dense === undefined ? "" : "; dashed: the dense network"
      }. The axis does not begin at zero.`,
    alternative: rows.map(({ cell, final }) => `${cell.label} ${formatPercent(final.value)} %`)
      .join("; "),
    height: barChartHeight(rows.length),
    config: {
      type: "scatter",
      data: {
        labels: rows.map(({ cell }) => cell.label),
        datasets: [means, ...seeds, ...line],
      },
      options: {
        indexAxis: "y",
        maintainAspectRatio: false,
        scales: {
          x: {
            // Room for the whiskers, and for the values beside them.
            suggestedMin: lowest - 0.04 * (highest - lowest),
            suggestedMax: highest + 0.1 * (highest - lowest),
            title: { display: true, text: `${metric}, %` },
            border: { display: false },
          },
          y: { type: "category", offset: true, ticks: { autoSkip: false } },
        },
        plugins: { legend: { display: false } },
      },
    },
  };
}

/** Rates nearer to each other than this share are one rate. */
const SAME_RATE = 0.08;

/** Deciding metric against the reduction; undefined when all cells have the same reduction. */
export function rateChart(summary: PartSummary): ChartSpec | undefined {
  const { part, metric = "metric" } = summary;
  const rows = judgedCells(summary).filter(({ cell }) => cell.cell !== DENSE);
  const byParams = rows.every(({ cell }) => "params" in cell.records[0].spec.target);
  const rateOf = (cell: CellSummary) => meanOf(cell, byParams ? paramsRate : macsRate);
  const rates = rows.map(({ cell }) => rateOf(cell));
  if (rows.length < 2 || Math.max(...rates) / Math.min(...rates) < 1 + SAME_RATE) return undefined;
  const styles = cellStyles(summary);
  const dense = summary.cells.find(({ cell }) => cell === DENSE)?.final?.value;
  const what = byParams ? "weights" : "MACs";
  const finals = new Map(rows.map(({ cell, final }) => [cell, final]));
  const all = seriesOf([...finals.keys()]);
  const datasets = all.map(({ label, cells }): Dataset => ({
    label,
    data: cells.toSorted((a, b) => rateOf(a) - rateOf(b)).map((cell) => {
      const final = finals.get(cell)!;
      return {
        x: rateOf(cell),
        y: 100 * final.value,
        detail: `${cell.label}: ${metric} ${formatPercent(final.value)} % at ${
          formatPlain(rateOf(cell))
        }× ${formatInterval(final, formatPercent)}`.trim(),
      };
    }),
    showLine: cells.length > 1,
    ...styles.get(cells[0].cell)!,
    borderWidth: 2,
    pointRadius: 5,
    pointHoverRadius: 7,
  }));
  const furthest = Math.max(...rates);
  const line = dense === undefined
    ? []
    : [denseLine([1, furthest].map((x) => ({ x, y: 100 * dense })))];
  return {
    name: `rates-${part.id}`,
    title: `${metric} against reduction of ${what}`,
    subtitle:
      `${part.title}; lines join rates of one method; ${metric} measured, means over seeds; ` +
      `reduction derived from the networks, dense ÷ kept.`,
    alternative: rows.map(({ cell, final }) =>
      `${cell.label} ${formatPercent(final.value)} % at ${formatPlain(rateOf(cell))} times`
    ).join("; "),
    height: 400 + legendHeight(all.length + line.length),
    config: {
      type: "scatter",
      data: { datasets: [...datasets, ...line] },
      options: {
        maintainAspectRatio: false,
        scales: {
          x: {
            grace: "3%",
            grid: { display: false },
            title: { display: true, text: `reduction of ${what}, × (dense ÷ kept)` },
          },
          y: {
            grace: "5%",
            title: { display: true, text: `${metric}, %` },
            border: { display: false },
          },
        },
        plugins: { legend: LEGEND },
      },
    },
  };
}
