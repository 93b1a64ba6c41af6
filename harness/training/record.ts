/**
 * What a training leaves on disk: `run.json`, which tells what was trained, from what and how, and
 * `curve.csv`, one row for each epoch. Every number in them was measured.
 *
 * @module
 */

import type { EpochRecord } from "../../training/trainer_options.ts";
import { parseVersioned } from "../records/manifest.ts";
import { SCHEMA_VERSION } from "../records/records.ts";
import { type Column, describeColumns, fromCsv, type Row, toCsv } from "../records/schema.ts";

/** Samples, as the record tells of them. */
export interface RecordedSamples {
  /** Name of the set. */
  readonly name: string;
  /** What it is made of. */
  readonly description: string;
  /** Number of samples. */
  readonly size: number;
}

/** How a training ended. */
export interface RecordedResult {
  /** Why. */
  readonly ended: "finished" | "early stop";
  /** Epoch that the weights are of. */
  readonly epoch: number;
  /** Mean loss of that epoch. */
  readonly loss: number;
  /** Of that epoch's evaluation, by name; shares in `[0, 1]`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of the ONNX file that was written, in hex. */
  readonly sha256: string;
}

/** What `run.json` holds. */
export interface TrainingRecord {
  /** Name of the run's folder. */
  readonly run: string;
  /** Name of the machine's folder. */
  readonly machine: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** When the last epoch ended; absent until then. */
  readonly finished?: string;
  /** The command that makes this run again. */
  readonly command: string;
  /** Its words, by which an interrupted run goes on. */
  readonly arguments: readonly string[];
  /** What was trained. */
  readonly model: {
    /** Name of the graph. */
    readonly name: string;
    /** Weights, counted. */
    readonly parameters: number;
    /** Multiply-accumulates of one sample. */
    readonly macs: number;
    /** Shape of one sample. */
    readonly sample: readonly number[];
    /** Where the weights came from: `"seed 1"`, or a file and its SHA-256. */
    readonly weights: string;
  };
  /** What it learnt from. */
  readonly data: {
    /** Id of the source. */
    readonly source: string;
    /** Number of classes. */
    readonly classes: number;
    /** Samples to learn from. */
    readonly train: RecordedSamples;
    /** Samples to be judged by. */
    readonly test?: RecordedSamples;
  };
  /** All options, those that nobody gave too. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Seed of everything random. */
  readonly seed: number;
  /** Names of the metrics, the deciding one first: columns of the curve. */
  readonly metrics: readonly string[];
  /** The machine and the tools. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where all numbers come from. */
  readonly source: "measured";
  /** Absent until it has ended. */
  readonly result?: RecordedResult;
}

/** Columns of `curve.csv` before those of the metrics. */
const BEFORE = [
  { name: "epoch", type: "integer", description: "Epochs finished, from 1." },
  { name: "step", type: "integer", description: "Steps finished." },
  { name: "rate", type: "number", description: "Learning rate of the epoch's last step." },
  { name: "loss", type: "number", description: "Mean over the training samples of the epoch." },
  { name: "penalty", type: "number", description: "All penalties at the end of the epoch." },
] as const satisfies readonly Column[];

/** Columns of `curve.csv` behind those of the metrics. */
const BEHIND = [
  { name: "train_seconds", type: "number", unit: "s", description: "Training, data included." },
  { name: "evaluation_seconds", type: "number", unit: "s", description: "Evaluation." },
] as const satisfies readonly Column[];

/**
 * Columns of `curve.csv`.
 *
 * @param metrics Names of what the network is judged by, e.g. `"top-1"`: a column each.
 */
export function curveColumns(metrics: readonly string[]): readonly Column[] {
  const judged = metrics.map((name): Column => ({
    name,
    type: "number",
    optional: true,
    description:
      "Of the test samples, in [0, 1]; empty when not evaluated, or when there was nothing to judge.",
  }));
  return [...BEFORE, ...judged, ...BEHIND];
}

/** What a training leaves, as a part of the reference of record formats. */
export function trainingReference(): string {
  return [
    "## curve.csv",
    "In `training/<run>/`: one row for each epoch of a training, written when it is finished.",
    describeColumns(curveColumns(["top-1", "top-5"])),
    "Detectors have `AP@.5`, `AP@[.5:.95]` and others of COCO's instead of `top-1` and `top-5`. " +
    "`run.json` beside it tells what was trained, from what data and with which options, seed, " +
    "machine and tools, and once it has ended the result; `source` says that all of it was measured.",
  ].join("\n\n");
}

/** The curve as CSV text. */
export function curveCsv(metrics: readonly string[], epochs: readonly EpochRecord[]): string {
  const rows = epochs.map((epoch): Row<readonly Column[]> => ({
    epoch: epoch.epoch,
    step: epoch.step,
    rate: epoch.rate,
    loss: epoch.loss,
    penalty: epoch.penalty,
    ...Object.fromEntries(
      metrics.flatMap((name) =>
        Number.isFinite(epoch.metrics[name]) ? [[name, epoch.metrics[name]]] : []
      ),
    ),
    train_seconds: rounded(epoch.trainSeconds),
    evaluation_seconds: rounded(epoch.evaluationSeconds),
  }));
  return toCsv(curveColumns(metrics), rows);
}

/** Milliseconds tell enough of what takes seconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Reads a curve. @throws {SyntaxError} when it is damaged; the message calls it `name`. */
export function parseCurve(metrics: readonly string[], text: string, name: string): EpochRecord[] {
  return fromCsv(curveColumns(metrics), text, name).map((row) => {
    const cells = row as Readonly<Record<string, number>>;
    return {
      epoch: cells.epoch,
      step: cells.step,
      rate: cells.rate,
      loss: cells.loss,
      penalty: cells.penalty,
      metrics: Object.fromEntries(
        metrics.flatMap((metric) => metric in cells ? [[metric, cells[metric]]] : []),
      ),
      trainSeconds: cells.train_seconds,
      evaluationSeconds: cells.evaluation_seconds,
    };
  });
}

/** The record as JSON text. */
export function recordJson(record: TrainingRecord): string {
  return JSON.stringify({ schema: SCHEMA_VERSION, ...record }, null, 2) + "\n";
}

/** Kinds of the fields that readers rely on. */
const FIELDS: Readonly<Record<string, "string" | "object">> = {
  run: "string",
  machine: "string",
  started: "string",
  command: "string",
  arguments: "object",
  model: "object",
  data: "object",
  settings: "object",
  metrics: "object",
  environment: "object",
};

/**
 * Reads a record.
 *
 * @throws {SyntaxError} when it is no JSON, of another schema version, or lacks something; the message
 *   calls it `name`.
 */
export function parseRecord(text: string, name: string): TrainingRecord {
  const { schema: _, ...value } = parseVersioned(text, name);
  for (const [field, type] of Object.entries(FIELDS)) {
    if (typeof value[field] === type && value[field] !== null) continue;
    throw new SyntaxError(
      `Cannot read "${name}" as "${field}" must be given: ` +
        `current value is ${JSON.stringify(value[field])}`,
    );
  }
  return value as unknown as TrainingRecord;
}
