/**
 * How many groups the released code of YOLObile keeps.
 *
 * @module
 */

import { groupGrid } from "../../graph/structure.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Allocator } from "../sparsity/plan.ts";
import {
  type GroupRanking,
  type GroupScore,
  type Ranker,
  rankGroups,
} from "../sparsity/ranking.ts";

/**
 * From the share of groups to remove to a number of groups:
 * - `"exact"`: as many as that share is, rounded;
 * - `"percentile"`: as the released code, which keeps what is above the percentile, interpolated
 *   linearly as numpy does it. The percentile itself goes too, so more may be removed than asked.
 */
export type RatioRule = "exact" | "percentile";

/**
 * Number of groups that are kept when the share `ratio` of them is removed, at least 1.
 *
 * @param ranking Of groups in the order of their scores.
 */
export function keptAt(ranking: GroupRanking, ratio: number, rule: RatioRule): number {
  if (rule === "exact") return keptOfDistinct(ranking.groups, ratio, rule);
  const place = (ranking.groups - 1) * ratio, below = Math.floor(place);
  const ascending = (at: number) => ranking.scoreAt(ranking.groups - 1 - at);
  const low = ascending(below), high = ascending(Math.min(below + 1, ranking.groups - 1));
  const threshold = low + (place - below) * (high - low);
  let kept = 0, end = ranking.groups;
  while (kept < end) {
    const middle = (kept + end) >>> 1;
    if (ranking.scoreAt(middle) > threshold) kept = middle + 1;
    else end = middle;
  }
  return Math.max(1, kept);
}

/** {@link keptAt} of groups of which no two score the same, so that it is known before any score. */
export function keptOfDistinct(groups: number, ratio: number, rule: RatioRule): number {
  const kept = rule === "exact"
    ? Math.round((1 - ratio) * groups)
    : groups - 1 - Math.floor((groups - 1) * ratio);
  return Math.max(1, kept);
}

/**
 * Ranks groups by their scores alone: blocks of filters may lose all their groups, as they do in the
 * released code. A layer keeps one group, or what is left at its ratio.
 *
 * @param ratios The share to remove of each layer, by name. @default free to be shared
 */
export function rankByScoreAlone(
  score: GroupScore,
  rule: RatioRule,
  ratios?: ReadonlyMap<string, number>,
): Ranker {
  return {
    least(shape, layout, { name }) {
      const { groups } = groupGrid(shape, layout);
      const kept = ratios ? keptOfDistinct(groups, ratios.get(name)!, rule) : 1;
      return Math.min(sizeOf(shape), kept * groupSize(shape, layout));
    },
    rank: (weight, layout, layer) =>
      rankGroups(weight.shape, layout, score(weight, layout, layer), { reserve: false }),
  };
}

/** Gives each layer what is left at its ratio, whatever the budget: that has been checked before. */
export function byRatios(ratios: ReadonlyMap<string, number>, rule: RatioRule): Allocator {
  return (shares) =>
    shares.map(({ node, ranking }) => keptAt(ranking, ratios.get(node.name)!, rule));
}

/** Removes the smallest common share that fits the budget, times the severity of each layer. */
export function byCommonRatio(rule: RatioRule): Allocator {
  return (shares, budget) => {
    const at = (ratio: number) =>
      shares.map(({ ranking, severity = 1 }) =>
        keptAt(ranking, Math.min(1, severity * ratio), rule)
      );
    const cost = (counts: readonly number[]) =>
      shares.reduce(
        (sum, { ranking, costPerWeight }, i) => sum + costPerWeight * ranking.weights(counts[i]),
        0,
      );
    let low = 0, high = 1;
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (cost(at(middle)) <= budget) high = middle;
      else low = middle;
    }
    return at(high);
  };
}

/** Weights in a group that lies within the weight. */
function groupSize([M, N, ...kernel]: Shape, { filters, channels, positions }: GroupLayout) {
  const taps = positions === "all" ? sizeOf(kernel) : 1;
  return Math.min(filters, M) * Math.min(channels, N) * taps;
}
