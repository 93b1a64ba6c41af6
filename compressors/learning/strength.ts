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
import { groupCount, groupShares, type PenalisedGroups } from "../../training/penalties/grouped.ts";
import { rankDescending } from "../sparsity/topk.ts";
import { normsIn } from "./relative.ts";

/** What a penalty is to reach. */
export interface StrengthAim {
  /** The weights before the first step. */
  readonly weights: Model["weights"];
  /** MACs of layers by name of their weight. */
  readonly macs: ReadonlyMap<string, number>;
  /** Share of these MACs in groups that are to become small, `[0, 1]`. */
  readonly fraction: number;
  /** What is left of the norm of the last group of these, `(0, 1)`. */
  readonly shrunk: number;
  /** How far a gradient of 1 moves a weight. */
  readonly travel: number;
}

/**
 * The strongest pull of a penalty by the time that there is, so that over all steps together it moves a
 * weight by 40 times its size: far less than its size in one step, where there are more steps than
 * that, and far more than groups need that vanish exponentially. Epsilon follows.
 */
const STRONGEST = 40;

/** Steps in which an update's time is followed. */
const FINENESS = 64;

/** A penalty with a lambda that follows from how far weights travel. */
export type PenaltyKind = "fixed" | "reweighted";

/**
 * Which power of a group's norm the time grows with that a penalty takes to make it vanish: the group
 * lasso pulls all with the same force, reweighting by the inverse of the squared norm.
 */
export const POWERS: Readonly<Record<PenaltyKind, number>> = { fixed: 1, reweighted: 3 };

/**
 * Epsilon for a penalty of strength lambda by the factor of its weight: the strongest pull, that on a
 * group of zeros, is lambda over epsilon for the group lasso, over the 1.5th power of it for reweighting.
 *
 * @param travel How far a gradient of 1 moves a weight.
 */
export function epsilonFor(kind: PenaltyKind, lambda: number, travel: number): number {
  const softness = lambda * travel / STRONGEST;
  return kind === "fixed" ? softness : softness ** (2 / 3);
}

/**
 * Lambda for the group lasso: each group's norm falls by lambda times the factor of its weight in a
 * unit of time, whatever its size.
 *
 * @throws {RangeError} when the fraction is out of its range.
 */
export function fixedStrength(grouped: readonly PenalisedGroups[], aim: StrengthAim): number {
  return (1 - aim.shrunk) * atFraction(grouped, aim, (norm) => norm / aim.travel);
}

/**
 * Lambda for the reweighted penalty: between updates of P the norm of a group falls by `lambda * P` by
 * the factor of its weight in a unit of time, until epsilon makes it fade; then P is made anew.
 *
 * @param updates Times that P is made, at equal distances.
 * @throws {RangeError} when the fraction is out of its range.
 */
export function reweightedStrength(
  grouped: readonly PenalisedGroups[],
  aim: StrengthAim,
  updates: number,
): number {
  const unit = atFraction(grouped, aim, (norm) => norm ** POWERS.reweighted / aim.travel);
  return unit * shrinkingStrength(updates, aim.shrunk);
}

/** Lambda that leaves so much of a group of norm 1 in a time of 1. */
function shrinkingStrength(updates: number, shrunk: number): number {
  let low = 0, high = 4;
  for (let step = 0; step < 40; step++) {
    const lambda = (low + high) / 2;
    if (normAfter(lambda, updates) > shrunk) low = lambda;
    else high = lambda;
  }
  return high;
}

/** What reweighting leaves of a group of norm 1 in a time of 1. */
function normAfter(lambda: number, updates: number): number {
  const epsilon = epsilonFor("reweighted", lambda, 1);
  const time = 1 / (updates * FINENESS);
  let norm = 1;
  for (let update = 0; update < updates; update++) {
    const p = 1 / (norm * norm + epsilon);
    for (let step = 0; step < FINENESS; step++) {
      norm *= Math.exp(-lambda * p * time / Math.sqrt(norm * norm + epsilon));
    }
  }
  return norm;
}

/**
 * The strength at which groups with the wanted share of the MACs vanish, when each alone does at
 * `needed(norm)` by the factor of its weight.
 */
function atFraction(
  grouped: readonly PenalisedGroups[],
  { weights, macs, fraction }: StrengthAim,
  needed: (norm: number) => number,
): number {
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(
      `Cannot choose the strength of a penalty as "fraction" must be above 0 and at most 1: ` +
        `current value is ${fraction}`,
    );
  }
  const count = grouped.reduce((n, groups) => n + groupCount(groups), 0);
  const strengths = new Float32Array(count), costs = new Float64Array(count);
  let at = 0;
  for (const groups of grouped) {
    const { factor = 1 } = groups;
    costs.set(groupShares(groups, (name) => macs.get(name) ?? 0), at);
    strengths.set(normsIn(weights, groups).map((norm) => needed(norm) / factor), at);
    at += groupCount(groups);
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
