/**
 * The search for an action: sampling, quick evaluation, decision.
 *
 * @module
 */

import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import type { Random } from "../../graph/random.ts";
import { removeDeadChannels } from "../../graph/rewrites/dead.ts";
import type { CompressionContext } from "../compressor.ts";
import { checkpoint } from "../progress.ts";
import type { Trainer } from "../trainer.ts";
import { type Action, feasible, guided, keptBy, perturbed } from "./action.ts";
import { anneal, type Found, type Proposal, TEMPERATURES } from "./annealing.ts";
import { bundleOrders, chooseByAction } from "./choose.ts";
import { estimatedEnergy, layerEnergies } from "./energy.ts";
import { applyHybrid, type Hybrid } from "./hybrid.ts";
import type { Problem } from "./problem.ts";

/** Logits of the first action are normal with this deviation. */
const START_DEVIATION = 1;
/** Logits move by at most this at the first temperature. */
const LARGEST_MOVE = 1;

/** An action made feasible, larger layers with larger rates. */
function settle({ space, sizes, allowed }: Problem, action: Action): Action {
  return feasible(guided(action, space, sizes), space, allowed);
}

/** How annealing walks from action to action. */
function walk(problem: Problem, random: Random) {
  return {
    propose: (action: Action, reach: number) =>
      settle(problem, perturbed(action, LARGEST_MOVE * reach, random)),
    key: ({ filters, columns }: Action) =>
      [...filters, ...columns].map((logit) => logit.toFixed(3)).join(),
  };
}

/** The action with the largest estimated energy that is kept: asks for no accuracy. */
export async function searchByEnergy(
  problem: Problem,
  random: Random,
  context: CompressionContext,
): Promise<Found<Action>> {
  const { model, space } = problem;
  const energies = layerEnergies(model, space, bundleOrders(model, space));
  const logits = ({ length }: readonly unknown[]) =>
    Array.from({ length }, () => START_DEVIATION * random.normal());
  const start = { filters: logits(space.plan.groups), columns: logits(space.layers) };
  return await anneal<Action>({
    ...walk(problem, random),
    start: settle(problem, start),
    evaluate: (action) => estimatedEnergy(energies, keptBy(action, space)),
    onLevel: (level, levels) => checkpoint(context, "annealing", level, levels),
  }, random);
}

/**
 * The model with what is left of it by a choice. Dead filters are removed as well, unless the biases
 * that this needs elsewhere cost more than it saves.
 */
export function pruneBy({ model, space, unit }: Problem, chosen: Hybrid): Model {
  const pruned = applyHybrid(model, space, chosen);
  const alive = removeDeadChannels(pruned, new Set(space.plan.reasons.keys()));
  return modelCosts(alive)[unit] <= modelCosts(pruned)[unit] ? alive : pruned;
}

/** How an action is searched that keeps the accuracy. */
export interface AccuracySearch {
  /** Evaluates. */
  readonly trainer: Trainer;
  /** Quick evaluations that may be spent, at least 1. */
  readonly evaluations: number;
  /** What progress is told with. */
  readonly label: string;
  /** Called after every evaluation. */
  onProposal(proposal: Proposal): void;
}

/**
 * The action whose quickly pruned network is the most accurate, in percentage points. It begins from
 * the better of two: the same rates everywhere, and those that keep the most energy.
 */
export async function searchByAccuracy(
  problem: Problem,
  { trainer, evaluations, label, onProposal }: AccuracySearch,
  random: Random,
  context: CompressionContext,
): Promise<Found<Action>> {
  const { model, space, allowed } = problem;
  let asked = 0;
  const evaluate = async (action: Action) => {
    await checkpoint(context, label, asked++, evaluations);
    const pruned = pruneBy(problem, chooseByAction(model, space, action, allowed));
    return await trainer.evaluate(pruned, { recalibrate: true }, context.signal);
  };
  const zeros = ({ length }: readonly unknown[]) => Array.from({ length }, () => 0);
  const starts = [
    (await searchByEnergy(problem, random, context)).action,
    settle(problem, { filters: zeros(space.plan.groups), columns: zeros(space.layers) }),
  ].slice(0, evaluations);
  const values: number[] = [];
  for (const start of starts) values.push(await evaluate(start));
  const first = values.indexOf(Math.max(...values));
  const [temperature] = TEMPERATURES;
  values.forEach((value, i) => {
    const best = Math.max(...values.slice(0, i + 1));
    onProposal({ temperature, value, accepted: i === first, best });
  });
  const found = await anneal<Action>({
    ...walk(problem, random),
    start: starts[first],
    proposals: evaluations - starts.length,
    evaluate: (action) => action === starts[first] ? values[first] : evaluate(action),
    onProposal,
  }, random);
  return { ...found, evaluations: asked };
}
