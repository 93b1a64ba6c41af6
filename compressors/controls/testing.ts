/**
 * A trainer that learns nothing and judges by a given formula, for tests.
 *
 * @module
 */

import { assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { tensor, values } from "../../graph/tensor.ts";
import type { CompressionContext, Compressor } from "../compressor.ts";
import type { Trainer, TrainingBudget, TrainingStage } from "../trainer.ts";

/** The trainer, and what was asked of it. */
export interface FormulaTrainer {
  /** What compressors are given. */
  readonly trainer: Trainer;
  /** Stages, in order. */
  readonly stages: TrainingStage[];
  /** Models that were evaluated, in order. */
  readonly evaluated: Model[];
}

/**
 * Makes a trainer that refuses evaluations without new statistics.
 *
 * @param value Of a model, in percentage points.
 * @param learn What a stage makes of a weight. @default the same
 */
export function formulaTrainer(
  value: (model: Model) => number,
  budget: TrainingBudget = { prune: 3, retrain: 2 },
  learn: (w: number, name: string) => number = (w) => w,
): FormulaTrainer {
  const stages: TrainingStage[] = [];
  const evaluated: Model[] = [];
  const trainer: Trainer = {
    budget,
    metric: "top-1",
    train(given, stage) {
      stages.push(stage);
      const weights = new Map(
        [...given.weights].map(([name, weight]) =>
          [name, tensor(values(weight).map((w) => learn(w, name)), weight.shape)] as const
        ),
      );
      return Promise.resolve({ ...given, weights });
    },
    evaluate(model, options) {
      if (!options?.recalibrate) throw new Error("evaluated with the statistics of other filters");
      evaluated.push(model);
      return Promise.resolve(value(model));
    },
    gradients: () => Promise.resolve(new Map()),
    recalibrate: (model) => Promise.resolve(model),
    travel: (epochs) => epochs,
  };
  return { trainer, stages, evaluated };
}

/** Filters of a layer. */
export function filtersLeft({ nodes, weights }: Model, layer: string): number {
  return weights.get(nodes.find(({ name }) => name === layer)!.inputs[1])!.shape[0];
}

/** Whether a search stops between its evaluations when asked, and looks at the selection first. */
export async function assertInterruptible<Options>(
  compressor: Compressor<Options>,
  model: Model,
): Promise<void> {
  const options = compressor.parseOptions({});
  const controller = new AbortController();
  const { trainer, evaluated } = formulaTrainer(() => {
    if (evaluated.length === 5) controller.abort(new Error("stopped by hand"));
    return 0;
  });
  const compress = (context: Partial<CompressionContext>) =>
    compressor.compress(model, { macs: 1.2 }, options, { seed: 1, trainer, align: 1, ...context });
  await assertRejects(() => compress({ signal: controller.signal }), Error, "stopped by hand");
  assertLess(evaluated.length, 8);
  const before = evaluated.length;
  await assertRejects(() => compress({ selection: { keep: ["con2"] } }), RangeError, '"conv2"');
  await assertRejects(
    () => compress({ selection: { rates: new Map([["conv2", 2]]) } }),
    RangeError,
    `layer "conv2" as its rate must be 1`,
  );
  assertEquals(evaluated.length, before);
  const steps: string[] = [];
  const kept = await compress({
    selection: { keep: ["conv2"] },
    onProgress: ({ label }) => void steps.push(label),
  });
  assertGreater(steps.length, 3);
  assertEquals(filtersLeft(kept, "conv2"), filtersLeft(model, "conv2"));
}
