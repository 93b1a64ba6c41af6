/**
 * Weights whose groups are pulled to zero together.
 *
 * @module
 */

import { groupNorms } from "../../graph/group_norms.ts";
import { groupGrid } from "../../graph/structure.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import { sizeOf, tensor } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { LiveWeights } from "./penalty.ts";
import { liveWeight } from "./state.ts";

/** A weight and the groups that it is cut into. */
export interface GroupedWeight {
  /** Name of the weight in the model. */
  readonly name: string;
  /** `[M, N, K...]`. */
  readonly shape: Shape;
  /** Which of its weights are removed together. */
  readonly layout: GroupLayout;
  /** What the penalty's strength is multiplied with for this weight, above 0. @default {1} */
  readonly factor?: number;
}

/**
 * L2 norms of the groups of a weight, in double precision.
 *
 * @throws {RangeError} when the weight is missing or has another size.
 */
export function liveNorms(
  penalty: string,
  weights: LiveWeights,
  { name, shape, layout }: GroupedWeight,
): Float64Array {
  const array = liveWeight(penalty, weights, name, sizeOf(shape));
  return groupNorms(tensor(array, shape), layout, "l2");
}

/**
 * The same weights with factors by which a layer is pushed harder the more it costs: its share of
 * all MACs by the inverse of its share of all groups, so that the mean over groups is 1. (RT3D
 * weighs its global penalty by FLOPs without saying how.)
 *
 * @param macs MACs of the layer of each weight, by name of the weight, above 0.
 * @throws {RangeError} when a weight has none.
 */
export function weighByMacs(
  weights: readonly GroupedWeight[],
  macs: ReadonlyMap<string, number>,
): GroupedWeight[] {
  const counted = weights.map((weight) => {
    const cost = macs.get(weight.name) ?? 0;
    if (!(cost > 0 && cost < Infinity)) {
      throw new RangeError(
        `Cannot weigh "${weight.name}" as its MACs must be above 0: current value is ${cost}`,
      );
    }
    return { weight, cost, groups: groupGrid(weight.shape, weight.layout).groups };
  });
  const allMacs = counted.reduce((sum, { cost }) => sum + cost, 0);
  const allGroups = counted.reduce((sum, { groups }) => sum + groups, 0);
  return counted.map(({ weight, cost, groups }) => ({
    ...weight,
    factor: (cost / allMacs) * (allGroups / groups),
  }));
}

/** What a penalty tells of the weights that it is on. */
export function settingsOf(grouped: readonly GroupedWeight[]): Readonly<Record<string, unknown>> {
  return { weights: grouped.map(({ name, layout, factor = 1 }) => ({ name, layout, factor })) };
}
