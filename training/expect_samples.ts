/**
 * Whether a network and a dataset fit.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { Dataset } from "./data/dataset.ts";

/**
 * Checks that a network has one input, and that it reads samples of a dataset.
 *
 * @returns The name of the input.
 * @throws {RangeError} with both shapes.
 */
export function expectSamples(model: Model, dataset: Dataset<unknown>): string {
  const [input, ...others] = model.inputs;
  const sample = input?.shape.slice(1);
  if (others.length > 0 || `${sample}` !== `${dataset.sampleShape}`) {
    const current = model.inputs.map(({ name, shape }) => `"${name}" [${shape}]`).join(", ");
    throw new RangeError(
      `Cannot feed model "${model.name}" from dataset "${dataset.name}" as it must have one input, ` +
        `[batch,${dataset.sampleShape}]: current value is ${current}`,
    );
  }
  return input.name;
}
