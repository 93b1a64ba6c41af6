/**
 * The trainer that compressors are given, over a task: samples, loss and metric.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { hasWeights, modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import type { RuntimeOptions } from "../../graph/runtime.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { type Batch, batchesPerEpoch, trainingBatches } from "../../training/data/batches.ts";
import type { Dataset } from "../../training/data/dataset.ts";
import { evaluate } from "../../training/evaluate.ts";
import { hashOfModel, trainingIdentity } from "../../training/identity.ts";
import type { Loss } from "../../training/losses/loss.ts";
import type { Optimiser } from "../../training/optimisers/optimiser.ts";
import { planTraining, type TrainingPlan } from "../../training/plan.ts";
import { reestimateStatistics } from "../../training/running_statistics.ts";
import type { Schedule } from "../../training/schedules.ts";
import { openTrainingStep, type TrainingStep } from "../../training/step.ts";
import { train } from "../../training/trainer.ts";
import type {
  EpochRecord,
  TrainingOptions,
  TrainingProgress,
  TrainingTask,
} from "../../training/trainer_options.ts";
import type { Trainer, TrainingBudget, TrainingStage } from "../trainer.ts";
import { KeptValues } from "./kept_values.ts";

/** How weights follow their gradients, in every stage. */
export interface StageRecipe {
  /** Samples of a step. */
  readonly batch: number;
  /** How weights follow their gradients. */
  readonly optimiser: Optimiser;
  /** Learning rate that the schedule scales. */
  readonly rate: number;
  /** Learning rate over a stage. */
  readonly schedule: Schedule;
  /** Weight decay. */
  readonly decay: number;
  /** Longest gradient. @default no bound */
  readonly clip?: number;
}

/** A stage that was trained. */
export interface StageCurve {
  /** What the compressor calls it. */
  readonly name: string;
  /** Metrics by test samples before the first step, by name, in 0..1. */
  readonly before: Readonly<Record<string, number>>;
  /** The same of the network as it was cut, where the stage has one. */
  readonly cut?: Readonly<Record<string, number>>;
  /** The epochs. */
  readonly epochs: readonly EpochRecord[];
  /** Samples of an epoch. */
  readonly samples: number;
  /** MACs of a forward pass in training, which multiplies by the zeros of structures, too. */
  readonly macs: number;
}

/** Options of {@linkcode taskTrainer}. */
export interface TaskTrainerOptions<Label> extends RuntimeOptions {
  /** What is learnt; it must have test samples and a metric. */
  readonly task: TrainingTask<Label>;
  /**
   * Samples that searches judge by: neither for training nor for tests.
   *
   * @default none: then nothing can be searched
   */
  readonly validation?: Dataset<Label>;
  /** How weights follow their gradients. */
  readonly recipe: StageRecipe;
  /** Epochs that a method may spend. */
  readonly budget: TrainingBudget;
  /** Seed of order, augmentation and dropout. */
  readonly seed: number;
  /** Folder, which exists, for checkpoints of stages and for evaluations. @default nothing is kept */
  readonly folder?: string;
  /** The loss with a teacher. @default there is none */
  readonly teach?: (teacher: Model) => Loss<Label> & AsyncDisposable;
  /** Called within a stage. */
  onProgress?(stage: string, progress: TrainingProgress): void;
  /** Called after each quick evaluation. */
  onEvaluation?(count: number): void;
}

/** A trainer, and what it did. */
export interface TaskTrainer extends Trainer {
  /** Stages that were trained, in order. */
  readonly stages: readonly StageCurve[];
  /** Quick evaluations that were asked for, each once, and the seconds that they took. */
  readonly evaluations: { readonly count: number; readonly seconds: number };
  /** Metrics of a model by all test samples, by name, in 0..1. */
  test(model: Model, signal?: AbortSignal): Promise<Readonly<Record<string, number>>>;
}

/** Batches from which gradients and running statistics are taken. */
const FEW_BATCHES = 8;

/**
 * Makes the trainer of one compression.
 *
 * @throws {RangeError} when the task has no test samples or metric.
 */
export function taskTrainer<Label>(options: TaskTrainerOptions<Label>): TaskTrainer {
  const { task, validation, recipe, budget, seed, folder, teach, threads, provider } = options;
  const { test, metric, judged = (model: Model) => model } = task;
  if (!test || !metric) {
    throw new RangeError(
      `Cannot compress with training on "${task.train.name}" as it must have test samples and a ` +
        `metric: current value is none`,
    );
  }
  const runtime: RuntimeOptions = {
    ...(threads !== undefined && { threads }),
    ...(provider !== undefined && { provider }),
  };
  const stages: StageCurve[] = [];
  const kept = new KeptValues(folder && join(folder, "evaluations.jsonl"));
  const quick = new Map<string, number>();

  /** Metrics of a model, of those that are judged but once. */
  async function judge(model: Model, samples: Dataset<Label>, signal?: AbortSignal) {
    const key = `${samples.name}, ${samples.description}, ${hashOfModel(model)}`;
    return await kept.get(key, () =>
      evaluate(judged(model), samples, metric!, {
        batch: Math.min(recipe.batch, samples.size),
        ...runtime,
        ...(signal && { signal }),
      }));
  }

  function optionsOf({ epochs, rate = 1, penalties = [] }: TrainingStage): TrainingOptions {
    return {
      ...recipe,
      ...runtime,
      epochs,
      // A stage of its own order of samples.
      seed: seed * 1000 + stages.length,
      rate: recipe.rate * rate,
      penalties,
    };
  }

  /** What a step finds for a few batches, with the model's weights as they are. */
  async function probe<T>(
    model: Model,
    learns: (weight: string) => boolean,
    look: (run: RunBatch<Label>, plan: TrainingPlan) => Promise<T>,
  ): Promise<T> {
    const plan = planTraining(model, task, optionsOf({ name: "", epochs: 1 }));
    await using step = await openTrainingStep(plan.network, task.loss, { learns, ...runtime });
    return await look(runner(model, plan, task.loss, step, seed), plan);
  }

  return {
    budget,
    metric: metric.names[0],
    stages,
    get evaluations() {
      const seconds = quick.values().reduce((sum, one) => sum + one, 0);
      return { count: quick.size, seconds };
    },
    test: (model, signal) => judge(model, test, signal),

    async train(model, stage, signal) {
      const { teacher, name, cut } = stage;
      if (teacher && !teach) {
        throw new RangeError(`Cannot train "${name}" with a teacher on "${task.train.name}"`);
      }
      await using loss = teacher && teach!(teacher);
      const learnt = loss ? { ...task, loss } : task;
      const plain = optionsOf(stage);
      const before = await judge(model, test, signal);
      const atCut = cut && await judge(cut, test, signal);
      const path = folder &&
        join(folder, `stage-${stages.length + 1}-${idOf(model, learnt, plain)}`);
      const outcome = await train(model, learnt, {
        ...plain,
        ...(path && { checkpoint: { path } }),
        ...(signal && { signal }),
        onProgress: (progress) => options.onProgress?.(name, progress),
      });
      const samples = task.train.size;
      const macs = modelCosts(model).denseMacs;
      stages.push({
        name,
        before,
        ...(atCut && { cut: atCut }),
        epochs: outcome.epochs,
        samples,
        macs,
      });
      return outcome.model;
    },

    async evaluate(model, { recalibrate = false } = {}, signal) {
      if (!validation) {
        throw new RangeError(
          `Cannot search with "${model.name}" as samples of "${task.train.name}" must be set aside ` +
            `to judge by: there are none`,
        );
      }
      const seen = `${recalibrate}, ${validation.description}, ${hashOfModel(model)}`;
      const { value, seconds } = await kept.get(`quick ${seen}`, async () => {
        const begin = performance.now();
        const ready = recalibrate ? await this.recalibrate(model, signal) : model;
        const metrics = await judge(ready, validation, signal);
        const seconds = (performance.now() - begin) / 1000;
        return { value: 100 * metrics[metric.names[0]], seconds };
      });
      quick.set(seen, seconds);
      options.onEvaluation?.(quick.size);
      return value;
    },

    async gradients(model, signal) {
      const sums = new Map<string, Float32Array>();
      await probe(model, () => true, async (run, plan) => {
        for await (const batch of someBatches(task.train, plan)) {
          signal?.throwIfAborted();
          const { gradients } = await run(batch, "dropout/gradients");
          for (const [name, gradient] of gradients) addTo(sums, name, gradient);
        }
      });
      const count = Math.min(FEW_BATCHES, batchesPerEpoch(task.train, recipe.batch));
      for (const sum of sums.values()) for (let i = 0; i < sum.length; i++) sum[i] /= count;
      return sums;
    },

    async recalibrate(model, signal) {
      if (!model.nodes.some(({ op }) => op === "BatchNormalization")) return model;
      const weights = copyOf(model);
      // Only the forward half of a step is of interest: with the last layer's weights nearly none of
      // the other half is left.
      const last = model.nodes.findLast(hasWeights)!.inputs.slice(1);
      await probe(
        model,
        (name) => last.includes(name),
        (run, plan) =>
          reestimateStatistics(task.train, weights, {
            ...plan.options,
            epochs: 0,
            batches: FEW_BATCHES,
            learns: () => true,
            ...(signal && { signal }),
            run,
          }),
      );
      const all = [...model.weights].map(([name, { shape }]) =>
        [name, tensor(weights.get(name)!, shape)] as const
      );
      return { ...model, weights: new Map(all) };
    },

    travel(epochs) {
      const steps = epochs * batchesPerEpoch(task.train, recipe.batch);
      const { momentum = 0 } = recipe.optimiser.options;
      let sum = 0;
      for (let step = 0; step < steps; step++) sum += recipe.schedule.factor(step, steps);
      return recipe.rate * sum / (1 - Number(momentum));
    },
  };
}

type RunBatch<Label> = (
  batch: Batch<Label>,
  stream: string,
) => ReturnType<TrainingStep["run"]>;

/** Runs batches through a step with the weights of a model. */
function runner<Label>(
  model: Model,
  plan: TrainingPlan,
  loss: Loss<Label>,
  step: TrainingStep,
  seed: number,
): RunBatch<Label> {
  const weights = copyOf(model);
  return async ({ input, labels }, stream) => {
    const inputs = new Map([[plan.input, input]]);
    const targets = await loss.encode(labels, inputs);
    return await step.run({
      weights,
      inputs: new Map([...inputs, ...targets]),
      random: new Random(seed, stream),
    });
  };
}

async function* someBatches<Label>(
  dataset: Dataset<Label>,
  { options: { batch, seed } }: TrainingPlan,
): AsyncGenerator<Batch<Label>> {
  let left = FEW_BATCHES;
  for await (const samples of trainingBatches(dataset, { batch, seed, epoch: 0 })) {
    yield samples;
    if (--left === 0) return;
  }
}

/** Tells trainings apart, so that none goes on from the checkpoint of another. */
function idOf<Label>(model: Model, task: TrainingTask<Label>, options: TrainingOptions): string {
  const identity = trainingIdentity(model, task, planTraining(model, task, options).options);
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 12);
}

function copyOf({ weights }: Model): Map<string, Float32Array> {
  return new Map([...weights].map(([name, weight]) => [name, values(weight).slice()]));
}

function addTo(sums: Map<string, Float32Array>, name: string, more: Float32Array): void {
  const sum = sums.get(name);
  if (!sum) sums.set(name, more.slice());
  else for (let i = 0; i < sum.length; i++) sum[i] += more[i];
}
