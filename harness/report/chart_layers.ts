/**
 * Charts of time by layer: all rows stacked, and one row beside the dense model.
 *
 * @module
 */

import { barChartHeight, barOptions, type ChartSpec, measuredOn } from "./chart_spec.ts";
import { methodColours, rampColour } from "./chart_style.ts";
import { formatMs } from "./format.ts";
import { shownRows } from "./reading.ts";
import type { CaseResult, RunResult } from "../result.ts";

/** Layers without weights take little time each and are drawn as one. */
const REST = "other layers";
/** In CSS pixels. */
const LEGEND_HEIGHT = 40;
/** A legend of more layers than this would be larger than the chart. */
const MOST_IN_LEGEND = 24;
const REST_COLOUR = "#b4bac2";

/** Milliseconds by layer of the dense model, its operators added up; empty when not measured. */
function layerTimes(row: CaseResult, weighted: ReadonlySet<string>): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { layer, microseconds } of row.layers) {
    if (microseconds === undefined) continue;
    const key = weighted.has(layer) ? layer : REST;
    times.set(key, (times.get(key) ?? 0) + microseconds.value / 1000);
  }
  return times;
}

/** Names of the layers with weights, in the order of the model. */
function weightedLayers(rows: readonly CaseResult[]): ReadonlySet<string> {
  return new Set(
    rows.flatMap((row) =>
      row.layers.filter((layer) => layer.params > 0).map((layer) => layer.layer)
    ),
  );
}

/** Where the time of every row goes, layer by layer. */
export function layersChart(run: RunResult): ChartSpec {
  const all = shownRows(run);
  const weighted = weightedLayers(all);
  const rows = all
    .map((row) => ({ row, times: layerTimes(row, weighted) }))
    .filter(({ times }) => times.size > 0);
  const layers = [...weighted, REST].filter((layer) => rows.some(({ times }) => times.has(layer)));
  const options = barOptions("time in one call, ms", true);
  return {
    name: "layers",
    title: "Time by layer",
    subtitle:
      "Median time of each layer in one further call that times every operator, so the sum " +
      "can differ a little from the latency; dark to light from input to output, grey for layers " +
      `without weights; ${measuredOn(run)}.`,
    alternative: rows
      .map(({ row, times }) =>
        `${row.label}: ${[...times].map(([layer, ms]) => `${layer} ${formatMs(ms)} ms`).join(", ")}`
      )
      .join("; "),
    height: barChartHeight(rows.length) + LEGEND_HEIGHT,
    config: {
      type: "bar",
      data: {
        labels: rows.map(({ row }) => row.label),
        datasets: layers.map((layer, index) => ({
          label: layer,
          data: rows.map(({ row, times }, y) => ({
            x: times.get(layer) ?? 0,
            y,
            detail: `${row.label}: ${layer} ${formatMs(times.get(layer) ?? 0)} ms`,
          })),
          backgroundColor: layer === REST ? REST_COLOUR : rampColour(index, weighted.size),
          barPercentage: 0.8,
        })),
      },
      options: {
        ...options,
        plugins: {
          legend: {
            display: layers.length <= MOST_IN_LEGEND,
            position: "bottom",
            labels: { boxWidth: 12, boxHeight: 12 },
          },
        },
      },
    },
  };
}

/** Time by layer of one row beside the dense model; `undefined` when either has no such times. */
export function layerComparison(run: RunResult, row: CaseResult): ChartSpec | undefined {
  const all = shownRows(run);
  const dense = all.find(({ role }) => role === "baseline");
  const shown = all.find(({ id }) => id === row.id);
  if (dense === undefined || shown === undefined || shown === dense) return undefined;
  const weighted = weightedLayers([dense]);
  const sides = [dense, shown].map((side) => ({ side, times: layerTimes(side, weighted) }));
  if (sides.some(({ times }) => times.size === 0)) return undefined;
  const layers = [...weighted, REST];
  const colours = methodColours(all);
  return {
    name: `layers-${row.id}`,
    title: `Time by layer: ${row.label}`,
    subtitle: `Beside the dense model; ${measuredOn(run)}.`,
    alternative: layers
      .map((layer) =>
        `${layer}: ${
          sides.map(({ side, times }) => `${side.label} ${formatMs(times.get(layer) ?? 0)} ms`)
            .join(", ")
        }`
      )
      .join("; "),
    height: barChartHeight(layers.length, sides.length) + LEGEND_HEIGHT,
    config: {
      type: "bar",
      data: {
        labels: layers,
        datasets: sides.map(({ side, times }) => ({
          label: side.label,
          data: layers.map((layer, y) => ({
            x: times.get(layer) ?? 0,
            y,
            label: formatMs(times.get(layer) ?? 0),
            detail: `${side.label}: ${layer} ${formatMs(times.get(layer) ?? 0)} ms`,
          })),
          backgroundColor: colours.get(side.spec.method),
        })),
      },
      options: {
        ...barOptions("time in one call, ms", false),
        plugins: { legend: { position: "bottom", labels: { boxWidth: 12, boxHeight: 12 } } },
      },
    },
  };
}
