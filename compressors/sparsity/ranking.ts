/**
 * The order in which a weight gives up its groups.
 *
 * @module
 */

import { groupGrid, groupSizes } from "../../graph/structure.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import type { Shape } from "../../graph/tensor.ts";
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
  /** 1 for the first `k` groups, in the layout's row-major order. */
  kept(k: number): Uint8Array;
}

/** Ranks the groups that `layout` lays over a weight of `shape` by their `scores`. */
export function rankGroups(
  shape: Shape,
  layout: GroupLayout,
  scores: Float32Array,
): GroupRanking {
  const order = rankDescending(scores);
  const reserved = moveReservedFirst(order, shape, layout);
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
    kept(k) {
      const kept = new Uint8Array(order.length);
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
  return P;
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
