/**
 * Importance of the groups of a weight, from magnitudes alone.
 *
 * @module
 */

import { groupNorms } from "../../graph/group_norms.ts";
import type { GroupNormsOptions, Norm } from "../../graph/group_norms.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * Scores of the groups that `layout` lays over `weight` `[M, N, K...]`: their norms, `[P, Q,
 * positions]` row-major, rounded to float32.
 *
 * @throws {RangeError} when a score is not finite, as a weight is NaN or infinite.
 */
export function groupScores(
  weight: Tensor,
  layout: GroupLayout,
  norm: Norm,
  options: GroupNormsOptions = {},
): Float32Array {
  const scores = new Float32Array(groupNorms(weight, layout, norm, options));
  if (!scores.every(Number.isFinite)) {
    throw new RangeError(`Cannot score groups as every weight must be a finite number`);
  }
  return scores;
}
