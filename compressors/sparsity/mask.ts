/**
 * From structure to weights.
 *
 * @module
 */

import { groupGrid } from "../../graph/structure.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import { tensor, values } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * The Euclidean projection of `weight` `[M, N, K...]` onto the weights of the given structure: a
 * new tensor with zeros in the groups that are not kept.
 */
export function project(weight: Tensor, structure: WeightStructure): Tensor {
  const { layout, kept } = structure;
  const { M, N, S, Q, positions } = groupGrid(weight.shape, layout);
  const stride = positions === 1 ? 0 : 1;
  const from = values(weight);
  const to = new Float32Array(from.length);
  for (let m = 0, i = 0; m < M; m++) {
    const block = Math.floor(m / layout.filters) * Q;
    for (let n = 0; n < N; n++) {
      const g = (block + Math.floor(n / layout.channels)) * positions;
      for (let s = 0; s < S; s++, i++) if (kept[g + s * stride]) to[i] = from[i];
    }
  }
  return tensor(to, weight.shape);
}
