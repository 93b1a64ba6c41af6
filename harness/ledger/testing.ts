/**
 * Invented results in a folder, for tests of what the ledger makes of them; nothing was measured.
 *
 * @module
 */

import { join } from "node:path";
import { caseId, HOST } from "../case.ts";
import { cellJson, manifestJson } from "../experiments/record_json.ts";
import type { CellRecord, ExperimentManifest } from "../experiments/records.ts";
import { exampleManifest } from "../experiments/testing.ts";
import { estimateMedian } from "../measure/statistics.ts";
import {
  LAYER_COLUMNS,
  SAMPLE_COLUMNS,
  type SampleRow,
  SUMMARY_COLUMNS,
} from "../records/records.ts";
import { toRecords } from "../records/rows.ts";
import { toCsv } from "../records/schema.ts";
import { READING_COLUMNS, readingRows } from "../records/told.ts";
import type { Reading } from "../../devices/reading.ts";
import type { CaseResult, LayerResult, Manifest } from "../result.ts";
import { readResults, type Results } from "./results.ts";

/** A row of an invented run. */
export interface InventedRow extends Partial<Pick<CaseResult, "role" | "status" | "reason">> {
  readonly method: string;
  readonly scheme?: string;
  readonly threads?: number;
  readonly device?: string;
  /** Milliseconds of each round, one block each. */
  readonly times?: readonly number[];
  /** Microseconds by operator, which is a layer's name with `/` and more, of each round. */
  readonly layers?: Readonly<Record<string, readonly number[]>>;
  /** What a device counts. */
  readonly readings?: readonly Reading[];
  /** MACs of every operator of `layers`. */
  readonly macs?: number;
}

/** An invented run. */
export interface InventedRun
  extends Partial<Pick<Manifest, "started" | "finished" | "environment">> {
  /** From the folder of results. */
  readonly folder: string;
  readonly suite: string;
  readonly rate?: number;
  readonly settings?: Manifest["settings"];
  readonly rows: readonly InventedRow[];
  /** Half the width of the A/A band; no second copy where it is absent. */
  readonly noise?: number;
}

/** No results. */
export const NO_RESULTS: Results = {
  path: "",
  runs: [],
  experiments: [],
  scale: "small",
  passedOver: [],
};

/** What is said to results that `fill` writes into a folder, which is gone afterwards. */
export function ofResults<T>(fill: (folder: string) => void, ask: (results: Results) => T): T {
  const folder = Deno.makeTempDirSync({ prefix: "kerf-" });
  try {
    fill(folder);
    return ask(readResults(folder));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Writes an invented run into a folder of results. */
export function writeRun(results: string, run: InventedRun): void {
  const { folder, suite, rate, rows, noise, settings = {} } = run;
  const { started = "2026-01-01T00:00:00.000Z", environment = {} } = run;
  const path = join(results, folder);
  Deno.mkdirSync(path, { recursive: true });
  const cases = rows.map((row) => caseOf(suite, rate ?? 1, row));
  const band = noise === undefined ? [] : [secondCopy(suite, noise)];
  const records = toRecords({
    manifest: {
      schema: 1,
      run: folder.split("/")[1],
      machine: folder.split("/")[0],
      suite,
      started,
      ...("finished" in run ? run.finished && { finished: run.finished } : { finished: started }),
      command: `deno task bench ${suite} --invented`,
      input: "none",
      settings: { ...(rate !== undefined && { rate }), ...settings },
      seeds: {},
      environment,
      warnings: [],
    },
    cases: [...cases, ...band],
  });
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(path, name), text);
  write("manifest.json", JSON.stringify(records.manifest));
  write("summary.csv", toCsv(SUMMARY_COLUMNS, records.summary));
  write("layers.csv", toCsv(LAYER_COLUMNS, records.layers));
  const samples = rows.flatMap((row, i) => samplesOf(cases[i].id, row));
  write("samples.csv", toCsv(SAMPLE_COLUMNS, samples));
  const readings = rows.flatMap((row, i) => readingRows({ case: cases[i].id }, row.readings ?? []));
  if (readings.length > 0) write("readings.csv", toCsv(READING_COLUMNS, readings));
}

/** Writes an invented experiment into a folder of results. */
export function writeExperiment(
  results: string,
  manifest: Partial<ExperimentManifest>,
  records: readonly CellRecord[],
): void {
  const whole = exampleManifest(manifest);
  const { machine, id, scale } = whole;
  const path = join(results, machine, "experiments", `${id}-${scale}`);
  Deno.mkdirSync(join(path, "cells"), { recursive: true });
  Deno.writeTextFileSync(join(path, "experiment.json"), manifestJson(whole));
  for (const record of records) {
    Deno.writeTextFileSync(join(path, "cells", `${record.id}.json`), cellJson(record));
  }
}

function caseOf(suite: string, rate: number, row: InventedRow): CaseResult {
  const { method, scheme = "", threads = 2, device = HOST, times = [], layers = {} } = row;
  const { role = "subject", status = "ok", reason, macs = 1000 } = row;
  const spec = { suite, model: suite, method, scheme, options: {}, rate, device, threads, seed: 1 };
  return {
    id: caseId(spec),
    spec,
    label: `${method} ${scheme}`.trim(),
    role,
    status,
    ...(reason !== undefined && { reason }),
    notes: [],
    ...(status === "ok" && times.length > 0 && { latency: estimateMedian(times) }),
    layers: Object.keys(layers).map((operator): LayerResult => ({
      layer: operator.split("/")[0],
      operator,
      kind: "conv",
      macs,
      params: 0,
      valueBytes: 0,
      indexBytes: 0,
      decision: "",
    })),
  };
}

function secondCopy(suite: string, noise: number): CaseResult {
  const row = caseOf(suite, 1, { method: "dense", scheme: "A/A", role: "A/A", times: [1] });
  const interval = { low: 1 / (1 + noise), high: 1 + noise, level: 0.95, rounds: 6 };
  return { ...row, speedupDense: { value: 1, ...interval, verdict: "none shown" } };
}

function samplesOf(id: string, { times = [], layers = {} }: InventedRow): SampleRow[] {
  const steady = times.map((ms, round): SampleRow => ({
    ...{ case: id, round, block: 0, order: 0, sample: 0, warmup: 0 },
    ...{ phase: "steady", ns: ms * 1e6 },
  }));
  const ofLayers = Object.entries(layers).flatMap(([operator, all]) =>
    all.map((us, round): SampleRow => ({
      ...{ case: id, round, sample: 0, warmup: 0, phase: "layer", operator, ns: us * 1e3 },
    }))
  );
  return [...steady, ...ofLayers];
}
