/**
 * The schemes of RT3D that leave masks: KGS and Vanilla.
 *
 * @module
 */

import type { Norm } from "../../graph/group_norms.ts";
import type { Model } from "../../graph/model.ts";
import { keptWeights } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { CompressionContext, Target } from "../compressor.ts";
import { prunableLayers } from "../layers.ts";
import { inUsualSizes } from "../learning/relative.ts";
import { taylorScores } from "../learning/taylor.ts";
import { percent } from "../report.ts";
import type { Allocation } from "../sparsity/allocate.ts";
import { cutGroups, rankLayers } from "../sparsity/cut.ts";
import { pushedToShares } from "../sparsity/own_shares.ts";
import { countGroups, fractionToCut, planPruning } from "../sparsity/plan.ts";
import { type Ranker, rankGroups, reservedWeights } from "../sparsity/ranking.ts";
import { type Block, findScheme } from "../sparsity/schemes.ts";
import { groupScores } from "../sparsity/scores.ts";
import { type CutOptions, progressOf, type SchemeOnModel } from "./scheme.ts";

/** Options of {@linkcode kernelGroups}. */
export interface KernelGroupsOptions {
  /** Which of the two. */
  readonly scheme: "kgs" | "vanilla";
  /** gM x gN. */
  readonly block: Block;
  /** How the budget is shared among the layers. */
  readonly allocation: Allocation;
  /** Norm of a group. */
  readonly norm: Exclude<Norm, "channel-l2">;
  /** Whether groups are compared between layers by what is usual in each. */
  readonly relative: boolean;
  /** Whether all blocks of kernels of a layer keep as many positions, but for one. */
  readonly balanced: boolean;
}

/**
 * Lays kernel groups over a model. Groups that were cut do not come back when what is left is cut
 * again.
 *
 * @throws {RangeError} as `planPruning`.
 */
export function kernelGroups(
  model: Model,
  target: Target,
  options: KernelGroupsOptions,
  context: CompressionContext,
): SchemeOnModel {
  const { allocation, norm, balanced, relative } = options;
  const normalised = allocation === "global";
  const choice = {
    layers: prunableLayers(model),
    scheme: findScheme(options.scheme),
    block: options.block,
  };
  const rankerOf = (
    { structures }: Pick<Model, "structures">,
    gradients?: CutOptions["gradients"],
  ) => ({
    least: reservedWeights,
    rank(weight, layout, { inputs: [, name] }) {
      const scores = gradients
        ? taylorScores(weight, layout, gradients.get(name)!, { normalised })
        : groupScores(weight, layout, norm, { normalised });
      const available = structures.get(name)?.kept;
      return rankGroups(weight.shape, layout, scores, {
        balanced,
        ...(available && { available }),
      });
    },
  } satisfies Ranker);
  const [[unit, whole]] = Object.entries(target);
  const planAt = (rate: number) => {
    const power = progressOf(rate, whole);
    const rates = [...context.selection?.rates ?? []].map(([name, own]) =>
      [name, own ** power] as const
    );
    const selection = { ...context.selection, rates: new Map(rates) };
    const at = unit === "macs" ? { macs: rate } : { params: rate };
    return planPruning(model, at, choice, rankerOf(model), { ...context, selection });
  };
  const final = planAt(whole);
  return {
    async pushed(kind) {
      if (allocation === "global") {
        const grouped = final.layers.map(({ weight: name, shape, layout }) => ({
          name,
          shape,
          layout,
        }));
        return { grouped, relative };
      }
      const shares = await rankLayers(model, final, rankerOf(model), context);
      const counts = countGroups(final, shares, allocation);
      return { grouped: pushedToShares(model, final.layers, counts, kind), relative: false };
    },
    fraction: fractionToCut(final),
    async cut(learnt, { rate = whole, gradients } = {}) {
      const plan = planAt(rate);
      const judged = relative && !gradients
        ? inUsualSizes(model, learnt, plan.layers.map(({ weight }) => weight))
        : learnt;
      const shares = await rankLayers(judged, plan, rankerOf(learnt, gradients), context);
      return cutGroups(learnt, plan, shares, countGroups(plan, shares, allocation)).pruned;
    },
    account({ structures }) {
      const decisions = final.layers.map(({ node, weight, shape }) => {
        const kept = keptWeights(shape, structures.get(weight)!) / sizeOf(shape);
        return [node.name, `keep ${percent(kept)} of weights by ${final.name}`] as const;
      });
      return { decisions: new Map(decisions), reasons: final.reasons };
    },
  };
}
