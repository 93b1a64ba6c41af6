/**
 * Batches for tests.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { relativeError } from "../compare.ts";
import type { Model } from "../model.ts";
import { openReference } from "../reference.ts";
import { withBatch } from "../rewrites/rebatch.ts";
import { type Tensor, tensor, values } from "../tensor.ts";
import { randomInputs } from "../testing.ts";

/** Tensors one behind the other along their first axis. */
function stacked(parts: readonly Tensor[]): Tensor {
  const [{ shape }] = parts;
  const size = parts[0].size;
  const all = new Float32Array(size * parts.length);
  parts.forEach((part, i) => all.set(values(part), i * size));
  return tensor(all, shape.with(0, shape[0] * parts.length));
}

/**
 * Requires that a model, given a batch of so many, computes for each image what it computes for that
 * image alone, by ONNX Runtime and up to rounding. Outputs that no input reaches stay as they are.
 *
 * @param model Its batch is 1.
 */
export async function assertSameAlone(model: Model, batch: number): Promise<void> {
  const images = Array.from({ length: batch }, (_, i) => randomInputs(model, i + 1));
  const names = model.inputs.map(({ name }) => name);
  const all = new Map(
    names.map((name) => [name, stacked(images.map((image) => image.get(name)!))]),
  );
  await using single = await openReference(model);
  await using whole = await openReference(withBatch(model, batch));
  const alone = [];
  for (const image of images) alone.push(await single.run(image));
  const together = await whole.run(all);
  for (const { name, shape } of model.outputs) {
    const [first, ...others] = alone.map((outputs) => outputs.get(name)!);
    const output = together.get(name)!;
    if (`${output.shape}` === `${shape}`) {
      for (const other of others) assertEquals(values(other), values(first), name);
      assertLess(relativeError(output, first), 2e-6, name);
    } else assertLess(relativeError(output, stacked([first, ...others])), 1e-5, name);
  }
}
