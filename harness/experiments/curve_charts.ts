/**
 * Charts of how cells learnt: the deciding metric and penalties by epoch, all stages one after another.
 *
 * @module
 */

import type { Mark } from "../report/chart_marks.ts";
import type { ChartConfig, ChartSpec } from "../report/chart_spec.ts";
import { formatSmall } from "../training/curve_chart.ts";
import { cellStyles, type Dataset, denseLine, LEGEND, legendHeight } from "./cell_style.ts";
import { formatPercent } from "./columns.ts";
import type { EpochRecord } from "../../training/trainer_options.ts";
import { type CellRecord, DENSE, type StageRecord } from "./records.ts";
import type { PartSummary } from "./summary.ts";

/** In CSS pixels, without the legend. */
const HEIGHT = 400;
/** Dots of longer curves would run into each other. */
const MOST_DOTS = 40;

/** A point of a curve over all stages of a cell: an epoch, or the moment before a stage's first step. */
export interface CurvePoint
  extends
    Pick<EpochRecord, "epoch" | "metrics">,
    Partial<Pick<EpochRecord, "rate" | "loss" | "penalty">> {
  /** Stage that it is of; `epoch` is counted in it, 0 before its first step. */
  readonly stage: StageRecord;
  /** Epochs finished in all stages. */
  readonly spent: number;
}

/** All stages of a record, one after another. */
export function curvePoints(stages: readonly StageRecord[]): CurvePoint[] {
  let before = 0;
  return stages.flatMap((stage): CurvePoint[] => {
    const start = before;
    before += stage.epochs.at(-1)?.epoch ?? 0;
    return [
      { stage, epoch: 0, spent: start, metrics: stage.before },
      ...stage.epochs.map((epoch) => ({ ...epoch, stage, spent: start + epoch.epoch })),
    ];
  });
}

/** A cell's record of the lowest seed that has curves. */
interface Learnt {
  readonly record: CellRecord;
  readonly label: string;
  readonly points: readonly CurvePoint[];
}

function learntCells({ cells }: PartSummary): Learnt[] {
  return cells.flatMap(({ cell, label, records }) => {
    const record = records.find(({ result }) => result !== undefined && result.stages.length > 0);
    return cell === DENSE || !record?.result
      ? []
      : [{ record, label, points: curvePoints(record.result.stages) }];
  });
}

function seedText(learnt: readonly Learnt[]): string {
  const seeds = [...new Set(learnt.map(({ record }) => record.spec.seed))];
  return `seed ${seeds.join(" and ")}`;
}

/** The deciding metric of every cell by epoch; undefined when nothing was learnt. */
export function recoveryChart(summary: PartSummary): ChartSpec | undefined {
  const { part, metric } = summary;
  if (metric === undefined) return undefined;
  const learnt = learntCells(summary);
  const styles = cellStyles(summary);
  const lines = learnt.map(({ record, label, points }): Dataset =>
    line(
      label,
      styles.get(record.spec.cell)!,
      points.flatMap((point): Mark[] => {
        const value = point.metrics[metric];
        if (!Number.isFinite(value)) return [];
        const share = `${metric} ${formatPercent(value)} %`;
        return [{ x: point.spent, y: 100 * value, detail: `${label}: ${share}, ${where(point)}` }];
      }),
    )
  ).filter(({ data }) => data.length > 0);
  if (lines.length === 0) return undefined;
  const dense = summary.cells.find(({ cell }) => cell === DENSE)?.records
    .find(({ spec }) => spec.seed === learnt[0].record.spec.seed)?.result?.metrics[metric];
  const last = Math.max(...lines.flatMap(({ data }) => data.map(({ x }) => x)));
  const level = dense === undefined || !Number.isFinite(dense)
    ? []
    : [denseLine([0, last].map((x) => ({ x, y: 100 * dense })))];
  return {
    name: `recovery-${part.id}`,
    title: `${metric} while learning`,
    subtitle:
      `${part.title}, ${seedText(learnt)}; of the test samples, measured after epochs of all ` +
      `stages one after another. A fall between two stages is what cutting costs.`,
    alternative: learnt.map(({ label, points }) => {
      const values = points.map(({ metrics }) => metrics[metric]).filter(Number.isFinite);
      return values.length === 0
        ? `${label} not evaluated`
        : `${label} from ${formatPercent(Math.min(...values))} % at least to ` +
          `${formatPercent(values.at(-1)!)} % at the end`;
    }).join("; "),
    height: HEIGHT + legendHeight(lines.length + level.length),
    config: curveConfig([...lines, ...level], { title: `${metric}, %`, grace: "4%" }),
  };
}

/** Penalties of every cell by epoch, as parts of their highest value; undefined when there are none. */
export function penaltyChart(summary: PartSummary): ChartSpec | undefined {
  const { part } = summary;
  const styles = cellStyles(summary);
  const learnt = learntCells(summary).flatMap((cell) => {
    const values = cell.points.map(({ penalty }) => penalty ?? 0).filter(Number.isFinite);
    const highest = Math.max(...values);
    return highest > 0 ? [{ ...cell, highest }] : [];
  });
  if (learnt.length === 0) return undefined;
  const lines = learnt.map(({ record, label, points, highest }) =>
    line(
      label,
      styles.get(record.spec.cell)!,
      points.flatMap((point): Mark[] => {
        const { penalty, stage, spent } = point;
        // Stages that have none would only add zeros.
        if (penalty === undefined || !stage.epochs.some((epoch) => epoch.penalty > 0)) return [];
        const detail = `${label}: penalty ${formatSmall(penalty)}, ${where(point)}`;
        return [{ x: spent, y: 100 * penalty / highest, detail }];
      }),
    )
  );
  return {
    name: `penalty-${part.id}`,
    title: "Penalty while learning",
    subtitle:
      `${part.title}, ${seedText(learnt)}; value of all penalties after each epoch, measured, as ` +
      "part of the method's own highest value, as penalties of different kinds have no common scale.",
    alternative: learnt.map(({ label, highest, points }) => {
      const last = points.findLast(({ penalty }) => penalty !== undefined && penalty > 0)!;
      return `${label} from ${formatSmall(highest)} at most to ${formatSmall(last.penalty!)}`;
    }).join("; "),
    height: HEIGHT + legendHeight(lines.length),
    config: curveConfig(lines, { title: "penalty, % of its highest value", min: 0, max: 100 }),
  };
}

function where({ stage, epoch }: CurvePoint): string {
  return epoch === 0 ? `before ${stage.name}` : `${stage.name}, epoch ${epoch}`;
}

function line(label: string, style: Partial<Dataset>, data: Mark[]): Dataset {
  return {
    label,
    data,
    showLine: true,
    ...style,
    borderWidth: 1.75,
    pointRadius: data.length > MOST_DOTS ? 0 : 2.5,
    pointHoverRadius: 5,
  } as Dataset;
}

function curveConfig(
  datasets: Dataset[],
  { title, ...range }: {
    readonly title: string;
    readonly grace?: string;
    readonly min?: number;
    readonly max?: number;
  },
): ChartConfig {
  return {
    type: "scatter",
    data: { datasets },
    options: {
      maintainAspectRatio: false,
      scales: {
        x: {
          min: 0,
          title: { display: true, text: "epochs spent, all stages" },
          ticks: { precision: 0 },
          grid: { display: false },
        },
        y: { ...range, title: { display: true, text: title }, border: { display: false } },
      },
      plugins: { legend: LEGEND },
    },
  };
}
