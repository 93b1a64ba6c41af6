/**
 * Weights whose groups are pulled to zero together.
 *
 * @module
 */

import { groupNorms } from "../../graph/group_norms.ts";
import { groupGrid, groupSizes, spreadGroups } from "../../graph/structure.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import { sizeOf, tensor } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import { elementsInGroups, type JointGroups, jointNorms, spreadJoint } from "./joint.ts";
import type { LiveWeights } from "./penalty.ts";
import { liveWeight, requirePositive } from "./state.ts";

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

/** Groups that a penalty is on: within one weight, or over several. No weight is in two of them. */
export type PenalisedGroups = GroupedWeight | JointGroups;

/** How many groups there are. */
export function groupCount(groups: PenalisedGroups): number {
  return "parts" in groups ? groups.count : groupGrid(groups.shape, groups.layout).groups;
}

/**
 * What groups have of what whole weights have, by their share of the elements.
 *
 * @param whole What a weight has, by its name and number of elements. @default its elements
 */
export function groupShares(
  groups: PenalisedGroups,
  whole: (weight: string, elements: number) => number = (_, elements) => elements,
): Float64Array {
  const shares = new Float64Array(groupCount(groups));
  const add = (name: string, shape: Shape, elements: ArrayLike<number>) => {
    const size = sizeOf(shape), all = whole(name, size);
    for (let g = 0; g < shares.length; g++) shares[g] += all * elements[g] / size;
  };
  if ("parts" in groups) {
    for (const part of groups.parts) {
      add(part.name, part.shape, elementsInGroups(part, groups.count));
    }
  } else add(groups.name, groups.shape, groupSizes(groups.shape, groups.layout));
  return shares;
}

/**
 * L2 norms of groups, in double precision.
 *
 * @throws {RangeError} when a weight is missing or has another size.
 */
export function liveNorms(
  penalty: string,
  weights: LiveWeights,
  groups: PenalisedGroups,
): Float64Array {
  if ("parts" in groups) return jointNorms(penalty, weights, groups);
  const { name, shape, layout } = groups;
  return groupNorms(tensor(liveWeight(penalty, weights, name, sizeOf(shape)), shape), layout, "l2");
}

/** How strongly each element of the weights of groups is pulled, by name of the weight. */
export type GroupPulls = ReadonlyMap<string, { readonly strength: Float32Array }>;

/**
 * Pulls of strength 0 on all weights of `grouped`.
 *
 * @throws {RangeError} when a factor is not above 0.
 */
export function pullsOn(penalty: string, grouped: readonly PenalisedGroups[]): GroupPulls {
  const pulls = new Map<string, { strength: Float32Array }>();
  for (const groups of grouped) {
    requirePositive(penalty, `factor of ${groups.name}`, groups.factor ?? 1);
    for (const { name, shape } of "parts" in groups ? groups.parts : [groups]) {
      if (!pulls.has(name)) pulls.set(name, { strength: new Float32Array(sizeOf(shape)) });
    }
  }
  return pulls;
}

/** Pulls all elements of each group with its strength in `values`. */
export function pullGroups(
  pulls: GroupPulls,
  groups: PenalisedGroups,
  values: ArrayLike<number>,
): void {
  if ("parts" in groups) {
    for (const part of groups.parts) spreadJoint(values, part, pulls.get(part.name)!.strength);
  } else {
    spreadGroups(values, groups.shape, groups.layout, pulls.get(groups.name)!.strength);
  }
}

/**
 * The same groups with factors by which a layer is pushed harder the more it costs: its share of all
 * MACs by the inverse of its share of all groups, so that the mean over groups is 1. (RT3D weighs its
 * global penalty by FLOPs without saying how.)
 *
 * @param macs MACs of the layer of each weight, by name of the weight; of joint groups those of all
 *   their weights count.
 * @throws {RangeError} when groups have none.
 */
export function weighByMacs(
  grouped: readonly PenalisedGroups[],
  macs: ReadonlyMap<string, number>,
): PenalisedGroups[] {
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
  const counted = grouped.map((groups) => {
    const cost = sum(groupShares(groups, (name) => macs.get(name) ?? 0));
    if (!(cost > 0 && cost < Infinity)) {
      throw new RangeError(
        `Cannot weigh "${groups.name}" as its MACs must be above 0: current value is ${cost}`,
      );
    }
    return { groups, cost, count: groupCount(groups) };
  });
  const allMacs = sum(counted.map(({ cost }) => cost));
  const allGroups = sum(counted.map(({ count }) => count));
  return counted.map(({ groups, cost, count }) => ({
    ...groups,
    factor: (cost / allMacs) * (allGroups / count),
  }));
}

/** What a penalty tells of the groups that it is on. */
export function settingsOf(grouped: readonly PenalisedGroups[]): Readonly<Record<string, unknown>> {
  return {
    weights: grouped.map((groups) => {
      const { name, factor = 1 } = groups;
      if (!("parts" in groups)) return { name, layout: groups.layout, factor };
      const parts = groups.parts.map(({ name, axis }) => ({ name, axis }));
      return { name, groups: groups.count, parts, factor };
    }),
  };
}
