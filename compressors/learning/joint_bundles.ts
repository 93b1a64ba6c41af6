/**
 * Bundles of channels as penalties push them: with all that makes them.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { groupShares } from "../../training/penalties/grouped.ts";
import type { JointGroups } from "../../training/penalties/joint.ts";
import type { ChannelPlan } from "../channels.ts";
import { bundleParts } from "../filters.ts";
import { normsIn, usualNorm } from "./relative.ts";

/**
 * The bundles of each group of a plan, in its order, with one norm over all that makes their channels:
 * weights of filters in all layers that are coupled, their biases, and scale and shift of
 * normalizations. (Were the scale left out, a normalization would make up for filters that shrink, and
 * the loss would not resist.)
 */
export function jointBundles(model: Model, plan: ChannelPlan): JointGroups[] {
  const parts = bundleParts(model, plan);
  return plan.groups.map(({ layers, bundles }, g) => {
    const places = new Map(Array.from(bundles, (bundle, at) => [bundle, at]));
    const own = parts.map(({ weight, axis, bundles }) => ({
      name: weight,
      shape: model.weights.get(weight)!.shape,
      axis,
      groups: bundles.map((bundle) => places.get(bundle) ?? -1),
    }));
    return {
      name: `channels ${g + 1}: ${layers.join(" + ")}`,
      count: bundles.length,
      parts: own.filter(({ groups }) => groups.some((group) => group >= 0)),
    };
  });
}

/** How {@linkcode jointBundleScores} makes bundles of different groups compare. */
export interface JointScoreOptions {
  /** Divide by the root of the number of weights. @default {false} */
  readonly normalised?: boolean;
  /** The model as it was given: divide by what is usual there in each group. @default not divided */
  readonly given?: Model;
}

/** Scores of all bundles of a plan: their joint L2 norms; 0 for those that are in no group. */
export function jointBundleScores(
  model: Model,
  plan: ChannelPlan,
  { normalised = false, given }: JointScoreOptions = {},
): Float32Array {
  const scores = new Float32Array(plan.channels.count);
  jointBundles(model, plan).forEach((joint, g) => {
    const sizes = groupShares(joint);
    const unit = given ? usualNorm(given.weights, joint) : 1;
    normsIn(model.weights, joint).forEach((norm, at) => {
      // What is usual in a group has the size of its bundles in it already.
      const size = normalised && !given ? Math.sqrt(sizes[at]) : 1;
      scores[plan.groups[g].bundles[at]] = norm / unit / size;
    });
  });
  return scores;
}
