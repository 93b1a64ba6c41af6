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

/** Values by the names of a network's inputs or outputs. */
export type Floats = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/**
 * Holds outputs against ONNX Runtime's.
 *
 * @throws {Error} saying `message` when `outputs` are not what ONNX Runtime gave.
 */
export function assertAgrees(
  outputs: Floats,
  expected: ReadonlyMap<string, Tensor>,
  message: string,
): void {
  for (const [name, wanted] of expected) {
    const output = outputs.get(name);
    if (!output) throw new Error(`${message}: there is no output "${name}"`);
    const error = relativeError(tensor(output, wanted.shape), wanted);
    if (!(error <= TOLERANCE)) throw new Error(`${message}: relative error ${error} of "${name}"`);
  }
}

/**
 * Fixed random inputs of a model, with what `change` makes of each, and what ONNX Runtime makes of
 * them.
 */
export async function reference(
  model: Model,
  seed: number,
  change: (input: Float32Array) => void = () => {},
): Promise<{ inputs: Floats; expected: ReadonlyMap<string, Tensor> }> {
  await using session = await openReference(model);
  const inputs = randomInputs(model, seed);
  for (const { data } of inputs.values()) change(data);
  const expected = await session.run(inputs);
  return {
    inputs: new Map([...inputs].map(([name, { data }]) => [name, Float32Array.from(data)])),
    expected,
  };
}
