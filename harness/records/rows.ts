/**
 * A run as rows and back: what is shown from memory and what is shown from stored records is the
 * same value.
 *
 * @module
 */

import { schemeText } from "../case.ts";
import { runBand } from "../measure/comparison.ts";
import type { StoredManifest } from "./manifest.ts";
import { metricFields, METRICS, metricValues } from "./metrics.ts";
import type { LayerRow, SummaryRow } from "./records.ts";
import type { CaseResult, Estimate, LayerResult, RunResult } from "../result.ts";

/** A run in the form in which it is stored. */
export interface RunRecords {
  /** What `manifest.json` holds. */
  readonly manifest: StoredManifest;
  /** What `summary.csv` holds. */
  readonly summary: readonly SummaryRow[];
  /** What `layers.csv` holds. */
  readonly layers: readonly LayerRow[];
}

/** The records of a run. */
export function toRecords(result: RunResult): RunRecords {
  const { run } = result.manifest;
  return {
    manifest: {
      ...result.manifest,
      cases: result.cases.map(({ id, spec, label, role, status, reason, notes }) => (
        { id, spec, label, role, status, ...(reason !== undefined && { reason }), notes }
      )),
    },
    summary: result.cases.flatMap((row) => summaryRows(run, row)),
    layers: result.cases.flatMap((row) => row.layers.map((layer) => layerRow(run, row, layer))),
  };
}

/** The run that these records tell of: the inverse of {@linkcode toRecords}. */
export function fromRecords({ manifest, summary, layers }: RunRecords): RunResult {
  const { cases: stored, ...rest } = manifest;
  const summaryOf = Map.groupBy(summary, (row) => row.case);
  const layersOf = Map.groupBy(layers, (row) => row.case);
  const cases = stored.map((row): CaseResult => ({
    ...row,
    ...metricFields(
      new Map(
        (summaryOf.get(row.id) ?? []).flatMap((cells) =>
          cells.value === undefined ? [] : [[cells.metric, metricOf(cells, cells.value)]]
        ),
      ),
    ),
    layers: (layersOf.get(row.id) ?? []).map(layerOf),
  }));
  const aaBand = runBand(cases);
  return { manifest: rest, cases, ...(aaBand && { aaBand }) };
}

function summaryRows(run: string, row: CaseResult): SummaryRow[] {
  const { spec } = row;
  const values = metricValues(row);
  return METRICS.map((metric) => {
    const value = values.get(metric.name);
    const missing = row.status === "ok" && value === undefined;
    return {
      run,
      case: row.id,
      label: row.label,
      role: row.role,
      suite: spec.suite,
      model: spec.model,
      method: spec.method,
      scheme: schemeText(spec),
      target_rate: spec.rate,
      device: spec.device,
      threads: spec.threads,
      seed: spec.seed,
      metric: metric.name,
      ...(typeof value === "number" ? { value } : value),
      unit: metric.unit,
      source: metric.source,
      status: missing ? "unavailable" : row.status,
      reason: missing ? "not measured or not to be had in this run" : row.reason ?? "",
    };
  });
}

function metricOf(cells: SummaryRow, value: number): number | Estimate {
  if (cells.rounds === undefined) return value;
  const { low, high, level, rounds, verdict } = cells;
  return {
    value,
    ...(level !== undefined && { low, high, level }),
    rounds,
    ...(verdict !== undefined && { verdict }),
  };
}

function layerRow(run: string, row: CaseResult, layer: LayerResult): LayerRow {
  const { valueBytes, indexBytes, microseconds, ...same } = layer;
  const { value, ...interval } = microseconds ?? {};
  return {
    run,
    case: row.id,
    label: row.label,
    ...same,
    value_bytes: valueBytes,
    index_bytes: indexBytes,
    ...(value !== undefined && { microseconds: value, ...interval }),
  };
}

function layerOf(row: LayerRow): LayerResult {
  const { microseconds, low, high, level, rounds } = row;
  return {
    layer: row.layer,
    operator: row.operator,
    kind: row.kind,
    macs: row.macs,
    params: row.params,
    valueBytes: row.value_bytes,
    indexBytes: row.index_bytes,
    decision: row.decision,
    ...(microseconds !== undefined && rounds !== undefined && {
      microseconds: {
        value: microseconds,
        ...(level !== undefined && { low, high, level }),
        rounds,
      },
    }),
  };
}
