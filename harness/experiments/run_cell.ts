/**
 * Runs one cell: a dense network is trained, or compressed and trained on, and judged.
 *
 * @module
 */

import type { Compressor } from "../../compressors/compressor.ts";
import type { StageRecipe, TaskTrainer } from "../../compressors/learning/task_trainer.ts";
import { indexBytes } from "../../compressors/sparsity/index_bytes.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import type { LearningRecipe, Part } from "../../suites/experiments/experiment.ts";
import type { Dataset } from "../../training/data/dataset.ts";
import { parseOptimiser } from "../../training/optimisers/parse.ts";
import { parseSchedule } from "../../training/schedules.ts";
import type { TrainingOptions } from "../../training/trainer_options.ts";
import type { OpenedPart } from "./open_part.ts";
import type { CellResult, CellSpec, Spent, StageRecord } from "./records.ts";
import type { WorkFolder } from "./work_folder.ts";

/** What a cell is run with. */
export interface CellContext {
  /** The part that it belongs to. */
  readonly part: Part;
  /** Its network and data. */
  readonly opened: OpenedPart;
  /** Where it keeps what it goes on from. */
  readonly work: WorkFolder;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
  /** Execution provider of ONNX Runtime. @default the processor */
  readonly provider?: string;
  /** Ends the work, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told what is being done, and how much of the cell is done, as far as that is known. */
  onProgress?(label: string, fraction?: number): void;
}

/** What came out of a cell. */
export interface FinishedCell {
  /** The network, as methods work on it. */
  readonly model: Model;
  /** What it is worth and what it cost. */
  readonly result: CellResult;
}

/** Longest gradient of every training, so that no single batch can spoil it. */
const CLIP = 5;
/** Samples of a run where nothing is learnt. */
const JUDGED_BATCH = 16;

/** Trains the dense network, or takes it as it is. */
export async function runDense(spec: CellSpec, context: CellContext): Promise<FinishedCell> {
  const { part, opened, work, signal, onProgress } = context;
  const { model } = opened.problem;
  if (opened.kind === "judged" || !part.dense) {
    const metrics = await judge(model, context);
    return { model, result: { ...resultOf(model, model, { metrics }), notes: dataNotes(opened) } };
  }
  const { problem } = opened;
  const options = trainingOptions(part.dense, spec.seed, context);
  problem.check(options);
  const outcome = await problem.learn({
    ...options,
    evaluateEvery: Math.max(1, Math.round(part.dense.epochs / 10)),
    checkpoint: { path: `${work.path}/stage-dense`, everySteps: 200 },
    ...(signal && { signal }),
    onProgress: ({ label, fraction }) => onProgress?.(label, fraction),
  });
  const stages = [{ name: "dense", before: {}, epochs: outcome.epochs }];
  const spent = {
    epochs: outcome.epochs.length,
    trainingMacs: trainingMacs(
      modelCosts(model).denseMacs,
      outcome.epochs.length,
      problem.train.size,
    ),
    seconds: secondsOf(stages),
    evaluations: 0,
  };
  const result = resultOf(model, outcome.model, { metrics: outcome.metrics, stages, spent });
  return { model: outcome.model, result: { ...result, notes: dataNotes(opened) } };
}

/**
 * Compresses the dense network by the method of the cell.
 *
 * @throws {RangeError|TypeError} when the method cannot.
 */
export async function runCompression(
  { options, target, seed }: CellSpec,
  compressor: Compressor<unknown>,
  dense: Model,
  context: CellContext,
): Promise<FinishedCell> {
  const { opened, part: { align }, signal, onProgress } = context;
  const trainer = opened.kind === "learns" ? trainerOf(opened.problem, seed, context) : undefined;
  const compressed = await compressor.compress(dense, target, compressor.parseOptions(options), {
    seed,
    ...(align !== undefined && { align }),
    ...(trainer && { trainer }),
    ...(signal && { signal }),
    onProgress: ({ label, done, total }) => onProgress?.(`${label} (${done}/${total})`),
  });
  const { report, ...model } = compressed;
  const metrics = trainer ? await trainer.test(model, signal) : await judge(model, context);
  const stages = trainer?.stages ?? [];
  const cut = stages.findLast(({ name }) => name === "retraining")?.cut;
  const result = resultOf(dense, model, {
    metrics,
    ...(cut && { cutMetrics: cut }),
    ...(trainer && { spent: spentOf(trainer), stages: stages.map(recordOf) }),
  });
  const { layers, notes, traces = [] } = report;
  return { model, result: { ...result, layers, notes, traces } };
}

/** Which samples there were: a path may hold another copy of a set than elsewhere. */
function dataNotes(opened: OpenedPart): string[] {
  const about = ({ name, description }: Dataset<unknown>) => `${name}: ${description}`;
  const { test } = opened.problem;
  return [
    ...(opened.kind === "learns" ? [`learns from ${about(opened.problem.train)}`] : []),
    ...(test ? [`judged by ${about(test)}`] : []),
  ];
}

function trainerOf(
  problem: Extract<OpenedPart, { kind: "learns" }>["problem"],
  seed: number,
  { part, work, threads, provider, onProgress }: CellContext,
): TaskTrainer {
  const epochs = part.budget.prune + part.budget.retrain;
  return problem.trainer({
    recipe: recipeOf({ ...part.tune, epochs }),
    budget: part.budget,
    seed,
    folder: work.path,
    threads,
    ...(provider !== undefined && { provider }),
    onProgress: (stage, { label, fraction }) => onProgress?.(`${stage}, ${label}`, fraction),
    onEvaluation: (count) => onProgress?.(`quick evaluation ${count}`),
  });
}

function recipeOf(
  { epochs, batch, optimiser, rate, schedule, decay }: LearningRecipe,
): StageRecipe {
  return {
    batch,
    optimiser: parseOptimiser(optimiser, optimiser === "sgd" ? { nesterov: true } : {}),
    rate,
    schedule: parseSchedule(schedule, epochs),
    decay,
    clip: CLIP,
  };
}

function trainingOptions(
  recipe: LearningRecipe,
  seed: number,
  { threads, provider }: CellContext,
): TrainingOptions {
  return {
    ...recipeOf(recipe),
    epochs: recipe.epochs,
    seed,
    threads,
    ...(provider !== undefined && { provider }),
  };
}

function judge(model: Model, { opened, part, threads, provider, signal }: CellContext) {
  return opened.problem.judge(model, {
    batch: opened.kind === "learns" ? part.tune.batch : JUDGED_BATCH,
    threads,
    ...(provider !== undefined && { provider }),
    ...(signal && { signal }),
  });
}

const NOTHING_SPENT: Spent = { epochs: 0, trainingMacs: 0, seconds: 0, evaluations: 0 };

/** A result with what follows from the networks alone. */
function resultOf(
  dense: Model,
  model: Model,
  facts:
    & Pick<CellResult, "metrics" | "cutMetrics">
    & Partial<Pick<CellResult, "spent" | "stages">>,
): CellResult {
  const [before, after] = [modelCosts(dense), modelCosts(model)];
  return {
    spent: NOTHING_SPENT,
    stages: [],
    ...facts,
    denseMacs: before.denseMacs,
    macs: after.macs,
    denseParams: before.params,
    params: after.params,
    valueBytes: Float32Array.BYTES_PER_ELEMENT * after.params,
    indexBytes: compactIndexBytes(model),
    layers: [],
    notes: [],
    traces: [],
  };
}

/** What the compact format needs to say where the kept weights of all structures are. */
function compactIndexBytes({ weights, structures }: Model): number {
  return structures.entries().reduce((sum, [name, structure]) => {
    const { masks, lists } = indexBytes(weights.get(name)!.shape, structure);
    return sum + Math.min(masks, lists);
  }, 0);
}

function recordOf({ name, before, epochs }: StageRecord): StageRecord {
  return { name, before, epochs };
}

function spentOf({ stages, evaluations }: TaskTrainer): Spent {
  return {
    epochs: stages.reduce((sum, { epochs }) => sum + epochs.length, 0),
    trainingMacs: stages.reduce(
      (sum, { macs, epochs, samples }) => sum + trainingMacs(macs, epochs.length, samples),
      0,
    ),
    seconds: secondsOf(stages) + evaluations.seconds,
    evaluations: evaluations.count,
  };
}

/** Forward, gradient of the inputs, gradient of the weights: zeros of structures are multiplied, too. */
function trainingMacs(macs: number, epochs: number, samples: number): number {
  return 3 * macs * epochs * samples;
}

function secondsOf(stages: readonly Pick<StageRecord, "epochs">[]): number {
  return stages.flatMap(({ epochs }) => epochs).reduce(
    (sum, { trainSeconds, evaluationSeconds }) => sum + trainSeconds + evaluationSeconds,
    0,
  );
}
