/**
 * The numbers of a case, as a table: how each is called in records, in which unit, and where it
 * comes from.
 *
 * @module
 */

import type { CaseResult, Estimate, Ratio, Source, Spread } from "../result.ts";

/** Fields of a case that hold a number. */
export type CaseMetric =
  | "macs"
  | "rate"
  | "params"
  | "valueBytes"
  | "indexBytes"
  | "relativeError"
  | "tolerance"
  | "latency"
  | "speedupDense"
  | "speedupDirect"
  | "speedupPeer"
  | "efficiency"
  | "load"
  | "firstRun"
  | "peakBytes"
  | "activationBytes";

/** A number of a case. */
export interface Metric {
  /** Name in records. */
  readonly name: string;
  /** Field of the case, or of its spread. */
  readonly key: CaseMetric | keyof Spread;
  /** Unit of the value; `"1"` for ratios and counts. */
  readonly unit: string;
  /** Where the number comes from. */
  readonly source: Source;
  /** What it means. */
  readonly description: string;
}

/** A value as a case holds it. */
export type MetricValue = number | Estimate | Ratio;

/** Numbers that are fields of the case itself. */
const CASE_METRICS: readonly (Metric & { readonly key: CaseMetric })[] = [
  {
    name: "macs",
    key: "macs",
    unit: "MAC",
    source: "derived",
    description: "Multiply-accumulates of one call after compression.",
  },
  {
    name: "rate",
    key: "rate",
    unit: "1",
    source: "derived",
    description: "Achieved reduction of MACs, dense ÷ kept.",
  },
  { name: "params", key: "params", unit: "1", source: "derived", description: "Kept weights." },
  {
    name: "value_bytes",
    key: "valueBytes",
    unit: "B",
    source: "derived",
    description: "Bytes of stored weight values.",
  },
  {
    name: "index_bytes",
    key: "indexBytes",
    unit: "B",
    source: "derived",
    description: "Bytes of stored indices.",
  },
  {
    name: "relative_error",
    key: "relativeError",
    unit: "1",
    source: "measured",
    description: "Relative error of the output against ONNX Runtime on the same weights.",
  },
  {
    name: "tolerance",
    key: "tolerance",
    unit: "1",
    source: "derived",
    description: "The largest relative_error that rounding on the device explains.",
  },
  {
    name: "latency",
    key: "latency",
    unit: "ms",
    source: "measured",
    description: "Time of one call: median over rounds of the median within the round.",
  },
  {
    name: "speedup_dense",
    key: "speedupDense",
    unit: "1",
    source: "measured",
    description: "Time of our dense baseline ÷ time of this case, paired by block.",
  },
  {
    name: "speedup_direct",
    key: "speedupDirect",
    unit: "1",
    source: "measured",
    description: "Time of our dense model by direct convolutions ÷ time of this case.",
  },
  {
    name: "speedup_peer",
    key: "speedupPeer",
    unit: "1",
    source: "measured",
    description:
      "Time of the fastest peer engine's dense model ÷ time of this case, paired by block.",
  },
  {
    name: "efficiency",
    key: "efficiency",
    unit: "1",
    source: "measured",
    description: "speedup_direct ÷ rate: how much of the removed work became time.",
  },
  {
    name: "load",
    key: "load",
    unit: "ms",
    source: "measured",
    description: "Time to load the program in a fresh process.",
  },
  {
    name: "first_run",
    key: "firstRun",
    unit: "ms",
    source: "measured",
    description: "Time of the first call after loading, inputs and outputs copied.",
  },
  {
    name: "peak_memory",
    key: "peakBytes",
    unit: "B",
    source: "measured",
    description: "Peak resident memory of the runtime alone.",
  },
  {
    name: "activation_memory",
    key: "activationBytes",
    unit: "B",
    source: "derived",
    description: "Bytes of all activations, those that are not alive together sharing.",
  },
];

/** Numbers that are fields of the case's spread. */
const SPREAD_METRICS: readonly (Metric & { readonly key: keyof Spread })[] = [
  spread("samples", "samples", "1", "Timed calls in all rounds."),
  spread("latency_min", "min", "ms", "Fastest call."),
  spread("latency_mean", "mean", "ms", "Mean of all calls."),
  spread("latency_p5", "p5", "ms", "5th percentile of all calls."),
  spread("latency_p95", "p95", "ms", "95th percentile of all calls."),
  spread("latency_mad", "mad", "ms", "Median absolute deviation of all calls x 1.4826."),
  spread("latency_mad_rounds", "madBetweenRounds", "ms", "The same over the rounds' medians."),
  spread("outliers_mild", "mildOutliers", "1", "Calls beyond 1.5 interquartile ranges."),
  spread("outliers_severe", "severeOutliers", "1", "Calls beyond 3 interquartile ranges."),
  spread("drift", "drift", "1", "Median of the second half of the calls ÷ of the first half."),
];

/** All metrics, in the order of the records. */
export const METRICS: readonly Metric[] = [...CASE_METRICS, ...SPREAD_METRICS];

/** The values that a case has, by the metric's name. */
export function metricValues(result: CaseResult): ReadonlyMap<string, MetricValue> {
  const found = new Map<string, MetricValue>();
  for (const { name, key } of CASE_METRICS) {
    const value = result[key];
    if (value !== undefined) found.set(name, value);
  }
  if (result.spread !== undefined) {
    for (const { name, key } of SPREAD_METRICS) found.set(name, result.spread[key]);
  }
  return found;
}

/** The fields of a case that hold these values: the inverse of {@linkcode metricValues}. */
export function metricFields(
  values: ReadonlyMap<string, MetricValue>,
): Pick<CaseResult, CaseMetric | "spread"> {
  const fields = (metrics: readonly Metric[]) =>
    Object.fromEntries(
      metrics.filter(({ name }) => values.has(name)).map((
        { name, key },
      ) => [key, values.get(name)]),
    );
  const spreadFields = fields(SPREAD_METRICS);
  return {
    ...fields(CASE_METRICS),
    ...(Object.keys(spreadFields).length > 0 && { spread: spreadFields as unknown as Spread }),
  } as Pick<CaseResult, CaseMetric | "spread">;
}

function spread(
  name: string,
  key: keyof Spread,
  unit: string,
  description: string,
): Metric & { readonly key: keyof Spread } {
  return { name, key, unit, source: "measured", description };
}
