/**
 * How good a network is.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { encodeOnnx } from "../graph/onnx/write.ts";
import { openReference } from "../graph/reference.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import type { RuntimeOptions } from "../graph/runtime.ts";
import { evaluationBatches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { expectSamples } from "./expect_samples.ts";
import type { Metric } from "./metrics/metric.ts";

/** Options of {@linkcode evaluate}. */
export interface EvaluationOptions extends RuntimeOptions {
  /** Samples of a run. @default the batch that the model has */
  readonly batch?: number;
  /** Ends the evaluation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  onProgress?(done: number, total: number): void;
}

/**
 * Judges a network by all samples of a dataset, without augmentation, in ONNX Runtime.
 *
 * @returns Values of the metric by name.
 * @throws {RangeError} when the network does not read samples of that shape, or cannot have that
 *   batch.
 */
export async function evaluate<Label>(
  model: Model,
  dataset: Dataset<Label>,
  metric: Metric<Label>,
  options: EvaluationOptions = {},
): Promise<Readonly<Record<string, number>>> {
  const { batch = model.inputs[0]?.shape[0], signal, onProgress } = options;
  const input = expectSamples(model, dataset);
  // As a file, whose weights ONNX Runtime folds and packs once.
  const file = encodeOnnx(withBatch(model, batch));
  await using session = await openReference(file, options);
  const state = metric.start();
  let done = 0;
  for await (const { input: samples, labels } of evaluationBatches(dataset, { batch, signal })) {
    signal?.throwIfAborted();
    state.add(await session.run(new Map([[input, samples]])), labels);
    done += labels.length;
    onProgress?.(done, dataset.size);
  }
  return state.result();
}
