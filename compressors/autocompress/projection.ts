/**
 * What ADMM draws weights to: those of which the chosen action leaves nothing are zero.
 *
 * @module
 */

import { learnedInputs } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Projection } from "../../training/penalties/admm.ts";
import { topK } from "../sparsity/topk.ts";
import type { Hybrid } from "./hybrid.ts";
import type { HybridSpace } from "./space.ts";

/** The learnt weights of which a choice leaves less than all, in the order of the model. */
export function constrainedWeights(model: Model, space: HybridSpace, choice: Hybrid): string[] {
  const learnt = new Set(model.nodes.flatMap(learnedInputs));
  const { weights } = space.plan.channels;
  return [...model.weights.keys()].filter((name) =>
    learnt.has(name) && (choice.chosen.has(name) ||
      weights.get(name)?.some((bundles) => bundles?.some((bundle) => !choice.kept[bundle])))
  );
}

/**
 * The projection onto weights with the filters of a choice, and as many columns as it keeps of each
 * weight: filters first, then the columns with the largest norm over those that are left. Filters are
 * those of the choice, as several layers must agree on them; which columns, is chosen anew each time.
 * Scales, shifts and biases of removed filters become zero with them: a batch normalization would
 * make up for filters that shrink.
 */
export function hybridProjection(
  model: Model,
  { structure, plan: { channels } }: HybridSpace,
  { kept, chosen }: Hybrid,
): Projection {
  return (name, values) => {
    const z = values.slice();
    const { shape } = model.weights.get(name)!;
    channels.weights.get(name)?.forEach((bundles, axis) => {
      if (bundles) clear(z, shape, axis, (at) => !kept[bundles[at]]);
    });
    const count = chosen.get(name)?.reduce((sum, bit) => sum + bit, 0);
    if (count === undefined) return z;
    const columns = structure === "non-structured" ? z.length : z.length / shape[0];
    const best = topK(norms(z, columns), count);
    for (let i = 0; i < z.length; i++) if (!best[i % columns]) z[i] = 0;
    return z;
  };
}

/** Sets a tensor to zero at positions along one axis. */
function clear(
  data: Float32Array,
  shape: Shape,
  axis: number,
  gone: (at: number) => boolean,
): void {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  for (let start = 0, at = 0; start < data.length; start += inner, at = (at + 1) % shape[axis]) {
    if (gone(at)) data.fill(0, start, start + inner);
  }
}

/** Norms of the columns of a row-major matrix. */
function norms(data: Float32Array, columns: number): Float32Array {
  const squares = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) squares[i % columns] += data[i] * data[i];
  return Float32Array.from(squares, Math.sqrt);
}
