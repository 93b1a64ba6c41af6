/**
 * A whole training: network and data, epochs, records, the ONNX file. What a person waits for is
 * told through callbacks.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { withBatch } from "../../graph/rewrites/rebatch.ts";
import { type Tensor, tensor } from "../../graph/tensor.ts";
import { withTraining } from "../../suites/provenance.ts";
import type { Dataset } from "../../training/data/dataset.ts";
import type {
  EpochRecord,
  TrainingOptions,
  TrainingOutcome,
  TrainingProgress,
} from "../../training/trainer_options.ts";
import { writeChecked } from "../checked_write.ts";
import { machineName, readEnvironment } from "../environment/environment.ts";
import { TrainingFolder } from "./folder.ts";
import { type OpenedTraining, openTraining } from "./open.ts";
import { writeTrainingPage } from "./publish.ts";
import type { RecordedResult, RecordedSamples, TrainingRecord } from "./record.ts";
import type { TrainSettings } from "./settings.ts";

/** Steps from one checkpoint to the next within an epoch. */
const CHECKPOINT_STEPS = 200;

/** Options of {@linkcode runTraining}. */
export interface RunTrainingOptions {
  /** Folder of an interrupted training that is gone on with. */
  readonly resume?: TrainingFolder;
  /** Ends the training once its checkpoint is written; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called when everything has been opened and checked. */
  onStart?(record: TrainingRecord, notes: readonly string[]): void;
  /** Called after each step and evaluated batch. */
  onProgress?(progress: TrainingProgress): void;
  /** Called after each epoch. */
  onEpoch?(epoch: EpochRecord): void;
  /** Called when an interrupted training can be gone on with from there. */
  onInterrupted?(place: { readonly folder?: string; readonly checkpoint: string }): void;
}

/** What came out. */
export interface FinishedTraining {
  /** What was trained, from what and how, and what it is worth. */
  readonly record: TrainingRecord;
  /** The curve. */
  readonly epochs: readonly EpochRecord[];
  /** Path of the ONNX file. */
  readonly file: string;
  /** Largest relative error of its outputs in ONNX Runtime. */
  readonly relativeError: number;
  /** Folder of the records; absent when nothing is recorded. */
  readonly folder?: string;
}

/**
 * Trains a network. Everything that can be refused is refused before the work.
 *
 * @throws {RangeError|TypeError|SyntaxError} when network, data and options do not fit.
 * @throws {Error} when results cannot be written, or the training cannot be resumed.
 * @throws the signal's reason when it is aborted.
 */
export async function runTraining(
  settings: TrainSettings,
  options: RunTrainingOptions = {},
): Promise<FinishedTraining> {
  const { resume, signal, onStart } = options;
  await using opened = await openTraining(settings, signal);
  const { problem } = opened;
  const planned = trainingOptions(settings, opened);
  problem.check(planned);
  const record = recordOf(settings, opened);
  const folder = resume ??
    (settings.results === undefined ? undefined : TrainingFolder.create(settings.results, record));
  const checkpoint = settings.checkpoint ?? folder?.checkpoint;
  const shown = folder?.training.record ?? record;
  try {
    onStart?.(shown, opened.notes);
    const outcome = await problem.learn({
      ...planned,
      ...(checkpoint !== undefined && {
        checkpoint: { path: checkpoint, everySteps: CHECKPOINT_STEPS },
      }),
      ...(signal && { signal }),
      ...(options.onProgress && { onProgress: options.onProgress }),
      onEpoch(epoch) {
        folder?.addEpoch(epoch);
        options.onEpoch?.(epoch);
      },
    });
    return await finish(settings, opened, { outcome, folder, record: shown, signal });
  } catch (error) {
    const kept = checkpoint !== undefined && existsSync(checkpoint);
    if (kept && signal?.aborted) {
      options.onInterrupted?.({ ...(folder && { folder: folder.path }), checkpoint });
    }
    if (!kept) folder?.discard();
    throw error;
  }
}

/** Writes what came out. */
async function finish(
  settings: TrainSettings,
  { problem }: OpenedTraining,
  { outcome, folder, record, signal }: {
    readonly outcome: TrainingOutcome;
    readonly folder: TrainingFolder | undefined;
    readonly record: TrainingRecord;
    readonly signal: AbortSignal | undefined;
  },
): Promise<FinishedTraining> {
  const { epochs, epoch, ended } = outcome;
  const model = withTraining(problem.used(outcome.model), {
    data: record.data.train.name,
    epochs: epoch,
    seed: settings.seed,
  });
  const file = settings.out ?? folder!.model;
  const input = await inputOf(model, problem.test ?? problem.train);
  const relativeError = await writeChecked(model, file, input, signal);
  const result: RecordedResult = {
    ended,
    epoch,
    loss: epochs.find((one) => one.epoch === epoch)!.loss,
    metrics: finite(outcome.metrics),
    sha256: createHash("sha256").update(await Deno.readFile(file)).digest("hex"),
  };
  if (settings.checkpoint !== undefined) await Deno.remove(settings.checkpoint);
  if (folder === undefined) return { record: { ...record, result }, epochs, file, relativeError };
  folder.finish(result, epochs);
  await writeTrainingPage(folder.path);
  return { ...folder.training, file, relativeError, folder: folder.path };
}

/** The model's input, filled with samples. */
async function inputOf(
  { inputs: [{ name, shape }] }: Model,
  data: Dataset<unknown>,
): Promise<ReadonlyMap<string, Tensor>> {
  const [batch, ...sample] = shape;
  const size = sample.reduce((product, extent) => product * extent, 1);
  const values = new Float32Array(batch * size);
  for (let i = 0; i < batch; i++) {
    values.set((await data.load(i % data.size)).values, i * size);
  }
  return new Map([[name, tensor(values, shape)]]);
}

function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

function trainingOptions(settings: TrainSettings, { recipe }: OpenedTraining): TrainingOptions {
  const { clip, ...rest } = recipe;
  const { freeze, normalization, reestimate, patience, keep, evaluateEvery } = settings;
  const { seed, threads, provider } = settings;
  return {
    ...rest,
    seed,
    threads,
    ...(clip > 0 && { clip }),
    ...(freeze && { freeze }),
    ...(normalization && { normalization }),
    ...(reestimate !== undefined && { reestimate }),
    ...(patience !== undefined && { patience }),
    ...(keep && { keep }),
    ...(evaluateEvery !== undefined && { evaluateEvery }),
    ...(provider !== undefined && { provider }),
  };
}

function recordOf(settings: TrainSettings, opened: OpenedTraining): TrainingRecord {
  const { problem, recipe, extents, weights } = opened;
  const { model, train, test, loss, metrics } = problem;
  const { name, data, seed, threads, command } = settings;
  const { macs, params } = modelCosts(withBatch(model, 1));
  const environment = readEnvironment();
  const started = new Date().toISOString();
  const id = `${model.name}-${data.source.id}`.replace(/[^A-Za-z0-9._-]+/g, "-");
  const { optimiser, schedule, ...numbers } = recipe;
  return {
    run: `${started.slice(0, 19).replaceAll(":", "-")}-${id}`,
    machine: machineName(environment, settings.machine),
    started,
    command,
    arguments: settings.arguments,
    model: {
      name: model.name,
      parameters: params,
      macs,
      sample: train.sampleShape,
      weights,
    },
    data: {
      source: data.source.id,
      classes: train.classes.length,
      train: samplesOf(train),
      ...(test && { test: samplesOf(test) }),
    },
    settings: {
      network: name,
      ...extents,
      loss,
      ...numbers,
      optimiser: optimiser.id,
      ...optimiser.options,
      schedule: schedule.id,
      labelSmoothing: settings.labelSmoothing ?? 0,
      ...(settings.teacher && { teacher: settings.teacher.path }),
      freeze: settings.freeze?.join(",") ?? "",
      normalization: settings.normalization ?? "batch",
      reestimate: settings.reestimate ?? 0,
      patience: settings.patience ?? "none",
      keep: settings.keep ?? "last",
      evaluateEvery: settings.evaluateEvery ?? 1,
      normalise: data.normalise
        ? `mean ${data.normalise.mean}, std ${data.normalise.std}`
        : "as the set is known for",
      threads,
      provider: settings.provider ?? "cpu",
    },
    seed,
    metrics,
    environment,
    source: "measured",
  };
}

function samplesOf({ name, description, size }: Dataset<unknown>): RecordedSamples {
  return { name, description, size };
}
