/**
 * The charts of a run as plain data: the same Chart.js configurations are drawn to PNG files and
 * in the page.
 *
 * @module
 */

import { layersChart } from "./chart_layers.ts";
import {
  barChartHeight,
  barOptions,
  type ChartSpec,
  hasData,
  measuredOn,
  untimed,
} from "./chart_spec.ts";
import { methodColours, pale } from "./chart_style.ts";
import { toldCharts } from "./charts_told.ts";
import { formatInterval, formatMebibytes, formatMs, formatPlain, toMebibytes } from "./format.ts";
import { intervalLevel, shownRows } from "./reading.ts";
import type { RunResult } from "../result.ts";

/** All charts of a run, in the order of the page. */
export function runCharts(run: RunResult): readonly ChartSpec[] {
  return [...comparisonCharts(run), ...toldCharts(run)];
}

/** The charts of times and sizes that this run has something for. */
export function comparisonCharts(run: RunResult): readonly ChartSpec[] {
  return [latencyChart(run), speedupChart(run), layersChart(run), bytesChart(run)].filter(hasData);
}

/** Median latency of every row, with its interval as a whisker. */
export function latencyChart(run: RunResult): ChartSpec {
  const all = shownRows(run);
  const rows = all.flatMap((row) => row.latency ? [{ row, latency: row.latency }] : []);
  const colours = methodColours(all);
  const level = intervalLevel(run);
  const whiskers = level === undefined ? "" : `, whiskers: ${level} interval`;
  return {
    name: "latency",
    title: "Latency",
    subtitle: `Median of one inference${whiskers}; ${measuredOn(run)}.${untimed(all)}`,
    alternative: rows.map(({ row, latency }) => `${row.label} ${formatMs(latency.value)} ms`)
      .join("; "),
    height: barChartHeight(rows.length),
    config: {
      type: "bar",
      data: {
        labels: rows.map(({ row }) => row.label),
        datasets: [{
          data: rows.map(({ row: { label }, latency }, y) => ({
            x: latency.value,
            y,
            ...(latency.low === undefined ? {} : { low: latency.low, high: latency.high }),
            label: formatMs(latency.value),
            detail: `${label}: ${formatMs(latency.value)} ms ${formatInterval(latency, formatMs)}`
              .trim(),
          })),
          backgroundColor: rows.map(({ row }) => colours.get(row.spec.method)),
          barPercentage: 0.8,
        }],
      },
      options: barOptions("median latency, ms (shorter is better)", false),
    },
  };
}

/** Name of the chart of speed-ups. */
export const SPEEDUP = "speedup";
const POINT_STYLES = ["circle", "triangle", "rect", "rectRot", "crossRot", "star"] as const;

/** Room to the right of points for their labels, in CSS pixels, of which a letter takes about seven. */
function labelRoom(labels: readonly string[]): number {
  return Math.max(175, 40 + 7 * Math.max(0, ...labels.map((label) => label.length)));
}

/** Speed-up over our dense model against the reduction of MACs. */
export function speedupChart(run: RunResult): ChartSpec {
  const all = shownRows(run);
  const rows = all.flatMap((row) =>
    row.speedupDense && row.rate !== undefined && row.role !== "baseline"
      ? [{ row, rate: row.rate, speedup: row.speedupDense }]
      : []
  );
  const colours = methodColours(all);
  const furthest = Math.max(1, ...rows.map(({ rate }) => rate));
  return {
    name: SPEEDUP,
    title: "Speed-up against reduction of MACs",
    subtitle: `A point on the dashed line turns every removed MAC into time saved; ${
      measuredOn(run)
    }.${untimed(all)}`,
    alternative: rows
      .map(({ row, rate, speedup }) =>
        `${row.label} ${formatPlain(speedup.value)} times at rate ${formatPlain(rate)}`
      )
      .join("; "),
    height: 440,
    config: {
      type: "scatter",
      data: {
        datasets: [
          {
            data: [{ x: 1, y: 1 }, { x: furthest, y: furthest, label: "speed-up = rate" }],
            showLine: true,
            pointRadius: 0,
            pointHitRadius: 0,
            borderWidth: 1.25,
            borderDash: [5, 4],
            borderColor: "#8d949e",
          },
          ...rows.map(({ row, rate, speedup }) => {
            const colour = colours.get(row.spec.method);
            const sameMethod = rows.filter((other) => other.row.spec.method === row.spec.method);
            const place = sameMethod.findIndex((other) => other.row === row);
            return {
              data: [{
                x: rate,
                y: speedup.value,
                ...(speedup.low === undefined ? {} : { low: speedup.low, high: speedup.high }),
                label: row.label,
                detail: `${row.label}: ${formatPlain(speedup.value)}× ${
                  formatInterval(speedup, formatPlain)
                } at rate ${formatPlain(rate)}×`,
              }],
              pointStyle: POINT_STYLES[place % POINT_STYLES.length],
              pointRadius: 4.5,
              pointHoverRadius: 6,
              borderWidth: 2,
              borderColor: colour,
              backgroundColor: colour,
            };
          }),
        ],
      },
      options: {
        maintainAspectRatio: false,
        layout: { padding: { right: labelRoom(rows.map(({ row }) => row.label)), top: 8 } },
        scales: {
          x: {
            min: 0.5,
            suggestedMax: furthest,
            title: { display: true, text: "reduction of MACs, × (dense ÷ kept)" },
            ticks: { stepSize: 0.5 },
          },
          y: {
            beginAtZero: true,
            title: { display: true, text: "speed-up over our dense model, ×" },
            border: { display: false },
          },
        },
        plugins: { legend: { display: false } },
      },
    },
  };
}

/** Bytes that the weights take on disk, values and indices apart. */
export function bytesChart(run: RunResult): ChartSpec {
  const all = shownRows(run);
  const rows = all.flatMap((row) =>
    row.valueBytes === undefined
      ? []
      : [{ row, values: row.valueBytes, indices: row.indexBytes ?? 0 }]
  );
  const colours = rows.map(({ row }) => methodColours(all).get(row.spec.method) ?? "");
  const text = (values: number, indices: number) =>
    indices === 0
      ? formatMebibytes(values)
      : `${formatMebibytes(values)} + ${formatMebibytes(indices)}`;
  return {
    name: "bytes",
    title: "Stored size",
    subtitle:
      "Bytes of the weights: values, and in a paler shade the indices that say where they " +
      "stand; derived from the stored form, not measured.",
    alternative: rows
      .map(({ row, values, indices }) => `${row.label} ${text(values, indices)} MiB`)
      .join("; "),
    height: barChartHeight(rows.length),
    config: {
      type: "bar",
      data: {
        labels: rows.map(({ row }) => row.label),
        datasets: [
          {
            label: "values",
            data: rows.map(({ row, values }, y) => ({
              x: toMebibytes(values),
              y,
              detail: `${row.label}: values ${formatMebibytes(values)} MiB`,
            })),
            backgroundColor: colours,
            barPercentage: 0.8,
          },
          {
            label: "indices",
            data: rows.map(({ row, values, indices }, y) => ({
              x: toMebibytes(indices),
              y,
              label: text(values, indices),
              detail: `${row.label}: indices ${formatMebibytes(indices)} MiB`,
            })),
            backgroundColor: colours.map(pale),
            barPercentage: 0.8,
          },
        ],
      },
      options: barOptions("stored weights, MiB (values + indices)", true),
    },
  };
}
