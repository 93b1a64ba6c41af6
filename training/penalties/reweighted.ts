/**
 * Reweighted group lasso.
 *
 * @module
 */

import {
  groupCount,
  liveNorms,
  type PenalisedGroups,
  pullGroups,
  pullsOn,
  settingsOf,
} from "./grouped.ts";
import type { LiveWeights, Penalty } from "./penalty.ts";
import { requireEpochs, requirePositive, storedArray } from "./state.ts";

/** Options of {@linkcode reweighted}. */
export interface ReweightedOptions {
  /** Lambda, above 0; RT3D trains with 5e-4. */
  readonly strength: number;
  /** What P is multiplied with: the norm of a group, as in the papers, or its square. @default {"norm"} */
  readonly form?: "norm" | "square";
  /** Epochs from one update of P to the next; YOLObile updates every 3 to 4. @default {4} */
  readonly every?: number;
  /**
   * Added to squared norms, above 0. A group near zero is pulled with `strength / epsilon ** 1.5`, or
   * `2 * strength / epsilon` for the square, which times the learning rate must stay below 2 or its
   * weights overshoot.
   *
   * @default what makes these pulls 1 and 2 (the public code of RT3D's authors has 1e-6 for both)
   */
  readonly epsilon?: number;
}

/**
 * The reweighted regularisation of RT3D and YOLObile:
 *
 *     lambda * sum over groups of P_g * sqrt(||W_g||^2 + epsilon),   P_g = 1 / (||W_g||^2 + epsilon)
 *
 * P is held fixed between updates, the first of which is made of the weights before the first step.
 * Small groups have a large P and are pulled to zero, large ones a small one: rates of layers emerge.
 * The gradient is `A * W` with `A = lambda P / sqrt(||W_g||^2 + epsilon)`, of the weights as they are at
 * each step. Thus RT3D has it, "the norm of P o W", and the public 2-D code of its laboratory; epsilon
 * under the root smooths the corner where a group is zero. (The 3-D code takes the norm from detached
 * values, so that the penalty there has no gradient at all.)
 *
 * The form `"square"` has the squared norm in its place, as iteratively reweighted least squares do:
 *
 *     lambda * sum over groups of P_g * ||W_g||^2,   A = 2 lambda P
 *
 * A pull that fades with the group; it needs no norms between updates. Right after one the value is
 * lambda times the number of groups, but for epsilon.
 *
 * @throws {RangeError} when an option is out of its range.
 */
export function reweighted(
  grouped: readonly PenalisedGroups[],
  {
    strength,
    form = "norm",
    every = 4,
    epsilon = form === "norm" ? strength ** (2 / 3) : strength,
  }: ReweightedOptions,
): Penalty {
  const id = "reweighted";
  requirePositive(id, "strength", strength);
  requirePositive(id, "epsilon", epsilon);
  requireEpochs(id, "every", every);
  const lambdaOf = ({ factor = 1 }: PenalisedGroups) => strength * factor;

  const pulls = pullsOn(id, grouped);
  const reciprocals = new Map<string, Float32Array>();
  /** Epoch of the last update; below 0 before the first. */
  let updated = -1;

  function take(groups: PenalisedGroups, p: Float32Array): void {
    reciprocals.set(groups.name, p);
    if (form === "square") pullGroups(pulls, groups, p.map((p) => 2 * lambdaOf(groups) * p));
  }

  function update(weights: LiveWeights): void {
    const norms = grouped.map((groups) => liveNorms(id, weights, groups));
    grouped.forEach((groups, i) =>
      take(groups, new Float32Array(norms[i].map((norm) => 1 / (norm * norm + epsilon))))
    );
  }

  /** What P of a group is multiplied with, by its norm. */
  const measure = form === "norm"
    ? (norm: number) => Math.sqrt(norm * norm + epsilon)
    : (norm: number) => norm * norm;

  return {
    id,
    settings: { form, strength, every, epsilon, ...settingsOf(grouped) },
    begin(weights, { epoch, step }) {
      // An epoch that is resumed in its middle begins twice, but is not updated twice.
      const due = epoch % every === 0 && epoch !== updated;
      if (step > 0 && updated >= 0 && !due) return;
      update(weights);
      updated = epoch;
    },
    pulls(weights) {
      if (form === "square") return pulls;
      for (const groups of grouped) {
        const p = reciprocals.get(groups.name)!, lambda = lambdaOf(groups);
        const a = liveNorms(id, weights, groups).map((norm, g) => lambda * p[g] / measure(norm));
        pullGroups(pulls, groups, a);
      }
      return pulls;
    },
    value: (weights) =>
      grouped.reduce((sum, groups) => {
        const p = reciprocals.get(groups.name)!;
        const norms = liveNorms(id, weights, groups);
        return sum + lambdaOf(groups) * norms.reduce((s, norm, g) => s + p[g] * measure(norm), 0);
      }, 0),
    save() {
      const state = new Map([...reciprocals].map(([name, p]) => [`P/${name}`, p.slice()]));
      return state.set("updated", new Float32Array([updated]));
    },
    restore(state) {
      const arrays = grouped.map((groups) =>
        storedArray(id, state, `P/${groups.name}`, groupCount(groups))
      );
      [updated] = storedArray(id, state, "updated", 1);
      grouped.forEach((groups, i) => take(groups, arrays[i]));
    },
  };
}
