/**
 * Greedy pruning: a little at a time, with learning in between.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { CompressionContext } from "../compressor.ts";
import { trainerForPruning } from "./trainer_for_pruning.ts";

/** How {@linkcode pruneInRounds} prunes. */
export interface GreedyPruning {
  /** Rounds; fewer when there are fewer epochs, as each learns for one at least. */
  readonly rounds: number;
  /** Reduction of the whole model after the last round, at least 1. */
  readonly rate: number;
  /** What is left of what was learnt at a rate of the model as it was given. */
  cut(learnt: Model, rate: number): Promise<Model>;
}

/**
 * Prunes in rounds, each to the same share of what the one before has left: round r of R cuts to
 * `rate ** (r / R)`, and what is left learns. All rounds together learn for the epochs of `prune` in
 * the budget, those that cut more for one more where they do not divide.
 *
 * @throws {RangeError} when there is no trainer or it has no epochs for pruning.
 */
export async function pruneInRounds(
  model: Model,
  { rounds: wanted, rate, cut }: GreedyPruning,
  context: CompressionContext,
): Promise<Model> {
  const trainer = trainerForPruning(context, "rounds", "greedy pruning");
  const { prune } = trainer.budget;
  const rounds = Math.min(wanted, prune);
  let left = model;
  for (let round = 1; round <= rounds; round++) {
    left = await cut(left, round === rounds ? rate : rate ** (round / rounds));
    const epochs = Math.floor(round * prune / rounds) - Math.floor((round - 1) * prune / rounds);
    left = await trainer.train(left, { name: `round ${round}`, epochs }, context.signal);
  }
  return left;
}
