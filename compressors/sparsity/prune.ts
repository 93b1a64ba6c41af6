/**
 * Pruning by groups: scores, a budget shared among the layers, masks.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { tensor, values as valuesOf } from "../../graph/tensor.ts";
import type { Projection } from "../../training/penalties/admm.ts";
import type { CompressedModel, CompressionContext, Target } from "../compressor.ts";
import type { WeightedNode } from "../layers.ts";
import { learnByAdmm } from "../learning/admm.ts";
import { learnWithPenalty, type PenaltyChoice } from "../learning/penalised.ts";
import { inUsualSizes } from "../learning/relative.ts";
import { trainerForPruning } from "../learning/trainer_for_pruning.ts";
import { finish } from "../report.ts";
import type { Trace } from "../trace.ts";
import type { Allocation } from "./allocate.ts";
import { cutGroups, rankLayers, structureOf } from "./cut.ts";
import { project } from "./mask.ts";
import { pushedToShares } from "./own_shares.ts";
import { countGroups, fractionToCut, planPruning } from "./plan.ts";
import type { Allocator, GroupChoice } from "./plan.ts";
import { type GroupScore, rankBy, type Ranker } from "./ranking.ts";

/** What {@link pruneGroups} prunes and how. */
export type GroupPruning =
  & GroupMethod
  & ({ readonly score: GroupScore } | {
    readonly ranker: Ranker;
  });

/** How {@link pruneGroups} prunes, whatever is kept first. */
export interface GroupMethod extends GroupChoice {
  /** How the budget is shared among the layers. */
  readonly allocation: Allocation | Allocator;
  /** What the sparsity of a layer is multiplied with under `"uniform"`. @default always 1 */
  severity?(layer: WeightedNode): number;
  /**
   * What is learnt before the cut: by ADMM, drawn to as many groups as layers would keep as they are;
   * or under a penalty. With the allocation `"global"` one penalty is on all layers alike, and how much
   * they lose emerges; else it pushes each to lose its share.
   *
   * @default nothing: the weights are cut as they are
   */
  readonly learn?: PenaltyChoice | "admm";
  /** Things that a reader of the numbers must know. */
  readonly notes: readonly string[];
  /** Tables of what is kept. */
  traces?(pruned: Model): readonly Trace[];
}

/**
 * Prunes groups of `pruning.layers` until the model costs what the target allows and as close to it
 * as one group permits. Every block of filters keeps at least one group, unless another ranker is
 * given. Layers with a rate of their own keep what that allows, and the others share the rest.
 *
 * @throws {RangeError} when the target or a layer's rate cannot be reached, with the highest
 * reachable rate, the selection does not fit the model, or there is no trainer to learn by; before
 * any weight is looked at.
 */
export async function pruneGroups(
  model: Model,
  target: Target,
  pruning: GroupPruning,
  context: CompressionContext,
): Promise<CompressedModel> {
  const { given = model, allocation, learn } = pruning;
  const ranker = "ranker" in pruning ? pruning.ranker : rankBy(pruning.score);
  const plan = planPruning(model, target, pruning, ranker, context);
  const { name, layers, reasons } = plan;
  context.signal?.throwIfAborted();
  const trainer = learn && trainerForPruning(context, name, "learning before the cut");

  const rank = (model: Model) =>
    rankLayers(model, plan, ranker, context, (node) => pruning.severity?.(node));

  /** Whether layers keep what their weights ask for, each by what is usual in it. */
  const emerging = learn !== undefined && learn !== "admm" && allocation === "global";
  let learnt = model, drawnTo: number[] | undefined;
  if (learn === "admm") {
    const counts = drawnTo = countGroups(plan, await rank(model), allocation);
    const places = new Map(layers.map(({ weight }, i) => [weight, i]));
    const toKept: Projection = (weight, values) => {
      const i = places.get(weight)!, { shape, layout, node } = layers[i];
      const wanted = tensor(values, shape);
      const structure = structureOf(plan, layers[i], ranker.rank(wanted, layout, node), counts[i]);
      return valuesOf(project(wanted, structure));
    };
    learnt = await learnByAdmm(model, { weights: [...places.keys()], project: toKept }, context);
  } else if (learn) {
    const grouped = emerging
      ? layers.map(({ weight, shape, layout }) => ({ name: weight, shape, layout }))
      : pushedToShares(
        model,
        layers,
        countGroups(plan, await rank(model), allocation),
        learn.kind,
      );
    const choice = { fraction: fractionToCut(plan), relative: emerging, ...learn };
    if (grouped.length > 0) learnt = await learnWithPenalty(model, grouped, choice, context);
  }
  const names = layers.map(({ weight }) => weight);
  const shares = await rank(emerging ? inUsualSizes(model, learnt, names) : learnt);
  const counts = drawnTo ?? countGroups(plan, shares, allocation);

  const { pruned, decisions } = cutGroups(learnt, plan, shares, counts);
  return await finish(given, pruned, {
    decisions,
    notes: pruning.notes,
    reasons,
    ...(pruning.traces && { traces: pruning.traces(pruned) }),
    ...(trainer && { retrain: trainer.budget.retrain }),
  }, context);
}
