/**
 * Charts of what factors miss for what they compute.
 *
 * @module
 */

import { machineOf } from "../measure/fastest_peer.ts";
import type { RunResult } from "../result.ts";
import { barChartHeight, barOptions, type ChartSpec } from "./chart_spec.ts";
import { PALETTE } from "./chart_style.ts";
import { type FactorCosts, factorCosts, type FactorisedLayers } from "./factor_costs.ts";
import { type Figure, L1D_MISSES, LAST_MISSES } from "./figures.ts";
import { capitalised, formatPlain } from "./format.ts";
import { labelOnDevice } from "./devices.ts";

/** In CSS pixels. */
const LEGEND_HEIGHT = 40;
const CHARTED: readonly Figure[] = [L1D_MISSES, LAST_MISSES];

/** How many of a figure there are for each thousand multiply-accumulates. */
export function perThousandMacs({ macs, told }: FactorCosts, figure: Figure): number | undefined {
  const found = figure.of((quantity) => told.get(quantity));
  return found && macs > 0 ? 1000 * found.value.value / macs : undefined;
}

/** Misses for each thousand multiply-accumulates, of factors and of the dense layers before. */
export function factorCharts(run: RunResult): readonly ChartSpec[] {
  const all = factorCosts(run).filter(({ of }) => of === "convolutions");
  return CHARTED.flatMap((figure) => factorChart(all, figure) ?? []);
}

function factorChart(all: readonly FactorisedLayers[], figure: Figure): ChartSpec | undefined {
  const marks = all.flatMap(({ row, costs }) =>
    costs.flatMap((cost) => {
      const value = perThousandMacs(cost, figure);
      return value === undefined || cost.kind === "all" ? [] : [{
        device: machineOf(row),
        label: `${labelOnDevice(row)}: ${cost.title}`,
        value,
        text: formatPlain(value),
      }];
    })
  );
  if (marks.length === 0) return undefined;
  const labels = [...new Set(marks.map(({ label }) => label))];
  const devices = [...Map.groupBy(marks, ({ device }) => device)];
  return {
    name: `factors-${figure.id}`,
    title: `${capitalised(figure.title)} for each thousand MACs`,
    subtitle:
      "Factorised convolutions of each row: 1x1 factors, cores, and the same layers before; " +
      "misses emulated ÷ multiply-accumulates.",
    alternative: marks.map(({ label, device, text }) => `${label} on ${device} ${text}`).join("; "),
    height: barChartHeight(labels.length, devices.length) + LEGEND_HEIGHT,
    config: {
      type: "bar",
      data: {
        labels,
        datasets: devices.map(([device, own], i) => ({
          label: device,
          data: own.map(({ label, value, text }) => ({
            x: value,
            y: labels.indexOf(label),
            label: text,
            detail: `${label} on ${device}: ${text}`,
          })),
          backgroundColor: PALETTE[i % PALETTE.length],
          barPercentage: 0.8,
        })),
      },
      options: {
        ...barOptions(`${figure.description}, for each thousand MACs`, false),
        plugins: { legend: { position: "bottom", labels: { boxWidth: 12, boxHeight: 12 } } },
      },
    },
  };
}
