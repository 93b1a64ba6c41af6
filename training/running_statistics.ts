/**
 * Running statistics of batch normalizations: what they use at inference.
 *
 * @module
 */

import { type Batch, trainingBatches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import type { LiveWeights } from "./penalties/penalty.ts";
import type { BatchStatistics, StepResult } from "./step.ts";

/** Whether a weight may change. */
export type Learns = (weight: string) => boolean;

/**
 * Moves running statistics towards those of a batch, in place, as PyTorch does:
 *
 *     mean = (1 - momentum) * mean + momentum * batch mean
 *     variance = (1 - momentum) * variance + momentum * unbiased variance of the batch
 */
export function followStatistics(
  weights: LiveWeights,
  statistics: readonly BatchStatistics[],
  momentum: number,
  learns: Learns,
): void {
  for (const [name, values, factor] of parts(statistics, learns)) {
    const running = weights.get(name)!;
    for (let i = 0; i < running.length; i++) {
      running[i] = (1 - momentum) * running[i] + momentum * factor * values[i];
    }
  }
}

/** Options of {@linkcode reestimateStatistics}. */
export interface ReestimateOptions<Label> {
  /** How many batches. */
  readonly batches: number;
  /** Samples of each. */
  readonly batch: number;
  /** Seed of order and augmentation. */
  readonly seed: number;
  /** Epochs of training; batches are those of the epochs that would follow. */
  readonly epochs: number;
  /** Whether a weight may change. */
  readonly learns: Learns;
  /** Ends the work, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Takes the statistics of a batch; random masks are drawn from the stream with that label. */
  run(batch: Batch<Label>, stream: string): Promise<Pick<StepResult, "statistics">>;
}

/**
 * Sets running statistics to their means over some batches, with weights that do not change meanwhile:
 * a better estimate than those that followed training, when weights have changed a lot of late.
 *
 * @returns Whether there are any.
 */
export async function reestimateStatistics<Label>(
  dataset: Dataset<Label>,
  weights: LiveWeights,
  { batches, batch, seed, epochs, learns, signal, run }: ReestimateOptions<Label>,
): Promise<boolean> {
  const means = new Map<string, { readonly sum: Float64Array; count: number }>();
  let taken = 0;
  for (let epoch = epochs; taken < batches; epoch++) {
    for await (const samples of trainingBatches(dataset, { batch, seed, epoch })) {
      signal?.throwIfAborted();
      const { statistics } = await run(samples, `dropout/reestimate/${taken}`);
      for (const [name, values, factor] of parts(statistics, learns)) {
        const mean = means.get(name) ?? { sum: new Float64Array(values.length), count: 0 };
        for (let i = 0; i < values.length; i++) mean.sum[i] += factor * values[i];
        mean.count++;
        means.set(name, mean);
      }
      if (means.size === 0) return false;
      if (++taken === batches) break;
    }
  }
  for (const [name, { sum, count }] of means) {
    const running = weights.get(name)!;
    for (let i = 0; i < sum.length; i++) running[i] = sum[i] / count;
  }
  return taken > 0;
}

/** What each running statistic follows: values, and what they are multiplied with. */
function* parts(
  statistics: readonly BatchStatistics[],
  learns: Learns,
): Generator<readonly [name: string, values: Float32Array, factor: number]> {
  for (const { runningMean, runningVariance, mean, variance, count } of statistics) {
    if (learns(runningMean)) yield [runningMean, mean, 1];
    // A single value has no spread from which another could be estimated.
    if (learns(runningVariance) && count > 1) {
      yield [runningVariance, variance, count / (count - 1)];
    }
  }
}
