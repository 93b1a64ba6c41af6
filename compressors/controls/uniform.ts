/**
 * Controls that remove the same fraction of filters everywhere, and differ only in which.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { ChannelPlan } from "../channels.ts";
import type { CompressionContext, Compressor } from "../compressor.ts";
import { bundleScores, rankBundles } from "../filters.ts";
import { refuseUnsupported, supportsPruning } from "../layers.ts";
import { OptionReader } from "../options.ts";
import { checkpoint } from "../progress.ts";
import { filterSpace, finishRemoval, uniformCounts, withCounts } from "./removal.ts";

/** What tells one control from another. */
export interface UniformControl extends Pick<Compressor<unknown>, "id" | "description" | "paper"> {
  /** Scores of all bundles: higher is kept longer. */
  score(model: Model, plan: ChannelPlan, context: CompressionContext): Float32Array;
  /** Something that a reader of the numbers must know. */
  note?(context: CompressionContext): string;
}

/**
 * A method that keeps the same fraction of every group of filters, those of the highest scores, and
 * trains with what is left for all epochs of the budget.
 */
export function uniformControl(
  { id, description, paper, score, note }: UniformControl,
): Compressor<Record<never, never>> {
  return {
    id,
    description,
    paper,
    parseOptions(raw) {
      new OptionReader(id, raw, []);
      return {};
    },
    supports: (model) => supportsPruning(model),
    async compress(model, target, options, context) {
      refuseUnsupported(id, this.supports(model, options));
      const space = filterSpace(model, target, context);
      const counts = uniformCounts(space);
      await checkpoint(context, "scores of filters", 0, 2);
      const scores = score(model, space.plan, context);
      const orders = space.plan.groups.map((group) => rankBundles(group, scores));
      await checkpoint(context, "removing filters", 1, 2);
      const left = withCounts(model, space.plan, orders, counts);
      const notes = note ? [note(context)] : [];
      return await finishRemoval(space, left, { counts, notes }, context);
    },
  };
}

/** Filters of the smallest sums of magnitudes removed: the most common baseline. */
export const l1Filter: Compressor<Record<never, never>> = uniformControl({
  id: "l1-filter",
  description: "filters of the smallest L1 norm removed, the same fraction everywhere (control)",
  paper: {
    authors: "Li, Kadav, Durdanovic, Samet, Graf",
    title: "Pruning Filters for Efficient ConvNets",
    venue: "ICLR 2017",
    url: "https://arxiv.org/abs/1608.08710",
  },
  score: (model, plan) => bundleScores(model, plan, "l1"),
});

/** Filters of the smallest Euclidean norms removed. */
export const l2Filter: Compressor<Record<never, never>> = uniformControl({
  id: "l2-filter",
  description: "filters of the smallest L2 norm removed, the same fraction everywhere (control)",
  paper: {
    authors: "He, Kang, Dong, Fu, Yang",
    title: "Soft Filter Pruning for Accelerating Deep Convolutional Neural Networks",
    venue: "IJCAI 2018",
    url: "https://arxiv.org/abs/1808.06866",
  },
  score: (model, plan) => bundleScores(model, plan, "l2"),
});
