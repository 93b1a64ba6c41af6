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

/** Layers without weights take little time each and are shown as one. */
export const REST = "other layers";
/** In CSS pixels. */
const LEGEND_HEIGHT = 40;
/** Room for what is written beside the longest bar, in CSS pixels. */
const TOTAL_WIDTH = 32;
/** A legend of more layers than this would be larger than the chart. */
const MOST_IN_LEGEND = 24;
const REST_COLOUR = "#b4bac2";

/**
 * What operators or layers have, added up by layer of the dense model, layers without weights as one;
 * empty when none has anything.
 */
export function sumByLayer<Entry extends { readonly layer: string }>(
  entries: readonly Entry[],
  weighted: ReadonlySet<string>,
  valueOf: (entry: Entry) => number | undefined,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const layer of entries) {
    const value = valueOf(layer);
    if (value === undefined) continue;
    const key = weighted.has(layer.layer) ? layer.layer : REST;
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

/** Milliseconds by layer. */
function layerTimes(row: CaseResult, weighted: ReadonlySet<string>): ReadonlyMap<string, number> {
  return sumByLayer(
    row.layers,
    weighted,
    ({ microseconds }) => microseconds && microseconds.value / 1000,
  );
}

/** Names of the layers with weights, in the order of the model. */
export function weightedLayers(rows: readonly CaseResult[]): ReadonlySet<string> {
  return new Set(
    rows.flatMap((row) =>
      row.layers.filter((layer) => layer.params > 0).map((layer) => layer.layer)
    ),
  );
}

/** What a chart of layers shows. */
export interface LayersOptions {
  /** Rows and what each of their layers has; layers in the order of the model. */
  readonly rows: readonly {
    readonly row: CaseResult;
    readonly values: ReadonlyMap<string, number>;
  }[];
  /** Names of the layers with weights, of which others are told apart. */
  readonly weighted: ReadonlySet<string>;
  /** Title of the axis, with its unit. */
  readonly axis: string;
  /** The sum of all layers as it is written beside each bar. @default nothing is written there */
  total?(sum: number): string;
  /** A value with its unit. */
  format(value: number): string;
}

/** Bars of all rows, each made of its layers. */
export function stackedByLayer(
  { rows, weighted, axis, total, format }: LayersOptions,
): Pick<ChartSpec, "alternative" | "height" | "config"> {
  const layers = [...weighted, REST].filter((layer) =>
    rows.some(({ values }) => values.has(layer))
  );
  const sum = (values: ReadonlyMap<string, number>) =>
    [...values.values()].reduce((sum, value) => sum + value, 0);
  return {
    alternative: rows
      .map(({ row, values }) =>
        `${row.label}: ${
          [...values].map(([layer, value]) => `${layer} ${format(value)}`).join(", ")
        }`
      )
      .join("; "),
    height: barChartHeight(rows.length) + LEGEND_HEIGHT,
    config: {
      type: "bar",
      data: {
        labels: rows.map(({ row }) => row.label),
        datasets: layers.map((layer, index) => ({
          label: layer,
          data: rows.map(({ row, values }, y) => ({
            x: values.get(layer) ?? 0,
            y,
            ...(total && index === layers.length - 1 && { label: total(sum(values)) }),
            detail: `${row.label}: ${layer} ${format(values.get(layer) ?? 0)}`,
          })),
          backgroundColor: layer === REST ? REST_COLOUR : rampColour(index, weighted.size),
          barPercentage: 0.8,
        })),
      },
      options: {
        ...barOptions(axis, true),
        ...(total && { layout: { padding: { right: TOTAL_WIDTH } } }),
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

/** Where the time of every row goes, layer by layer. */
export function layersChart(run: RunResult): ChartSpec {
  const all = shownRows(run);
  const weighted = weightedLayers(all);
  const rows = all
    .map((row) => ({ row, values: layerTimes(row, weighted) }))
    .filter(({ values }) => values.size > 0);
  return {
    name: "layers",
    title: "Time by layer",
    subtitle:
      "Median time of each layer in one further call that times every operator, so the sum " +
      "can differ a little from the latency; dark to light from input to output, grey for layers " +
      `without weights; ${measuredOn(run)}.`,
    ...stackedByLayer({
      rows,
      weighted,
      axis: "time in one call, ms",
      format: (ms) => `${formatMs(ms)} ms`,
    }),
  };
}

/** Time by layer of one row beside the dense model; `undefined` when either has no such times. */
export function layerComparison(run: RunResult, row: CaseResult): ChartSpec | undefined {
  const all = shownRows(run);
  const shown = all.find(({ id }) => id === row.id);
  const dense = all.find(({ role, spec }) =>
    role === "baseline" && spec.device === row.spec.device && spec.threads === row.spec.threads
  );
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
