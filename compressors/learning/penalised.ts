/**
 * Learning under a penalty on groups, so that what can go makes itself small.
 *
 * @module
 */

import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { groupLasso } from "../../training/penalties/group_lasso.ts";
import { groupCount, type PenalisedGroups, weighByMacs } from "../../training/penalties/grouped.ts";
import { reweighted } from "../../training/penalties/reweighted.ts";
import type { CompressionContext } from "../compressor.ts";
import { checkpoint } from "../progress.ts";
import type { Trainer } from "../trainer.ts";
import { usualNorm } from "./relative.ts";
import {
  epsilonFor,
  fixedStrength,
  type PenaltyKind,
  POWERS,
  reweightedStrength,
} from "./strength.ts";
import { trainerForPruning } from "./trainer_for_pruning.ts";

/** Which penalty, and how strong. */
export interface PenaltyChoice {
  /** Group lasso with fixed weights, or reweighted. */
  readonly kind: PenaltyKind;
  /** Lambda. @default what makes `fraction` of the groups small in the epochs that there are */
  readonly strength?: number;
  /**
   * Share of the MACs of all groups in those that are to become small, `[0, 1]`; without a meaning
   * where there is a strength.
   *
   * @default {0.5}
   */
  readonly fraction?: number;
  /**
   * What is left of the norm of the last group of that fraction, `(0, 1)`, by the strength that is
   * chosen. To have it vanish takes a force that in few epochs shrinks what stays nearly as much.
   *
   * @default {0.5}
   */
  readonly shrunk?: number;
  /** Updates of P over the whole stage. @default {4} */
  readonly updates?: number;
  /**
   * Whether layers that cost more MACs are pushed harder, in proportion to the MACs of a group. Where
   * layers differ by much in that, and groups within layers by little, layers go as a whole.
   *
   * @default {false}
   */
  readonly weighByMacs?: boolean;
  /**
   * Whether groups are pushed by what is usual in their layer: a layer of small weights is then pushed
   * as much less as it needs for as much to go. Groups are then to be judged by that, too (see
   * `inUsualSizes`). The mean of what groups are pushed by stays.
   *
   * @default {true}
   */
  readonly relative?: boolean;
}

/** Updates of P, as RT3D says "3 to 4". */
export const DEFAULT_UPDATES = 4;

/**
 * Trains `model` for all epochs of `prune` in the budget under a penalty on the groups of `grouped`.
 *
 * Each of `grouped` has a penalty of its own, whose epsilon bounds what pulls its groups, so that no
 * step overshoots, however differently layers are weighed.
 *
 * @throws {RangeError} when there is no trainer or it has no epochs for pruning, a weight has no MACs,
 *   or a number is out of its range.
 */
export async function learnWithPenalty(
  model: Model,
  grouped: readonly PenalisedGroups[],
  choice: PenaltyChoice,
  context: CompressionContext,
): Promise<Model> {
  const { kind, updates } = choice;
  const trainer = trainerForPruning(context, "penalty", `${kind} regularisation`);
  const { prune } = trainer.budget;
  await checkpoint(context, `${kind} regularisation`, 0, 1);
  const strength = choice.strength ?? chooseStrength(model, grouped, choice, trainer);
  const every = epochsOfUpdate(prune, updates);
  const penalties = weigh(model, grouped, choice).map((groups) => {
    const epsilon = epsilonFor(kind, strength * (groups.factor ?? 1), trainer.travel(prune));
    return kind === "fixed"
      ? groupLasso([groups], { strength, epsilon })
      : reweighted([groups], { strength, epsilon, every });
  });
  return await trainer.train(model, { name: kind, epochs: prune, penalties }, context.signal);
}

/**
 * Lambda that makes the groups small that are to go, in the epochs that there are.
 *
 * @throws {RangeError} when a weight has no MACs, or the fraction is out of its range.
 */
export function chooseStrength(
  model: Model,
  grouped: readonly PenalisedGroups[],
  choice: PenaltyChoice,
  trainer: Pick<Trainer, "budget" | "travel">,
): number {
  const { kind, fraction = 0.5, shrunk = 0.5, updates } = choice;
  const { prune } = trainer.budget, travel = trainer.travel(prune);
  const weighed = weigh(model, grouped, choice);
  const aim = {
    weights: model.weights,
    macs: macsByWeight(model),
    fraction,
    shrunk,
    travel,
  };
  if (kind === "fixed") return fixedStrength(weighed, aim);
  return reweightedStrength(weighed, aim, Math.ceil(prune / epochsOfUpdate(prune, updates)));
}

/** Epochs from one update of P to the next. */
function epochsOfUpdate(epochs: number, updates = DEFAULT_UPDATES): number {
  return Math.max(1, Math.round(epochs / updates));
}

function weigh(
  model: Model,
  grouped: readonly PenalisedGroups[],
  { kind, weighByMacs: byMacs = false, relative = true }: PenaltyChoice,
): readonly PenalisedGroups[] {
  const weighed = byMacs ? weighByMacs(grouped, macsByWeight(model)) : grouped;
  if (!relative) return weighed;
  const counts = weighed.map(groupCount);
  const needs = weighed.map((groups) => usualNorm(model.weights, groups) ** POWERS[kind]);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const mean = sum(needs.map((need, i) => need * counts[i])) / sum(counts);
  return weighed.map((groups, i) => ({
    ...groups,
    factor: (groups.factor ?? 1) * needs[i] / mean,
  }));
}

/** MACs of layers by name of their weight. */
function macsByWeight(model: Model): Map<string, number> {
  const { layers } = modelCosts(model);
  return new Map(model.nodes.map(({ inputs }, i) => [inputs[1], layers[i].denseMacs]));
}
