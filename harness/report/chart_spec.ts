/**
 * What a chart is, and what the charts of a run have in common.
 *
 * @module
 */

import type { ChartConfiguration } from "chart.js";
import type { Mark } from "./chart_marks.ts";
import { isNeverTimed } from "./reading.ts";
import type { CaseResult, RunResult } from "../result.ts";

/** A Chart.js configuration that is plain data: no functions, no colours of text or grid. */
export type ChartConfig = ChartConfiguration<"bar" | "scatter", Mark[]>;

/** One chart with the words around it. */
export interface ChartSpec {
  /** Also the name of its file: `charts/<name>.png`. */
  readonly name: string;
  readonly title: string;
  /** What is drawn, in which unit, and where the numbers come from. */
  readonly subtitle: string;
  /** The same in words, for those who cannot see the chart. */
  readonly alternative: string;
  /** Height of the plot in CSS pixels, at any width. */
  readonly height: number;
  readonly config: ChartConfig;
}

/** Whether a chart has anything to show: a datum has a detail, a guide line has none. */
export function hasData({ config }: ChartSpec): boolean {
  return config.data.datasets.some(({ data }) => data.some(({ detail }) => detail !== undefined));
}

/** Height of one bar and the space around it, in CSS pixels; further bars share the space. */
const BAR_PITCH = 30;
/** Height of an axis with its title, in CSS pixels. */
const AXIS_HEIGHT = 52;

/** Height of a chart with `series` bars in each of `rows` rows. */
export function barChartHeight(rows: number, series = 1): number {
  return rows * BAR_PITCH * (series + 1) / 2 + AXIS_HEIGHT;
}

/** Options of a chart of horizontal bars, one a row, named by `labels`. */
export function barOptions(valueTitle: string, stacked: boolean): ChartConfig["options"] {
  return {
    indexAxis: "y",
    maintainAspectRatio: false,
    scales: {
      x: {
        beginAtZero: true,
        stacked,
        // Room for the label beside the longest bar.
        grace: "12%",
        title: { display: true, text: valueTitle },
        border: { display: false },
      },
      y: { stacked, grid: { display: false }, ticks: { autoSkip: false } },
    },
    plugins: { legend: { display: false } },
  };
}

/** Where the times of a run come from. */
export function measuredOn(run: RunResult): string {
  return `measured on ${run.manifest.machine}`;
}

/** Rows without a time, named so that a chart hides nothing; a device that is never timed as a whole. */
export function untimed(rows: readonly CaseResult[]): string {
  const missing = rows.filter((row) => row.latency === undefined);
  const never = new Set(missing.filter(isNeverTimed).map(({ spec }) => spec.device));
  const names = [
    ...missing.filter((row) => !never.has(row.spec.device))
      .map((row) => `${row.label} (${row.status})`),
    ...[...never].map((device) => `all on ${device} (not timed)`),
  ];
  return names.length === 0 ? "" : ` Without a time: ${names.join(", ")}.`;
}
