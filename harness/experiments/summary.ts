/**
 * An experiment's records put together: each part's cells, over their seeds.
 *
 * @module
 */

import { roleOf } from "../../compressors/registry.ts";
import { mean } from "../measure/statistics.ts";
import {
  type CellRecord,
  type CellResult,
  DENSE,
  type PartDescription,
  type RecordedExperiment,
} from "./records.ts";

/** Confidence level of all intervals over seeds. */
export const LEVEL = 0.95;

/** A mean over seeds. */
export interface SeedMean {
  /** The mean. */
  readonly value: number;
  /** Lower end of its interval; absent with one seed. */
  readonly low?: number;
  /** Upper end. */
  readonly high?: number;
  /** What it is the mean of, one value for each seed. */
  readonly values: readonly number[];
}

/** One cell over its seeds. */
export interface CellSummary {
  /** Id of the cell in its part. */
  readonly cell: string;
  /** What people read. */
  readonly label: string;
  /** All its records, by seed. */
  readonly records: readonly CellRecord[];
  /** Seeds that ended with a result. */
  readonly results: readonly CellResult[];
  /** Why there is no result, or none of some seeds. */
  readonly problems: readonly string[];
  /** Deciding metric of the dense networks of the same seeds, in 0..1; these and all below need results. */
  readonly dense?: SeedMean;
  /** Deciding metric just after cutting. */
  readonly cut?: SeedMean;
  /** Deciding metric at the end. */
  readonly final?: SeedMean;
  /** How much lower the deciding metric is than that of the dense network of the same seed, in points. */
  readonly loss?: SeedMean;
}

/** A part with its cells. */
export interface PartSummary {
  /** What it is. */
  readonly part: PartDescription;
  /** Name of the deciding metric; absent before the first result. */
  readonly metric?: string;
  /** Its cells in order, those without a result too. */
  readonly cells: readonly CellSummary[];
}

/** Puts records together, in the order of the manifest's parts; parts that it lacks come last. */
export function summarise({ manifest, records }: RecordedExperiment): PartSummary[] {
  const known = new Set(manifest.parts.map(({ id }) => id));
  const others = [...new Set(records.map(({ spec }) => spec.part))].filter((id) => !known.has(id));
  const parts = [
    ...manifest.parts,
    ...others.map((id) => ({ id, title: id, network: "", data: "", settings: {} })),
  ];
  return parts.map((part) => summarisePart(part, records.filter((r) => r.spec.part === part.id)));
}

function summarisePart(part: PartDescription, records: readonly CellRecord[]): PartSummary {
  const metric = records.flatMap(({ result }) => result ? Object.keys(result.metrics) : [])[0];
  const dense = new Map(
    latest(records.filter(({ spec }) => spec.cell === DENSE))
      .map(({ spec, result }) => [spec.seed, metricOf(result?.metrics, metric)]),
  );
  const cells = Map.groupBy(records, ({ spec }) => spec.cell);
  return {
    part,
    ...(metric !== undefined && { metric }),
    cells: [...cells].map(([cell, all]) => summariseCell(cell, latest(all), metric, dense)),
  };
}

/** One record of each seed, by seed: where settings were changed on the way, the latest. */
function latest(records: readonly CellRecord[]): CellRecord[] {
  const bySeed = new Map<number, CellRecord>();
  for (const record of records) {
    const other = bySeed.get(record.spec.seed);
    if (other === undefined || other.finished < record.finished) {
      bySeed.set(record.spec.seed, record);
    }
  }
  return [...bySeed.values()].sort((a, b) => a.spec.seed - b.spec.seed);
}

function summariseCell(
  cell: string,
  records: readonly CellRecord[],
  metric: string,
  denseBySeed: ReadonlyMap<number, number | undefined>,
): CellSummary {
  const ended = records.flatMap(({ spec, result }) =>
    result
      ? [{
        result,
        dense: denseBySeed.get(spec.seed),
        cut: metricOf(result.cutMetrics, metric),
        final: metricOf(result.metrics, metric),
      }]
      : []
  );
  const over = (values: readonly (number | undefined)[]) =>
    seedMean(values.filter((value) => value !== undefined));
  const values = {
    dense: over(ended.map(({ dense }) => dense)),
    cut: over(ended.map(({ cut }) => cut)),
    final: over(ended.map(({ final }) => final)),
    ...(cell !== DENSE && {
      loss: over(
        ended.map(({ dense, final }) =>
          dense === undefined || final === undefined ? undefined : 100 * (dense - final)
        ),
      ),
    }),
  };
  return {
    cell,
    label: records[0].label,
    records,
    results: ended.map(({ result }) => result),
    problems: problemsOf(records),
    ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
  };
}

function metricOf(
  metrics: Readonly<Record<string, number>> | undefined,
  metric: string,
): number | undefined {
  const value = metrics?.[metric];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Reasons, each with its seeds unless it holds for all of them. */
function problemsOf(records: readonly CellRecord[]): string[] {
  const without = records.filter(({ status }) => status !== "ok");
  const reasons = Map.groupBy(without, ({ status, reason }) => `${status}: ${reason}`);
  return [...reasons].map(([text, some]) => {
    if (some.length === records.length) return text;
    return `seed ${some.map(({ spec }) => spec.seed).join(", ")} ${text}`;
  });
}

/**
 * The mean of one value for each seed, with Student's interval from two seeds on; nothing when there is
 * no value. The interval holds for what another seed would give, not for other data.
 */
export function seedMean(values: readonly number[]): SeedMean | undefined {
  if (values.length === 0) return undefined;
  const value = mean(values);
  if (values.length === 1) return { value, values };
  const freedom = values.length - 1;
  const variance = values.reduce((sum, v) => sum + (v - value) ** 2, 0) / freedom;
  const half = studentQuantile(LEVEL, freedom) * Math.sqrt(variance / values.length);
  return { value, low: value - half, high: value + half, values };
}

/** Left less right, of each seed of which both have a value. */
export function pairedDifferences(
  left: CellSummary,
  right: CellSummary,
  valueOf: (record: CellRecord & { readonly result: CellResult }) => number | undefined,
): number[] {
  const valued = ({ records }: CellSummary) =>
    records.map((record): readonly [number, number] => {
      const { spec, result } = record;
      return [spec.seed, (result && valueOf({ ...record, result })) ?? NaN];
    });
  const bySeed = new Map(valued(right));
  return valued(left).map(([seed, value]) => value - (bySeed.get(seed) ?? NaN))
    .filter(Number.isFinite);
}

/**
 * The value that Student's t stays within on both sides with probability `level`.
 *
 * The probability of an angle `atan(t / √ν)` is a finite sum for whole degrees of freedom ν
 * (Abramowitz and Stegun, 26.7.3 and 26.7.4), and is solved for the angle by bisection.
 */
export function studentQuantile(level: number, freedom: number): number {
  const within = (angle: number) => {
    const cos = Math.cos(angle), odd = freedom % 2;
    let term = odd ? cos : 1, sum = freedom > 1 ? term : 0;
    for (let power = odd + 2; power < freedom; power += 2) {
      term *= (power - 1) / power * cos * cos;
      sum += term;
    }
    return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  };
  let low = 0, high = Math.PI / 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (within(middle) < level) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan(low);
}

/** The mean of a value of results, which there must be. */
export function meanOf(
  { results }: CellSummary,
  value: (result: CellResult) => number,
): number {
  return mean(results.map(value));
}

/** Reduction of MACs, `dense / kept`. */
export function macsRate({ denseMacs, macs }: CellResult): number {
  return denseMacs / macs;
}

/** Reduction of weights, `dense / kept`. */
export function paramsRate({ denseParams, params }: CellResult): number {
  return denseParams / params;
}

/** What an experiment found, in a sentence or two. */
export function experimentFinding(experiment: RecordedExperiment): string {
  const parts = summarise(experiment);
  const cells = parts.flatMap((part) => part.cells).filter(({ cell }) => cell !== DENSE);
  const wanted = experiment.manifest.cells.length;
  const count = wanted === 0
    ? `${experiment.records.length} cells`
    : `${experiment.records.length} of ${wanted} cells`;
  const best = parts.flatMap(({ part, cells }) => {
    // What is there for comparison only is no finding, least of all the dense network trained on.
    const found = cells.flatMap(({ label, loss, records: [{ spec: { method } }] }) =>
      loss && roleOf(method) === "subject" ? [{ label, loss: loss.value }] : []
    );
    if (found.length === 0) return [];
    const least = found.reduce((a, b) => b.loss < a.loss ? b : a);
    return [`${part.title}: least loss ${least.loss.toFixed(1)} points, ${least.label}`];
  });
  const failed = cells.filter(({ results }) => results.length === 0)
    .map(({ label }) => label);
  const without = failed.length === 0 ? [] : [`Without a result: ${failed.join(", ")}`];
  return [count, ...best, ...without].map((text) => `${text}.`).join(" ");
}
