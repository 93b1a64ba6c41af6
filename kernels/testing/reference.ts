/**
 * What ONNX Runtime makes of a model, to hold the kernels against.
 *
 * @module
 */

import { relativeError } from "../../graph/compare.ts";
import type { Model } from "../../graph/model.ts";
import { openReference } from "../../graph/reference.ts";
import { type Tensor, tensor } from "../../graph/tensor.ts";
import { randomInputs } from "../../graph/testing.ts";

/** Largest relative error in the maximum norm: float32 sums of a few thousand products. */
const TOLERANCE = 1e-5;

/**
 * Holds an output against ONNX Runtime's.
 *
 * @throws {Error} saying `message` when `output` is not what ONNX Runtime gave.
 */
export function assertAgrees(output: Float32Array, expected: Tensor, message: string): void {
  const error = relativeError(tensor(output, expected.shape), expected);
  if (!(error <= TOLERANCE)) throw new Error(`${message}: relative error ${error}`);
}

/**
 * A fixed random input of a model, with what `change` makes of it, and what ONNX Runtime makes of
 * that.
 */
export async function reference(
  model: Model,
  seed: number,
  change: (input: Float32Array) => void = () => {},
): Promise<{ input: Float32Array<ArrayBuffer>; expected: Tensor }> {
  await using session = await openReference(model);
  const inputs = randomInputs(model, seed);
  const [[, { data }]] = inputs;
  change(data);
  const outputs = await session.run(inputs);
  return { input: Float32Array.from(data), expected: outputs.get(model.outputs[0].name)! };
}
