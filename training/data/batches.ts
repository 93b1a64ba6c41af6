/**
 * From samples to batches: in which order, augmented how, and what happens to the last ones.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import { sizeOf, type Tensor, tensor } from "../../graph/tensor.ts";
import type { Dataset, LoadSampleOptions } from "./dataset.ts";

/** What a network is fed with in one run. */
export interface Batch<Label> {
  /** `[batch, ...sampleShape]`; only valid until the next batch is asked for. */
  readonly input: Tensor;
  /** One for each sample; what the input has beyond them is padding. */
  readonly labels: readonly Label[];
}

/** Options of {@linkcode trainingBatches}. */
export interface TrainingBatchesOptions {
  /** Samples of a batch. */
  readonly batch: number;
  /** Seed of order and augmentation. */
  readonly seed: number;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Batches of the epoch that are left out, as they were had before. @default {0} */
  readonly skip?: number;
}

/** Options of {@linkcode evaluationBatches}. */
export interface EvaluationBatchesOptions {
  /** Samples of a batch. */
  readonly batch: number;
  /** Ends the loading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Batches of one epoch over a dataset: all of the same size, so the samples that are left over are not
 * seen in this epoch.
 *
 * @throws {RangeError} when the batch is not a positive integer or the dataset is smaller.
 */
export function batchesPerEpoch({ name, size }: Dataset<unknown>, batch: number): number {
  if (!(Number.isSafeInteger(batch) && batch >= 1 && batch <= size)) {
    throw new RangeError(
      `Cannot train with dataset "${name}" as a batch must have 1 to ${size} samples, all that ` +
        `there are: current value is ${batch}`,
    );
  }
  return Math.floor(size / batch);
}

/**
 * The batches of one epoch, shuffled and augmented. Which samples they have depends on seed and epoch
 * alone, and how one is augmented on seed, epoch and its index: a batch is the same whichever
 * were loaded before it.
 */
export async function* trainingBatches<Label>(
  dataset: Dataset<Label>,
  { batch, seed, epoch, skip = 0 }: TrainingBatchesOptions,
): AsyncGenerator<Batch<Label>> {
  const count = batchesPerEpoch(dataset, batch);
  const order = Uint32Array.from({ length: dataset.size }, (_, i) => i);
  new Random(seed, `order/${epoch}`).shuffle(order);
  const load = loader(dataset, batch);
  for (let i = skip; i < count; i++) {
    yield await load(order.subarray(i * batch, (i + 1) * batch), (index) => ({
      random: new Random(seed, `augment/${epoch}/${index}`),
    }));
  }
}

/**
 * All samples once, in order and not augmented. Where they do not fill the last batch, its last sample
 * is repeated.
 */
export async function* evaluationBatches<Label>(
  dataset: Dataset<Label>,
  { batch, signal }: EvaluationBatchesOptions,
): AsyncGenerator<Batch<Label>> {
  const load = loader(dataset, batch);
  for (let first = 0; first < dataset.size; first += batch) {
    const length = Math.min(batch, dataset.size - first);
    yield await load(Uint32Array.from({ length }, (_, i) => first + i), () => ({ signal }));
  }
}

/** Loads samples into one array, over and over; the last one fills up what is left of it. */
function loader<Label>(dataset: Dataset<Label>, batch: number) {
  const { name, sampleShape } = dataset;
  const size = sizeOf(sampleShape);
  const values = new Float32Array(batch * size);
  const input = tensor(values, [batch, ...sampleShape]);
  return async (
    indices: Uint32Array,
    optionsOf: (index: number) => LoadSampleOptions,
  ): Promise<Batch<Label>> => {
    const labels: Label[] = [];
    for (const [at, index] of indices.entries()) {
      const sample = await dataset.load(index, optionsOf(index));
      if (sample.values.length !== size) {
        throw new RangeError(
          `Cannot load sample ${index} of dataset "${name}" as it must have ${size} values, ` +
            `shape [${sampleShape}]: current value is ${sample.values.length} values`,
        );
      }
      values.set(sample.values, at * size);
      labels.push(sample.label);
    }
    for (let at = indices.length; at < batch; at++) {
      values.copyWithin(at * size, (indices.length - 1) * size, indices.length * size);
    }
    return { input, labels };
  };
}
