/**
 * How strong a penalty must be to do its work in the time that there is.
 *
 * The penalties are followed as if the loss did not resist, in the time that training itself has: the
 * sum of its learning rates ({@linkcode Trainer.travel}), in which a constant force moves a weight by
 * the force times the time.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { groupGrid, groupSizes } from "../../graph/structure.ts";
import { sizeOf, values } from "../../graph/tensor.ts";
import type { GroupedWeight } from "../../training/penalties/grouped.ts";
import { liveNorms } from "../../training/penalties/grouped.ts";
import { rankDescending } from "../sparsity/topk.ts";

/** What a penalty is to reach. */
export interface StrengthAim {
  /** The weights before the first step. */
  readonly weights: Model["weights"];
  /** MACs of layers by name of their weight. */
  readonly macs: ReadonlyMap<string, number>;
  /** Share of these MACs in groups that are to become small, `[0, 1]`. */
  readonly fraction: number;
  /** How far a gradient of 1 moves a weight. */
  readonly travel: number;
}

/** By how much the last group of those that go is to shrink: its norm at the end to that at the start. */
const SHRUNK = 0.05;

/**
 * Epsilon by what the penalty does in the whole time, so that the strongest pull moves a weight over
 * all steps together by 40 times its size: far less than its size in one step, where there are more
 * steps than that, and far more than groups need that vanish exponentially.
 */
export const SOFTNESS = 1 / 40;

/**
 * Lambda for the group lasso: each group's norm falls by lambda times the factor of its weight in a
 * unit of time, whatever its size.
 *
 * @throws {RangeError} when the fraction is out of its range.
 */
export function fixedStrength(grouped: readonly GroupedWeight[], aim: StrengthAim): number {
  return (1 - SHRUNK) * atFraction(grouped, aim, (norm) => norm / aim.travel);
}

/**
 * Lambda for the reweighted penalty: were P renewed all the time, the square of each norm would fall by
 * 4 lambda times the factor of its weight in a unit of time. As it is renewed but a few times, somewhat
 * more is needed.
 *
 * @param updates Times that P is made, at equal distances.
 * @throws {RangeError} when the fraction is out of its range.
 */
export function reweightedStrength(
  grouped: readonly GroupedWeight[],
  aim: StrengthAim,
  updates: number,
): number {
  const vanishing = atFraction(grouped, aim, (norm) => norm ** 2 / (4 * aim.travel));
  return vanishing * excessFor(updates);
}

/** What the strength is multiplied with as P stays what it is for the time of an update. */
function excessFor(updates: number): number {
  let low = 0, high = 16;
  for (let step = 0; step < 40; step++) {
    const excess = (low + high) / 2;
    let square = 1;
    for (let update = 0; update < updates; update++) {
      square *= Math.exp(-excess / updates / (square + excess * SOFTNESS / 2));
    }
    if (square > SHRUNK ** 2) low = excess;
    else high = excess;
  }
  return high;
}

/**
 * The strength at which groups with the wanted share of the MACs vanish, when each alone does at
 * `needed(norm)` by the factor of its weight.
 */
function atFraction(
  grouped: readonly GroupedWeight[],
  { weights, macs, fraction }: StrengthAim,
  needed: (norm: number) => number,
): number {
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(
      `Cannot choose the strength of a penalty as "fraction" must be above 0 and at most 1: ` +
        `current value is ${fraction}`,
    );
  }
  const count = grouped.reduce((n, { shape, layout }) => n + groupGrid(shape, layout).groups, 0);
  const strengths = new Float32Array(count), costs = new Float64Array(count);
  let at = 0;
  for (const weight of grouped) {
    const { name, shape, layout, factor = 1 } = weight;
    const live = new Map([[name, values(weights.get(name)!)]]);
    const each = macs.get(name)! / sizeOf(shape);
    const sizes = groupSizes(shape, layout);
    liveNorms("strength", live, weight).forEach((norm, g) => {
      strengths[at + g] = needed(norm) / factor;
      costs[at + g] = each * sizes[g];
    });
    at += sizes.length;
  }
  const wanted = fraction * costs.reduce((sum, cost) => sum + cost, 0) * (1 - 1e-9);
  let reached = 0;
  for (const group of rankDescending(strengths).reverse()) {
    reached += costs[group];
    // Groups of zeros have gone already.
    if (reached >= wanted && strengths[group] > 0) return strengths[group];
  }
  return Number.EPSILON;
}
