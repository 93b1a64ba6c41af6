/**
 * A trainer over a task that is learnt in a moment, for tests.
 *
 * @module
 */

import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { randomBatchNorm } from "../../graph/testing.ts";
import { distillation } from "../../training/losses/distillation.ts";
import { sgd } from "../../training/optimisers/sgd.ts";
import { cosine } from "../../training/schedules.ts";
import { stripes, stripesTask } from "../../training/testing/stripes.ts";
import { randomWeights } from "../testing.ts";
import type { TrainingBudget } from "../trainer.ts";
import { type TaskTrainer, taskTrainer } from "./task_trainer.ts";

/** Options of {@linkcode stripesTrainer}. */
export interface StripesTrainerOptions {
  /** Epochs of 5 steps. @default 4 and 2 */
  readonly budget?: TrainingBudget;
  /** Where stages and evaluations are kept. @default nowhere */
  readonly folder?: string;
}

/** A trainer that teaches networks to tell horizontal from vertical stripes. */
export function stripesTrainer(options: StripesTrainerOptions = {}): TaskTrainer {
  const { budget = { prune: 4, retrain: 2 }, folder } = options;
  return taskTrainer({
    task: stripesTask(),
    validation: stripes(16, 3),
    recipe: { batch: 8, optimiser: sgd(), rate: 0.02, schedule: cosine(), decay: 1e-4 },
    budget,
    seed: 1,
    threads: 1,
    teach: (teacher) => distillation(teacher, { temperature: 3, alpha: 0.5 }),
    ...(folder !== undefined && { folder }),
  });
}

/**
 * A network for it with something to prune: four convolutions of 16 to 32 filters with batch norm, one
 * of them 1x1, one residual sum, and a fully connected head.
 */
export function stripesNetwork(): Model {
  const g = new GraphBuilder("stripes-network");
  const weights = randomWeights;
  const unit = (x: string, name: string, filters: number, kernel = 3) =>
    g.relu(
      g.batchNorm(
        g.conv(x, { name, filters, kernel, pad: kernel >> 1, weights }),
        randomBatchNorm(`${name}/bn`),
      ),
    );
  const stem = g.maxPool(unit(g.input("image", [1, 1, 8, 8]), "stem", 16), {
    name: "pool",
    kernel: 2,
  });
  const inner = unit(unit(stem, "conv1", 32), "conv2", 16);
  const x = unit(g.add(inner, stem), "conv3", 32, 1);
  const features = g.flatten(g.globalAveragePool(x));
  return g.output(g.gemm(features, { name: "fc", outputs: 2, weights, bias: weights })).build();
}
