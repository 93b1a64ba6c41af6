/**
 * Network slimming: channels go whose batch normalization scales them to nothing.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { values } from "../../graph/tensor.ts";
import { groupLasso } from "../../training/penalties/group_lasso.ts";
import { type ChannelPlan, channelPlan } from "../channels.ts";
import type { CompressionContext, Compressor, Support } from "../compressor.ts";
import { rankBundles } from "../filters.ts";
import { refuseUnsupported, supportsPruning } from "../layers.ts";
import { epsilonFor } from "../learning/strength.ts";
import { OptionReader } from "../options.ts";
import { checkpoint } from "../progress.ts";
import { selectionOf } from "../selection.ts";
import type { Trainer } from "../trainer.ts";
import {
  type FilterSpace,
  filterSpace,
  finishRemoval,
  thresholdCounts,
  uniformCounts,
  withCounts,
} from "./removal.ts";

/**
 * Network slimming: for the epochs of `prune`, scales (gammas) of batch normalizations are under an L1
 * penalty; then those of all layers are compared with one threshold, and the channels of the smallest
 * are removed. Where channels are coupled, the mean magnitude of their scales counts. Filters without a
 * batch normalization stay. Without training, scales are taken as they are.
 *
 * The penalty is as strong as it takes to bring down as many scales as the same fraction everywhere
 * would remove, in the time that there is, if the loss did not resist.
 */
export const bnSlim: Compressor<Record<never, never>> = {
  id: "bn-slim",
  description:
    "channels with the smallest scales of batch normalization removed, L1 on the scales " +
    "before (control)",
  paper: {
    authors: "Liu, Li, Shen, Huang, Yan, Zhang",
    title: "Learning Efficient Convolutional Networks through Network Slimming",
    venue: "ICCV 2017",
    url: "https://arxiv.org/abs/1708.06519",
  },

  parseOptions(raw) {
    new OptionReader("bn-slim", raw, []);
    return {};
  },

  supports(model): Support {
    const pruning = supportsPruning(model);
    if (!pruning.ok) return pruning;
    const plan = channelPlan(model, selectionOf(model));
    if (plan.groups.some((_, g) => isScaled(scalesOf(model, plan), plan, g))) return pruning;
    return {
      ok: false,
      reason: `model "${model.name}" has no batch normalization behind filters that can be removed`,
    };
  },

  async compress(model, target, options, context) {
    refuseUnsupported("bn-slim", this.supports(model, options));
    const spaceOf = (of: Model) =>
      filterSpace(
        of,
        target,
        context,
        (plan, g) => isScaled(scalesOf(of, plan), plan, g) || "no batch normalization behind it",
      );
    const space = spaceOf(model);
    await checkpoint(context, "scales of batch normalizations", 0, 2);
    const { trainer } = context;
    const learns = trainer !== undefined && trainer.budget.prune > 0;
    const slimmed = learns ? await learnSlim(space, trainer, context) : model;
    const { plan } = spaceOf(slimmed);
    const scores = scaleScores(slimmed, plan);
    const counts = thresholdCounts(space, scores);
    await checkpoint(context, "removing filters", 1, 2);
    const orders = plan.groups.map((group) => rankBundles(group, scores));
    const left = withCounts(slimmed, plan, orders, counts);
    const retrain = learns ? { retrain: trainer.budget.retrain } : {};
    return await finishRemoval(space, left, { counts, ...retrain }, context);
  },
};

/** A scale of batch normalization, whose channels are followed. */
interface ScaleWeight {
  readonly name: string;
  /** The bundle of each of its channels. */
  readonly bundles: Int32Array;
}

function scalesOf({ nodes }: Model, { channels }: ChannelPlan): ScaleWeight[] {
  return nodes.flatMap(({ op, inputs: [, name] }) => {
    const bundles = op === "BatchNormalization" ? channels.weights.get(name)?.[0] : undefined;
    return bundles ? [{ name, bundles }] : [];
  });
}

/** Whether all bundles of a group have a scale; they differ in their weights only. */
function isScaled(scales: readonly ScaleWeight[], { groups }: ChannelPlan, group: number): boolean {
  const [bundle] = groups[group].bundles;
  return scales.some(({ bundles }) => bundles.includes(bundle));
}

/** Mean magnitude of the scales of each bundle; 0 for those without. */
export function scaleScores(model: Model, plan: ChannelPlan): Float32Array {
  const sums = new Float64Array(plan.channels.count), counts = new Float64Array(sums.length);
  for (const { name, bundles } of scalesOf(model, plan)) {
    values(model.weights.get(name)!).forEach((gamma, i) => {
      sums[bundles[i]] += Math.abs(gamma);
      counts[bundles[i]]++;
    });
  }
  return Float32Array.from(sums, (sum, i) => sum / Math.max(1, counts[i]));
}

/** Trains under the L1 penalty on the scales of what can be removed. */
async function learnSlim(
  space: FilterSpace,
  trainer: Trainer,
  { signal }: CompressionContext,
): Promise<Model> {
  const { model, plan } = space;
  const removable = new Set(plan.groups.flatMap(({ bundles }) => [...bundles]));
  const grouped = scalesOf(model, plan)
    .filter(({ bundles }) => bundles.some((bundle) => removable.has(bundle)))
    .map(({ name, bundles }) => ({
      name,
      // Groups of a single number: their norms are magnitudes.
      shape: [bundles.length, 1],
      layout: { filters: 1, channels: 1, positions: "all" as const },
    }));
  const epochs = trainer.budget.prune;
  const reach = largestThatGoes(space);
  const travel = trainer.travel(epochs), strength = reach / travel;
  const epsilon = epsilonFor("fixed", strength, travel);
  const penalty = groupLasso(grouped, { strength, epsilon });
  return await trainer.train(model, { name: "L1 on scales", epochs, penalties: [penalty] }, signal);
}

/** The largest score of those bundles that go when as many go as the same fraction would remove. */
function largestThatGoes(space: FilterSpace): number {
  const { model, plan, all } = space;
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const scores = scaleScores(model, plan);
  const sorted = Float32Array.from(
    plan.groups.flatMap(({ bundles }) => [...bundles]),
    (bundle) => scores[bundle],
  ).sort();
  const gone = sum(all) - sum(uniformCounts(space));
  return Math.max(sorted[Math.max(0, gone - 1)], Number.EPSILON);
}
