/**
 * AutoCompress with training: rounds of search, ADMM and pruning, then purification.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import type { CompressionContext } from "../compressor.ts";
import { learnByAdmm } from "../learning/admm.ts";
import type { Account } from "../report.ts";
import type { Trainer } from "../trainer.ts";
import { accountOf, Traces } from "./account.ts";
import type { Action } from "./action.ts";
import { chooseByAction } from "./choose.ts";
import { type Problem, problemOf, type Terms } from "./problem.ts";
import { constrainedWeights, hybridProjection } from "./projection.ts";
import { searchPurification } from "./purification_search.ts";
import { type Round, type Rounds, roundsOf } from "./rounds.ts";
import { pruneBy, searchByAccuracy } from "./search.ts";

/** How the work is done where there is a trainer. */
export interface TrainedOptions {
  /** Rounds; `"auto"`: each doubles the rate. */
  readonly rounds: Rounds;
  /** Quick evaluations of each round and of purification. */
  readonly evaluations: number;
  /** Whether what ADMM leaves almost empty is removed. */
  readonly purify: boolean;
}

/** What the rounds came to. */
export interface Trained {
  /** The model, pruned to the target; it has yet to be retrained. */
  readonly model: Model;
  /** What is told of it. */
  readonly account: Account;
}

/**
 * Prunes in rounds: annealing by the accuracy of the quickly pruned network, ADMM towards what the best
 * action leaves, pruning, and some epochs in which what is left learns on. Then purification.
 */
export async function pruneInRounds(
  terms: Terms,
  { rounds, evaluations, purify }: TrainedOptions,
  trainer: Trainer,
  context: CompressionContext,
): Promise<Trained> {
  const { dense, budget } = terms;
  const { prune, retrain } = trainer.budget;
  const plan = roundsOf(budget.rate, rounds, prune);
  const traces = new Traces();
  const random = (label: string) => new Random(context.seed, `autocompress/${label}`);
  const ask = (own: Model) => trainer.evaluate(own, { recalibrate: true }, context.signal);
  const search = (name: string, label: string) => ({
    trainer,
    evaluations,
    label,
    onProposal: (proposal: Parameters<Traces["proposal"]>[1]) => traces.proposal(name, proposal),
  });
  const notes = [`objective is ${trainer.metric} in quick evaluations, before any training`];
  let model = dense;
  for (const [i, round] of plan.entries()) {
    const problem = problemOf(model, round.rate, terms);
    const label = `round ${i + 1} of ${plan.length}`;
    const own = search(`round ${i + 1}`, `${label}: quick evaluations`);
    const found = await searchByAccuracy(problem, own, random(`round ${i + 1}`), context);
    model = await pruneActually(problem, found.action, round, `round ${i + 1}: `, context);
    traces.rates(i + 1, dense, model);
    const after = (await ask(model)).toFixed(2);
    notes.push(
      `${label}, ${round.rate.toFixed(2)}x: best of ${found.evaluations} quick evaluations ` +
        `${found.value.toFixed(2)}, after ${round.admm} epochs of ADMM, pruning and ` +
        `${round.recovery} more ${after}`,
    );
  }
  if (purify && terms.structure !== "non-structured") {
    const purified = await searchPurification(
      problemOf(model, budget.rate, terms),
      search("purification", "purification: quick evaluations"),
      random("purification"),
      context,
    );
    const { saved, drop } = purified;
    traces.purification(model, purified.model, saved, drop);
    notes.push(
      `purification saves ${saved.toFixed(2)} % of the ${budget.unit} that are left, ` +
        `at a drop of ${drop.toFixed(2)} points`,
    );
    model = purified.model;
  }
  const spent = plan.reduce((sum, { admm, recovery }) => sum + admm + recovery, 0);
  return {
    model,
    account: {
      ...accountOf(dense, model, problemOf(dense, budget.rate, terms).space),
      notes,
      traces: traces.all(trainer.metric),
      retrain: retrain + prune - spent,
    },
  };
}

/** ADMM towards what an action leaves, then pruning to it, then some epochs of recovery. */
async function pruneActually(
  problem: Problem,
  action: Action,
  { admm, recovery }: Round,
  prefix: string,
  context: CompressionContext,
): Promise<Model> {
  const { model, space, allowed } = problem;
  const choose = (from: Model) => chooseByAction(from, space, action, allowed);
  const learnt = admm === 0 ? model : await learnByAdmm(model, {
    weights: constrainedWeights(model, space, choose(model)),
    project: { from: (own) => hybridProjection(own, space, choose(own)) },
    epochs: admm,
    prefix,
  }, context);
  const pruned = pruneBy({ ...problem, model: learnt }, choose(learnt));
  if (recovery === 0) return pruned;
  const stage = { name: `${prefix}recovery`, epochs: recovery };
  return await context.trainer!.train(pruned, stage, context.signal);
}
