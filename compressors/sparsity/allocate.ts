/**
 * Shares a whole-model budget among the layers.
 *
 * @module
 */

import type { GroupRanking } from "./ranking.ts";

/**
 * How a budget is shared:
 * - `"uniform"`: every layer keeps the same fraction of its groups; for one-shot pruning, where
 *   the weights of different layers have different scales;
 * - `"global"`: one threshold on the size-normalised scores of all layers, so that the fractions
 *   emerge (as reweighted training wants it).
 */
export type Allocation = "uniform" | "global";

/** One layer that takes part. */
export interface Share {
  /** Its groups in the order in which they are kept. */
  readonly ranking: GroupRanking;
  /** Cost of one kept weight: its MACs (output positions), or 1 when parameters are counted. */
  readonly costPerWeight: number;
  /**
   * What the share of groups that it loses is multiplied with under `"uniform"`, above 0.
   *
   * @default {1}
   */
  readonly severity?: number;
}

const costOf = ({ ranking, costPerWeight }: Share, k: number) => costPerWeight * ranking.weights(k);

/**
 * Numbers of groups that the layers keep: at least the reserved ones of each, and as many as fit
 * into `budget`. What is left of the budget is smaller than the next group of every layer that
 * still has one.
 *
 * @param budget In the unit of the costs, at least the cost of all reserved groups.
 */
export function allocate(shares: readonly Share[], budget: number, mode: Allocation): number[] {
  return fill(
    shares,
    mode === "uniform" ? byFraction(shares, budget) : byThreshold(shares, budget),
    budget,
  );
}

const total = (shares: readonly Share[], counts: readonly number[]) =>
  shares.reduce((sum, share, i) => sum + costOf(share, counts[i]), 0);

/** The largest common fraction that fits, where severities do not tell layers apart. */
function byFraction(shares: readonly Share[], budget: number): number[] {
  const at = (fraction: number) =>
    shares.map(({ ranking, severity = 1 }) => {
      const own = severity === 1 ? fraction : Math.max(0, 1 - severity * (1 - fraction));
      return Math.max(ranking.reserved, Math.floor(own * ranking.groups + 1e-9));
    });
  if (total(shares, at(1)) <= budget) return at(1);
  let low = 0, high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (total(shares, at(middle)) <= budget) low = middle;
    else high = middle;
  }
  return at(low);
}

/** The smallest common threshold that fits, found exactly: bisection on the bits of the floats. */
function byThreshold(shares: readonly Share[], budget: number): number[] {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const at = (threshold: number) => {
    bits[0] = threshold;
    return shares.map(({ ranking }) => ranking.countAtLeast(float[0]));
  };
  let low = 0, high = 0x7f800000; // bits of 0, which keeps everything, and of infinity
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (total(shares, at(middle)) <= budget) high = middle;
    else low = middle + 1;
  }
  return at(low);
}

/** Spends what is left, layers with the costliest groups first. */
function fill(shares: readonly Share[], counts: number[], budget: number): number[] {
  let left = budget - total(shares, counts);
  const next = (i: number) => costOf(shares[i], counts[i] + 1) - costOf(shares[i], counts[i]);
  const costliestFirst = shares.map((_, i) => i)
    .filter((i) => counts[i] < shares[i].ranking.groups)
    .sort((a, b) => next(b) - next(a));
  for (const i of costliestFirst) {
    while (counts[i] < shares[i].ranking.groups && next(i) <= left) {
      left -= next(i);
      counts[i]++;
    }
  }
  return counts;
}
