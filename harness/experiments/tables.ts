/**
 * CSV tables of an experiment, made anew from its records.
 *
 * @module
 */

import { stringify } from "@std/csv";
import type { Trace } from "../../compressors/trace.ts";
import { canonicalJson } from "../case.ts";
import { type Row, toCsv } from "../records/schema.ts";
import { curvePoints } from "./curve_charts.ts";
import { highestRates } from "./highest_rate.ts";
import { type CellRecord, type CellResult, DENSE, type RecordedExperiment } from "./records.ts";
import {
  CELL_COLUMNS,
  CURVE_COLUMNS,
  LAYER_COLUMNS,
  METRIC_COLUMNS,
  type PLACE_COLUMNS,
  RATE_COLUMNS,
  TABLE_FILES,
  TRACES,
} from "./table_columns.ts";
import { macsRate, paramsRate, type PartSummary, summarise } from "./summary.ts";

/** The tables by file name, those of traces in a folder of their own. */
export function experimentTables(experiment: RecordedExperiment): ReadonlyMap<string, string> {
  const { records } = experiment;
  const parts = summarise(experiment);
  const metrics = new Map(
    parts.map(({ part, metric = "" }) => [part.id, metric]),
  );
  const metricOf = ({ spec }: CellRecord) => metrics.get(spec.part)!;
  const done = records.flatMap((record) =>
    record.result ? [{ record, result: record.result }] : []
  );
  const [cells, all, curves, layers, rates] = TABLE_FILES;
  return new Map([
    [
      cells,
      toCsv(CELL_COLUMNS, records.map((record) => cellRow(record, records, metricOf(record)))),
    ],
    [all, toCsv(METRIC_COLUMNS, done.flatMap(({ record, result }) => metricRows(record, result)))],
    [
      curves,
      toCsv(
        CURVE_COLUMNS,
        done.flatMap(({ record, result }) => curveRows(record, result, metricOf(record))),
      ),
    ],
    [layers, toCsv(LAYER_COLUMNS, done.flatMap(({ record, result }) => layerRows(record, result)))],
    [rates, toCsv(RATE_COLUMNS, parts.flatMap(rateRows))],
    ...done.flatMap(({ record, result }) =>
      result.traces.map((trace): [string, string] => [
        tracePath(record, trace),
        stringify([trace.columns, ...trace.rows]),
      ])
    ),
  ]);
}

/** Path of a trace's table from the folder of the experiment. */
export function tracePath({ spec: { part, cell, seed } }: CellRecord, { id }: Trace): string {
  const name = `${part}-${cell}-${seed}-${id}`.replace(/[^\w.+-]/g, "_");
  return `${TRACES}/${name}.csv`;
}

function place({ spec: { part, cell, seed } }: CellRecord): Row<typeof PLACE_COLUMNS> {
  return { part, cell, seed };
}

function cellRow(
  record: CellRecord,
  records: readonly CellRecord[],
  metric: string,
): Row<typeof CELL_COLUMNS> {
  const { id, spec, label, status, reason = "", finished, result } = record;
  const [target, rate] = Object.entries(spec.target)[0] as ["macs" | "params", number];
  const dense = records.find((other) =>
    other.spec.part === spec.part && other.spec.seed === spec.seed && other.spec.cell === DENSE
  );
  const about = {
    ...{ id, ...place(record), label, method: spec.method, options: canonicalJson(spec.options) },
    ...{ target, target_rate: rate, status, reason, finished, metric },
  };
  if (result === undefined) return about;
  const { macs, params, valueBytes, indexBytes, spent } = result;
  return {
    ...about,
    ...present({
      dense: dense?.result?.metrics[metric],
      cut: result.cutMetrics?.[metric],
      final: result.metrics[metric],
    }),
    metric_source: "measured",
    ...{ macs, macs_rate: rounded(macsRate(result)) },
    ...{ params, params_rate: rounded(paramsRate(result)) },
    ...{ value_bytes: valueBytes, index_bytes: indexBytes, training_macs: spent.trainingMacs },
    size_source: "derived",
    ...{ epochs: spent.epochs, evaluations: spent.evaluations, seconds: rounded(spent.seconds) },
    spent_source: "measured",
  };
}

function metricRows(
  record: CellRecord,
  { cutMetrics = {}, metrics }: CellResult,
): Row<typeof METRIC_COLUMNS>[] {
  return ([["cut", cutMetrics], ["final", metrics]] as const).flatMap(([state, values]) =>
    Object.entries(values).filter(([, value]) => Number.isFinite(value)).map((
      [metric, value],
    ) => ({
      ...place(record),
      ...{ state, metric, value, source: "measured" as const },
    }))
  );
}

function curveRows(
  record: CellRecord,
  { stages }: CellResult,
  metric: string,
): Row<typeof CURVE_COLUMNS>[] {
  return curvePoints(stages).map(({ stage, epoch, spent, metrics, rate, loss, penalty }) => ({
    ...place(record),
    ...{ stage: stage.name, epoch, spent },
    ...present({ rate, loss, penalty }),
    metric,
    ...present({ value: metrics[metric] }),
    source: "measured",
  }));
}

function layerRows(record: CellRecord, { layers }: CellResult): Row<typeof LAYER_COLUMNS>[] {
  return layers.map((
    { layer, decision, reason = "", denseMacs, macs, denseParams, params, rate },
  ) => ({
    ...place(record),
    ...{ layer, decision, reason, dense_macs: denseMacs, macs },
    ...{ dense_params: denseParams, params, rate: rounded(rate) },
    source: "derived",
  }));
}

function rateRows(summary: PartSummary): Row<typeof RATE_COLUMNS>[] {
  const { allowances, methods } = highestRates(summary);
  return methods.flatMap(({ series: { label, method, options }, rates }) =>
    rates.flatMap((found, i) => {
      if (!found) return [];
      const { reference, points } = allowances[i];
      return (["params", "macs"] as const).map((of) => ({
        ...{ part: summary.part.id, label, method, options: canonicalJson(options) },
        ...{ reference: reference.cell, points, of, bound: found[of].bound },
        ...{ rate: rounded(found[of].rate), tried: found.tried, source: "derived" as const },
      }));
    })
  );
}

/** Values that there are and that are finite. */
function present<Name extends string>(
  values: Readonly<Record<Name, number | undefined>>,
): Partial<Record<Name, number>> {
  return Object.fromEntries(
    Object.entries<number | undefined>(values).filter(([, value]) => Number.isFinite(value)),
  ) as Partial<Record<Name, number>>;
}

/** Six digits tell enough of ratios and seconds. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
