/**
 * Charts of what devices tell besides times: events and energy by layer, power over time.
 *
 * @module
 */

import { layerReadings } from "../layer_readings.ts";
import type { CaseResult, RunResult } from "../result.ts";
import { factorCharts } from "./chart_factors.ts";
import { stackedByLayer, sumByLayer, weightedLayers } from "./chart_layers.ts";
import { type ChartSpec, measuredOn } from "./chart_spec.ts";
import { methodColours } from "./chart_style.ts";
import { DRAM, ENERGY, type Figure, L1D_MISSES, LAST_MISSES } from "./figures.ts";
import { capitalised, formatPlain } from "./format.ts";
import { shownRows } from "./reading.ts";

/** What is drawn by layer, where a device tells it so: what explains times, and what they cost. */
const BY_LAYER: readonly Figure[] = [L1D_MISSES, LAST_MISSES, DRAM, ENERGY];
/** Events are counted by millions: axes have no room for more digits. */
const MILLIONS = { unit: "millions", factor: 1e-6 } as const;
/** Lines of the same method have its colour, and are told apart by their dashes. */
const DASHES = [[], [7, 3], [2, 2], [7, 3, 2, 3], [12, 4], [4, 4]] as const;
/** Calls that a chart of power shows, where they are long enough. */
const SHOWN_CALLS = 3;
/** Samples that a chart of power shows at least. */
const SHOWN_SAMPLES = 20;
/** Part of the chart's time that shows the rest before. */
const REST_SHARE = 0.25;

/** The charts that this run has something for. */
export function toldCharts(run: RunResult): readonly ChartSpec[] {
  const layers = BY_LAYER.flatMap((figure) => layersOf(run, figure) ?? []);
  return [...layers, ...factorCharts(run), ...powerChart(run)];
}

/** One figure by layer, of all rows that have it. */
function layersOf(run: RunResult, figure: Figure): ChartSpec | undefined {
  const all = shownRows(run);
  const weighted = weightedLayers(all);
  const { unit, factor, total, format } = chartScale(figure);
  const sources = new Set<string>();
  const rows = all.map((row) => {
    const layers = layerReadings(row).filter(({ part }) => part === "");
    const values = sumByLayer(layers, weighted, ({ told }) => {
      const found = figure.of((quantity) => told.get(quantity));
      if (found) sources.add(found.source);
      return found && found.value.value * factor;
    });
    return { row, values };
  }).filter(({ values }) => values.size > 0);
  if (rows.length === 0) return undefined;
  const { id, description } = figure;
  return {
    name: `layers-${id}`,
    title: `${capitalised(description)} by layer`,
    subtitle: `In one call, ${[...sources].join(" or ")}; dark to light from input to output, ` +
      "grey for layers without weights.",
    ...stackedByLayer({
      rows,
      weighted,
      axis: `${description} in one call, ${unit}`,
      total,
      format,
    }),
  };
}

/** In which unit a chart shows a figure; `format` takes values in it, and `total` leaves the unit out. */
function chartScale({ shown }: Figure) {
  const { unit, factor } = shown.unit === "" ? MILLIONS : shown;
  const suffix = shown.unit === "" ? "" : ` ${unit}`;
  const total = (value: number) => shown.format(value / factor);
  return { unit, factor, total, format: (value: number) => total(value) + suffix };
}

/** Power over time from shortly before the first calls, one line a row, all rails together. */
function powerChart(run: RunResult): ChartSpec[] {
  const all = shownRows(run);
  const rows = all.flatMap((row) => row.power?.length ? [{ row, power: row.power }] : []);
  if (rows.length === 0) return [];
  const colours = methodColours(all);
  const longest = Math.max(...rows.map(({ row }) => (row.latency?.value ?? 0) / 1000));
  const slowest = Math.min(...rows.flatMap(({ power }) => power.map(({ hertz }) => hertz)));
  const span = Math.max(SHOWN_CALLS * longest, SHOWN_SAMPLES / slowest);
  const rails = [...new Set(rows.flatMap(({ power }) => power.map(({ rail }) => rail)))];
  const lines = rows.map(({ row, power }) => {
    // All rails of a row are sampled at once.
    const [{ seconds, calls: [begin] }] = power;
    const points = seconds.map((time, i) => ({
      x: time - begin,
      y: power.reduce((sum, { watts }) => sum + watts[i], 0),
    })).filter(({ x }) => x >= -REST_SHARE * span && x <= span);
    return { row, points };
  });
  return [{
    name: "power",
    title: "Power over time",
    subtitle: `From rest into the first calls, which follow one another without a break; ` +
      `${rails.join(" + ")}, sampled at ${slowest} Hz; ${measuredOn(run)}.`,
    alternative: lines
      .map(({ row, points }) => {
        const peak = Math.max(...points.map(({ y }) => y));
        return `${row.label} up to ${formatPlain(peak)} W`;
      })
      .join("; "),
    height: 400,
    config: {
      type: "scatter",
      data: {
        datasets: lines.map(({ row, points }) => ({
          label: row.label,
          data: points.map((point) => ({
            ...point,
            detail: `${row.label}: ${formatPlain(point.y)} W`,
          })),
          showLine: true,
          pointRadius: 0,
          pointHitRadius: 6,
          borderWidth: 1.5,
          borderColor: colours.get(row.spec.method),
          backgroundColor: colours.get(row.spec.method),
          borderDash: [...DASHES[placeInMethod(row, lines) % DASHES.length]],
        })),
      },
      options: {
        maintainAspectRatio: false,
        scales: {
          x: { title: { display: true, text: "time since the first call began, s" } },
          y: {
            beginAtZero: true,
            title: { display: true, text: "power, W" },
            border: { display: false },
          },
        },
        plugins: {
          legend: { position: "bottom", labels: { boxWidth: 12, boxHeight: 12 } },
        },
      },
    },
  }];
}

function placeInMethod(
  { id, spec }: CaseResult,
  lines: readonly { readonly row: CaseResult }[],
): number {
  return lines.filter(({ row }) => row.spec.method === spec.method)
    .findIndex(({ row }) => row.id === id);
}
