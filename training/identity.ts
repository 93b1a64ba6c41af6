/**
 * What a training is, so that a checkpoint is only continued by the training that it is of.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Model } from "../graph/model.ts";
import { encodeOnnx } from "../graph/onnx/write.ts";
import { values } from "../graph/tensor.ts";
import type { Dataset } from "./data/dataset.ts";
import type { Penalty } from "./penalties/penalty.ts";
import type { CompleteOptions } from "./plan.ts";
import type { TrainingTask } from "./trainer_options.ts";

/** Version of what checkpoints hold; to be raised when that changes. */
const FORMAT = 1;

/** Everything that weights depend on, by the name that messages have for it. */
export type TrainingIdentity = Readonly<Record<string, string>>;

/**
 * Describes a training. Threads and execution provider are left out: they change how it is computed,
 * not what.
 */
export function trainingIdentity<Label>(
  model: Model,
  task: TrainingTask<Label>,
  options: CompleteOptions,
): TrainingIdentity {
  const { optimiser, schedule, penalties, freeze } = options;
  const parts: Record<string, unknown> = {
    format: FORMAT,
    network: `${model.name} ${hashOfGraph(model)}`,
    "weights at the start": hashOfWeights(model),
    "training samples": describe(task.train),
    "test samples": task.test && describe(task.test),
    loss: settingsText(task.loss),
    metric: task.metric?.names.join(", "),
    epochs: options.epochs,
    batch: options.batch,
    seed: options.seed,
    optimiser: settingsText({ id: optimiser.id, settings: optimiser.options }),
    rate: options.rate,
    schedule: schedule.id,
    decay: options.decay,
    clip: options.clip,
    penalties: penalties.map(settingsText).join(", "),
    freeze: freeze.join(", "),
    normalization: options.normalization,
    momentum: options.momentum,
    reestimate: options.reestimate,
    evaluateEvery: options.evaluateEvery,
    patience: options.patience,
    keep: options.keep,
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name, value === undefined ? "" : `${value}`]),
  );
}

/** Names of what differs between two trainings, with both values. */
export function differences(
  actual: TrainingIdentity,
  expected: TrainingIdentity,
): { readonly name: string; readonly actual: string; readonly expected: string }[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names]
    .map((name) => ({ name, actual: actual[name] ?? "", expected: expected[name] ?? "" }))
    .filter(({ actual, expected }) => actual !== expected);
}

/** Hash of a network and its weights, 24 hex digits. */
export function hashOfModel(model: Model): string {
  return hashOfGraph(model) + hashOfWeights(model);
}

function describe({ name, size, sampleShape, description }: Dataset<unknown>): string {
  return `${name}, ${size} of [${sampleShape}] (${description})`;
}

function settingsText({ id, settings }: Pick<Penalty, "id" | "settings">): string {
  return `${id} ${JSON.stringify(settings)}`;
}

function hashOfGraph(model: Model): string {
  return createHash("sha256").update(encodeOnnx({ ...model, weights: new Map() }))
    .digest("hex").slice(0, 12);
}

function hashOfWeights({ weights }: Model): string {
  const hash = createHash("sha256");
  for (const [name, weight] of weights) {
    const { buffer, byteOffset, byteLength } = values(weight);
    hash.update(`${name} [${weight.shape}]`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex").slice(0, 12);
}
