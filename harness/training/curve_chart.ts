/**
 * The curve of a training as a chart: loss, metrics and learning rate over epochs.
 *
 * @module
 */

import type { EpochRecord } from "../../training/trainer_options.ts";
import type { Mark } from "../report/chart_marks.ts";
import type { ChartConfig, ChartSpec } from "../report/chart_spec.ts";
import { PALETTE } from "../report/chart_style.ts";
import type { RecordedTraining } from "./folder.ts";
import type { TrainingRecord } from "./record.ts";

const RATE_COLOUR = "#8d949e";
const [LOSS_COLOUR, ...METRIC_COLOURS] = PALETTE;

/** In CSS pixels. */
const HEIGHT = 420;

/** A value between 0 and 1 as a percentage, or the text for one that is missing. */
export function formatShare(share: number | undefined, digits = 1): string {
  return share === undefined ? "not evaluated" : `${(100 * share).toFixed(digits)} %`;
}

/** A loss or a learning rate with four digits. */
export function formatSmall(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Metrics that are drawn and told in a sentence: those of COCO are many, and say similar things. */
export function mainMetrics({ metrics }: Pick<TrainingRecord, "metrics">): readonly string[] {
  return metrics.slice(0, 2);
}

/** The chart of a training. */
export function curveChart({ record, epochs }: RecordedTraining): ChartSpec {
  const metrics = mainMetrics(record);
  const last = epochs.at(-1);
  const rates = epochs.map(({ rate }) => rate);
  const highest = Math.max(0, ...rates);
  const line = (
    label: string,
    axis: string,
    colour: string,
    value: (epoch: EpochRecord) => number | undefined,
    format: (value: number) => string,
  ): ChartConfig["data"]["datasets"][number] => ({
    label,
    data: epochs.flatMap((epoch): Mark[] => {
      const y = value(epoch);
      if (y === undefined) return [];
      return [{ x: epoch.epoch, y, detail: `epoch ${epoch.epoch}: ${label} ${format(y)}` }];
    }),
    yAxisID: axis,
    showLine: true,
    borderWidth: 2,
    borderColor: colour,
    backgroundColor: colour,
    pointRadius: epochs.length > 40 ? 0 : 2.5,
    pointHoverRadius: 5,
  });
  const rate = line("learning rate", "rate", RATE_COLOUR, ({ rate }) => rate, formatSmall);
  return {
    name: "curve",
    title: "Loss and metrics over epochs",
    subtitle: `${record.model.name} on ${record.data.train.name}; loss of the training samples, ` +
      `metrics of the test samples, measured on ${record.machine}; learning rate (dashed, its own ` +
      `scale) at most ${formatSmall(highest)}.`,
    alternative: last === undefined ? "no epoch is finished" : [
      `after ${last.epoch} epochs loss ${formatSmall(last.loss)}`,
      ...metrics.map((name) => `${name} ${formatShare(last.metrics[name])}`),
    ].join(", "),
    height: HEIGHT,
    config: {
      type: "scatter",
      data: {
        datasets: [
          line("loss", "loss", LOSS_COLOUR, ({ loss }) => loss, formatSmall),
          ...metrics.map((name, i) =>
            line(
              name,
              "metric",
              METRIC_COLOURS[i % METRIC_COLOURS.length],
              ({ metrics }) => metrics[name],
              formatShare,
            )
          ),
          { ...rate, borderWidth: 1.25, borderDash: [5, 4], pointRadius: 0 },
        ],
      },
      options: {
        maintainAspectRatio: false,
        scales: {
          x: {
            title: { display: true, text: "epochs finished" },
            ticks: { precision: 0 },
            grid: { display: false },
          },
          // Without an axis, the name of a scale is taken for one of its first letter.
          loss: {
            axis: "y",
            position: "left",
            beginAtZero: true,
            title: { display: true, text: "loss" },
            border: { display: false },
          },
          metric: {
            axis: "y",
            display: metrics.length > 0,
            position: "right",
            min: 0,
            max: 1,
            title: { display: true, text: metrics.join(", ") },
            grid: { display: false },
            border: { display: false },
          },
          rate: { axis: "y", display: false, beginAtZero: true, suggestedMax: highest },
        },
        plugins: {
          legend: { position: "bottom", labels: { boxWidth: 18, boxHeight: 2 } },
        },
      },
    },
  };
}
