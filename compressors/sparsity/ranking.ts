/**
 * The order in which a weight gives up its groups.
 *
 * @module
 */

import { groupGrid, groupSizes } from "../../graph/structure.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import { rankDescending } from "./topk.ts";

/**
 * The groups of one weight in the order in which they are kept: first the reserved ones (the best
 * group of every block of filters, so that pruning never leaves a dead filter), then by score
 * descending, index ascending. Whatever count is kept is a prefix of this order.
 */
export interface GroupRanking {
  /** Number of groups. */
  readonly groups: number;
  /** Number of reserved groups: the fewest that can be kept. */
  readonly reserved: number;
  /** Number of weights in the first `k` groups. */
  weights(k: number): number;
  /** Number of groups kept when every group that scores at least `threshold` is kept. */
  countAtLeast(threshold: number): number;
  /** Score of the group at a place in this order, from 0. */
  scoreAt(place: number): number;
  /** 1 for the first `k` groups, in the layout's row-major order. */
  kept(k: number): Uint8Array;
}

/** Decides which groups of a layer are kept first. */
export interface Ranker {
  /** The fewest weights that a weight of `shape` keeps: an upper bound, from shapes alone. */
  least(shape: Shape, layout: GroupLayout, layer: WeightedNode): number;
  /** The groups of a layer in the order in which they are kept. */
  rank(weight: Tensor, layout: GroupLayout, layer: WeightedNode): GroupRanking;
}

/** Scores of the groups of one layer: higher is kept longer. */
export type GroupScore = (
  weight: Tensor,
  layout: GroupLayout,
  layer: WeightedNode,
) => Float32Array;

/** Ranks groups by a score; every block of filters keeps its best one. */
export function rankBy(score: GroupScore): Ranker {
  return {
    least: reservedWeights,
    rank: (weight, layout, layer) => rankGroups(weight.shape, layout, score(weight, layout, layer)),
  };
}

/** Options of {@link rankGroups}. */
export interface RankGroupsOptions {
  /**
   * Whether the best group of every block of filters is reserved; else only the best of all, as in
   * the released code of YOLObile.
   *
   * @default {true}
   */
  readonly reserve?: boolean;
  /** 1 for groups that may be kept; others are not in the order. @default all */
  readonly available?: Uint8Array;
  /**
   * Whether all blocks of kernels keep as many groups, but for one: each its best one first, then each
   * its second best.
   *
   * @default {false}
   */
  readonly balanced?: boolean;
}

/** Ranks the groups that `layout` lays over a weight of `shape` by their `scores`. */
export function rankGroups(
  shape: Shape,
  layout: GroupLayout,
  scores: Float32Array,
  { reserve = true, available, balanced = false }: RankGroupsOptions = {},
): GroupRanking {
  const ranked = rankDescending(scores);
  const left = available ? ranked.filter((group) => available[group]) : ranked;
  const order = balanced ? inTurns(left, shape, layout) : left;
  const reserved = reserve ? moveReservedFirst(order, shape, layout) : 1;
  const weights = weightsOfPrefixes(order, shape, layout);
  return {
    groups: order.length,
    reserved,
    weights,
    countAtLeast(threshold) {
      let low = reserved, high = order.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (scores[order[middle]] >= threshold) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    scoreAt: (place) => scores[order[place]],
    kept(k) {
      const kept = new Uint8Array(scores.length);
      for (const group of order.subarray(0, k)) kept[group] = 1;
      return kept;
    },
  };
}

/**
 * Upper bound of the weights in the reserved groups of a weight of `shape`, from shapes alone;
 * exact when the blocks divide the shape.
 */
export function reservedWeights(shape: Shape, layout: GroupLayout): number {
  const { M, N, S, positions } = groupGrid(shape, layout);
  const columns = Math.min(layout.channels, N) * (S / positions);
  return oneGroupPerBlockRow(shape, layout) ? Math.min(layout.filters, M) * columns : M * columns;
}

/** Then to prune a group is to remove filters, and only one group in all is reserved. */
function oneGroupPerBlockRow(shape: Shape, layout: GroupLayout): boolean {
  const { Q, positions } = groupGrid(shape, layout);
  return Q * positions === 1;
}

/** Stable partition of `order` in place; returns the number of reserved groups. */
function moveReservedFirst(order: Uint32Array, shape: Shape, layout: GroupLayout): number {
  if (oneGroupPerBlockRow(shape, layout)) return 1;
  const { P, Q, positions } = groupGrid(shape, layout);
  const best = new Int32Array(P).fill(-1);
  const reserved: number[] = [];
  for (let i = 0; i < order.length && reserved.length < P; i++) {
    const p = Math.floor(order[i] / (Q * positions));
    if (best[p] < 0) {
      best[p] = order[i];
      reserved.push(order[i]);
    }
  }
  let to = order.length;
  for (let i = order.length - 1; i >= 0; i--) {
    const group = order[i];
    if (best[Math.floor(group / (Q * positions))] !== group) order[--to] = group;
  }
  order.set(reserved);
  return reserved.length;
}

/** The same groups, the best of each block of kernels first, then the second best of each. */
function inTurns(order: Uint32Array, shape: Shape, layout: GroupLayout): Uint32Array {
  const { P, Q, positions } = groupGrid(shape, layout);
  const seen = new Uint32Array(P * Q);
  const turns: number[][] = Array.from({ length: positions }, () => []);
  for (const group of order) turns[seen[Math.floor(group / positions)]++].push(group);
  return Uint32Array.from(turns.flat());
}

function weightsOfPrefixes(
  order: Uint32Array,
  shape: Shape,
  layout: GroupLayout,
): (k: number) => number {
  const { M, N, S, positions } = groupGrid(shape, layout);
  if (M % layout.filters === 0 && N % layout.channels === 0) {
    const size = layout.filters * layout.channels * (S / positions);
    return (k) => k * size;
  }
  const sizes = groupSizes(shape, layout);
  const prefix = new Float64Array(order.length + 1);
  for (let i = 0; i < order.length; i++) prefix[i + 1] = prefix[i] + sizes[order[i]];
  return (k) => prefix[k];
}
