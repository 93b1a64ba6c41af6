/**
 * From structure to weights.
 *
 * @module
 */

import { spreadGroups } from "../../graph/structure.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import { tensor, values } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * The Euclidean projection of `weight` `[M, N, K...]` onto the weights of the given structure: a
 * new tensor with zeros in the groups that are not kept.
 */
export function project(weight: Tensor, structure: WeightStructure): Tensor {
  const from = values(weight);
  const to = new Float32Array(from.length);
  spreadGroups(structure.kept, weight.shape, structure.layout, to);
  for (let i = 0; i < to.length; i++) if (to[i]) to[i] = from[i];
  return tensor(to, weight.shape);
}
