/**
 * Group lasso with fixed weights.
 *
 * @module
 */

import { liveNorms, type PenalisedGroups, pullGroups, pullsOn, settingsOf } from "./grouped.ts";
import type { Penalty } from "./penalty.ts";
import { requirePositive } from "./state.ts";

/** Options of {@linkcode groupLasso}. */
export interface GroupLassoOptions {
  /** Lambda, above 0. */
  readonly strength: number;
  /**
   * Norm below which a group is no longer pulled at full strength, above 0: without it the gradient
   * jumps where a group is zero. Steps of `rate * lambda` must not be far longer, or groups rattle
   * about zero; they never leave it by more than such a step.
   *
   * @default {1e-4}
   */
  readonly epsilon?: number;
}

/**
 * The fixed regularisation of RT3D (section "Pruning algorithms", second kind):
 *
 *     lambda * sum over groups of sqrt(||W_g||^2 + epsilon^2)
 *
 * Its gradient is `A * W` with `A = lambda / sqrt(||W_g||^2 + epsilon^2)`, of the weights as they are
 * at each step. (The public training code of the authors takes the norm from detached values, so
 * that the penalty there has no gradient at all.)
 *
 * @throws {RangeError} when an option is not above 0.
 */
export function groupLasso(
  grouped: readonly PenalisedGroups[],
  { strength, epsilon = 1e-4 }: GroupLassoOptions,
): Penalty {
  const id = "group-lasso";
  requirePositive(id, "strength", strength);
  requirePositive(id, "epsilon", epsilon);
  const pulls = pullsOn(id, grouped);
  return {
    id,
    settings: { strength, epsilon, ...settingsOf(grouped) },
    begin(weights) {
      for (const groups of grouped) liveNorms(id, weights, groups);
    },
    pulls(weights) {
      for (const groups of grouped) {
        const lambda = strength * (groups.factor ?? 1);
        const a = liveNorms(id, weights, groups)
          .map((norm) => lambda / Math.sqrt(norm * norm + epsilon * epsilon));
        pullGroups(pulls, groups, a);
      }
      return pulls;
    },
    value: (weights) =>
      grouped.reduce((sum, groups) => {
        const norms = liveNorms(id, weights, groups);
        const length = norms.reduce((sum, norm) => sum + Math.sqrt(norm * norm + epsilon ** 2), 0);
        return sum + strength * (groups.factor ?? 1) * length;
      }, 0),
    save: () => new Map(),
    restore() {},
  };
}
