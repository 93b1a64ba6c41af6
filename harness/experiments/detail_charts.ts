/**
 * Charts of one cell: what was done to its layers, and the traces of its method.
 *
 * @module
 */

import type { LayerDecision } from "../../compressors/compressor.ts";
import type { Trace } from "../../compressors/trace.ts";
import type { Mark } from "../report/chart_marks.ts";
import { barChartHeight, barOptions, type ChartSpec } from "../report/chart_spec.ts";
import { PALETTE } from "../report/chart_style.ts";
import { formatRatio } from "../report/format.ts";
import { formatSmall } from "../training/curve_chart.ts";
import { type Dataset, LEGEND, legendHeight } from "./cell_style.ts";
import type { CellRecord } from "./records.ts";

const UNTOUCHED_COLOUR = "#b4bac2";
/** Values beside bars of reductions. */
const HEIGHT = 320;

/** Reduction of weights by layer; undefined when the method did nothing to any layer. */
export function layerRateChart({ id, label, result }: CellRecord): ChartSpec | undefined {
  const layers = result?.layers ?? [];
  if (!layers.some(({ rate }) => rate !== 1)) return undefined;
  const text = ({ decision, reason }: LayerDecision) =>
    reason ? `${decision} (${reason})` : decision;
  return {
    name: `layers-${id}`,
    title: `Reduction by layer: ${label}`,
    subtitle: "Weights of each layer, dense ÷ kept, derived; grey where the method left it alone.",
    alternative: layers.map(({ layer, rate }) => `${layer} ${formatRatio(rate)}`).join("; "),
    height: barChartHeight(layers.length),
    config: {
      type: "bar",
      data: {
        labels: layers.map(({ layer }) => layer),
        datasets: [{
          data: layers.map((layer, y) => ({
            x: layer.rate,
            y,
            label: formatRatio(layer.rate),
            detail: `${layer.layer}: ${formatRatio(layer.rate)}, ${text(layer)}`,
          })),
          backgroundColor: layers.map(({ reason }) => reason ? UNTOUCHED_COLOUR : PALETTE[0]),
          barPercentage: 0.8,
        }],
      },
      options: barOptions("reduction of weights, × (dense ÷ kept)", false),
    },
  };
}

/** A trace as its method wants it drawn; undefined when it wants no drawing, or has no such numbers. */
export function traceChart({ id, label }: CellRecord, trace: Trace): ChartSpec | undefined {
  const { chart, columns, rows } = trace;
  if (chart === undefined) return undefined;
  const at = columns.indexOf(chart.x);
  const datasets = chart.y.map((name, i): Dataset => {
    const column = columns.indexOf(name);
    const colour = PALETTE[i % PALETTE.length];
    return {
      label: name,
      data: rows.flatMap((row): Mark[] => {
        const [x, y] = [row[at], row[column]];
        return typeof x === "number" && typeof y === "number" && Number.isFinite(x + y)
          ? [{ x, y, detail: `${chart.x} ${formatSmall(x)}: ${name} ${formatSmall(y)}` }]
          : [];
      }),
      showLine: !chart.dots,
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: 1.75,
      pointRadius: rows.length > 80 && !chart.dots ? 0 : 2.5,
      pointHoverRadius: 5,
    };
  }).filter(({ data }) => data.length > 0);
  if (datasets.length === 0) return undefined;
  return {
    name: `trace-${id}-${trace.id}`,
    title: trace.title,
    subtitle: `${label}; from the method's own record of its work.`,
    alternative: datasets.map(({ label, data }) => {
      const values = data.map(({ y }) => y);
      return `${label} from ${formatSmall(Math.min(...values))} to ${
        formatSmall(Math.max(...values))
      }`;
    }).join("; "),
    height: HEIGHT + (datasets.length > 1 ? legendHeight(datasets.length) : 0),
    config: {
      type: "scatter",
      data: { datasets },
      options: {
        maintainAspectRatio: false,
        scales: {
          x: { title: { display: true, text: chart.x }, grid: { display: false } },
          y: { title: { display: true, text: chart.y.join(", ") }, border: { display: false } },
        },
        plugins: { legend: datasets.length > 1 ? LEGEND : { display: false } },
      },
    },
  };
}
