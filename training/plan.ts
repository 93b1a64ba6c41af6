/**
 * What a training is going to do, checked before any work starts.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { matchesPattern } from "../graph/patterns.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import { batchesPerEpoch } from "./data/batches.ts";
import { expectSamples } from "./expect_samples.ts";
import { constant } from "./schedules.ts";
import type { TrainingOptions, TrainingTask } from "./trainer_options.ts";

/** Options with their defaults. */
export type CompleteOptions =
  & TrainingOptions
  & Required<
    Pick<
      TrainingOptions,
      | "schedule"
      | "decay"
      | "clip"
      | "penalties"
      | "freeze"
      | "normalization"
      | "momentum"
      | "reestimate"
      | "evaluateEvery"
      | "keep"
    >
  >;

/** What a training is going to do. */
export interface TrainingPlan {
  /** Options with their defaults. */
  readonly options: CompleteOptions;
  /** The network with the batch of a step. */
  readonly network: Model;
  /** Name of its input. */
  readonly input: string;
  /** Steps of an epoch. */
  readonly steps: number;
  /** Whether a weight may change. */
  readonly learns: (weight: string) => boolean;
  /** Whether the network is judged. */
  readonly judges: boolean;
  /** Name of the metric that decides what is best. */
  readonly deciding: string;
}

/**
 * Checks that a network, a task and options fit.
 *
 * @throws {RangeError} naming the option that is out of its range, the dataset or the metric that
 *   does not fit, or the pattern that matches no weight.
 */
export function planTraining<Label>(
  model: Model,
  task: TrainingTask<Label>,
  given: TrainingOptions,
): TrainingPlan {
  const options: CompleteOptions = {
    ...given,
    schedule: given.schedule ?? constant(),
    decay: given.decay ?? 0,
    clip: given.clip ?? Infinity,
    penalties: given.penalties ?? [],
    freeze: given.freeze ?? [],
    normalization: given.normalization ?? "batch",
    momentum: given.momentum ?? 0.1,
    reestimate: given.reestimate ?? 0,
    evaluateEvery: given.evaluateEvery ?? 1,
    keep: given.keep ?? "last",
  };
  expectOptions(options);
  const judges = task.test !== undefined && task.metric !== undefined;
  if (!judges && (options.keep === "best" || options.patience !== undefined)) {
    refuse("keep best and patience", "left out where there is no test dataset and metric", "given");
  }
  const input = expectSamples(model, task.train);
  const steps = batchesPerEpoch(task.train, options.batch);
  if (task.test && judges) {
    const judged = task.judged?.(model) ?? model;
    expectSamples(judged, task.test);
    withBatch(judged, options.batch);
  }
  return {
    options,
    network: withBatch(model, options.batch),
    input,
    steps,
    learns: learnsOf(model, options.freeze),
    judges,
    deciding: task.metric?.names[0] ?? "",
  };
}

function expectOptions(options: CompleteOptions): void {
  const { epochs, rate, decay, clip, momentum, reestimate, evaluateEvery } = options;
  const { patience = 1, seed, checkpoint, normalization } = options;
  const everySteps = checkpoint?.everySteps ?? Infinity;
  const positive = { epochs, evaluateEvery, patience };
  for (const [name, value] of Object.entries(positive)) {
    if (!(Number.isSafeInteger(value) && value >= 1)) refuse(name, "a positive integer", value);
  }
  if (!(everySteps === Infinity || Number.isSafeInteger(everySteps) && everySteps >= 1)) {
    refuse("checkpoint.everySteps", "a positive integer", everySteps);
  }
  if (!Number.isSafeInteger(seed)) refuse("seed", "an integer", seed);
  if (!(rate > 0 && rate < Infinity)) refuse("rate", "above 0", rate);
  if (!(decay >= 0 && decay < Infinity)) refuse("decay", "at least 0", decay);
  if (!(clip > 0)) refuse("clip", "above 0", clip);
  if (!(momentum > 0 && momentum <= 1)) refuse("momentum", "in (0, 1]", momentum);
  if (!(Number.isSafeInteger(reestimate) && reestimate >= 0)) {
    refuse("reestimate", "an integer, at least 0", reestimate);
  }
  if (reestimate > 0 && normalization === "running") {
    refuse("reestimate", '0 where normalization is "running"', reestimate);
  }
}

function learnsOf(model: Model, freeze: readonly string[]): (weight: string) => boolean {
  const names = [...model.weights.keys()];
  const frozen = new Set(freeze.flatMap((pattern) => {
    const found = names.filter(matchesPattern(pattern));
    if (found.length === 0) {
      refuse("freeze", `patterns of weights, such as "${names[0]}"`, `"${pattern}"`);
    }
    return found;
  }));
  return (weight) => !frozen.has(weight);
}

function refuse(name: string, expected: string, value: number | string): never {
  throw new RangeError(`Cannot train as "${name}" must be ${expected}: current value is ${value}`);
}
