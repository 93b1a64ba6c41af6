/**
 * Reweighted group lasso.
 *
 * @module
 */

import { groupGrid, spreadGroups } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { type GroupedWeight, liveNorms, settingsOf } from "./grouped.ts";
import type { LiveWeights, Penalty } from "./penalty.ts";
import { requireEpochs, requirePositive, storedArray } from "./state.ts";

/** Options of {@linkcode reweighted}. */
export interface ReweightedOptions {
  /** Lambda, above 0; RT3D trains with 5e-4. */
  readonly strength: number;
  /** Epochs from one update of P to the next; YOLObile updates every 3 to 4. @default {4} */
  readonly every?: number;
  /**
   * Added to the squared norm, above 0. A group near zero is pulled with `2 * strength / epsilon`,
   * which times the learning rate must stay below 2 or its weights overshoot.
   *
   * @default the strength, so that no pull is above 2 (the public code of RT3D's authors has 1e-6 for
   * both)
   */
  readonly epsilon?: number;
}

/**
 * The reweighted regularisation of RT3D and YOLObile:
 *
 *     lambda * sum over groups of P_g * ||W_g||^2,   P_g = 1 / (||W_g||^2 + epsilon)
 *
 * P is held fixed between updates, the first of which is made of the weights before the first step.
 * Small groups have a large P and are pulled to zero, large ones a small one: rates of layers emerge.
 * The gradient is `A * W` with `A = 2 lambda P`; right after an update the value is lambda times the
 * number of groups, but for epsilon.
 *
 * @throws {RangeError} when an option is out of its range.
 */
export function reweighted(
  grouped: readonly GroupedWeight[],
  { strength, every = 4, epsilon = strength }: ReweightedOptions,
): Penalty {
  const id = "reweighted";
  requirePositive(id, "strength", strength);
  requirePositive(id, "epsilon", epsilon);
  requireEpochs(id, "every", every);
  for (const { name, factor = 1 } of grouped) requirePositive(id, `factor of ${name}`, factor);
  const lambdaOf = (weight: GroupedWeight) => strength * (weight.factor ?? 1);

  const reciprocals = new Map<string, Float32Array>();
  const pulls = new Map<string, { strength: Float32Array }>();
  /** Epoch of the last update; below 0 before the first. */
  let updated = -1;

  function take(weight: GroupedWeight, p: Float32Array): void {
    const { name, shape, layout } = weight;
    const a = p.map((p) => 2 * lambdaOf(weight) * p);
    const array = pulls.get(name)?.strength ?? new Float32Array(sizeOf(shape));
    reciprocals.set(name, p);
    pulls.set(name, { strength: spreadGroups(a, shape, layout, array) });
  }

  function update(weights: LiveWeights): void {
    const norms = grouped.map((weight) => liveNorms(id, weights, weight));
    grouped.forEach((weight, i) =>
      take(weight, new Float32Array(norms[i].map((norm) => 1 / (norm * norm + epsilon))))
    );
  }

  return {
    id,
    settings: { strength, every, epsilon, ...settingsOf(grouped) },
    begin(weights, { epoch, step }) {
      // An epoch that is resumed in its middle begins twice, but is not updated twice.
      const due = epoch % every === 0 && epoch !== updated;
      if (step > 0 && updated >= 0 && !due) return;
      update(weights);
      updated = epoch;
    },
    pulls: () => pulls,
    value: (weights) =>
      grouped.reduce((sum, weight) => {
        const p = reciprocals.get(weight.name)!;
        const norms = liveNorms(id, weights, weight);
        return sum + lambdaOf(weight) * norms.reduce((s, norm, g) => s + p[g] * norm * norm, 0);
      }, 0),
    save() {
      const state = new Map([...reciprocals].map(([name, p]) => [`P/${name}`, p.slice()]));
      return state.set("updated", new Float32Array([updated]));
    },
    restore(state) {
      const arrays = grouped.map(({ name, shape, layout }) =>
        storedArray(id, state, `P/${name}`, groupGrid(shape, layout).groups)
      );
      [updated] = storedArray(id, state, "updated", 1);
      grouped.forEach((weight, i) => take(weight, arrays[i]));
    },
  };
}
