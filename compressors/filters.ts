/**
 * Filter pruning: coupled groups of filters are removed from the model, with the channels that read
 * them.
 *
 * @module
 */

import type { Norm } from "../graph/group_norms.ts";
import type { Model } from "../graph/model.ts";
import { removeDeadChannels } from "../graph/rewrites/dead.ts";
import { removeBundles } from "../graph/rewrites/shrink.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { GroupLayout } from "../graph/structure.ts";
import { sizeOf } from "../graph/tensor.ts";
import { budgetOf, refuseUnreachable } from "./budget.ts";
import { ChannelCost, ChannelCounts } from "./channel_cost.ts";
import { type ChannelGroup, type ChannelPlan, channelPlan } from "./channels.ts";
import type { CompressedModel, CompressionContext, Target } from "./compressor.ts";
import { type LayerNode, layersOf } from "./layers.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";
import { refuseRate, selectionOf } from "./selection.ts";
import { groupScores } from "./sparsity/scores.ts";
import { rankDescending } from "./sparsity/topk.ts";
import { scaleToBudget, stepsBelow } from "./steps.ts";
import type { Steps } from "./steps.ts";

/** Counts of filters are multiples of this unless the caller wants it otherwise: vector registers. */
export const DEFAULT_ALIGN = 8;

/**
 * Counts of bundles that a group may keep: those that make the filters of its layers multiples of
 * `align`; any where it has no more filters than that.
 */
export function groupSteps({ bundles, width }: ChannelGroup, align: number = DEFAULT_ALIGN): Steps {
  let step = 1;
  while (step * width % align !== 0) step++;
  return { step: step < bundles.length ? step : 1, most: bundles.length };
}

/**
 * Scores of all bundles: the root of the sum of squares of the norms of their filters, in all layers
 * of their groups.
 */
export function bundleScores(
  model: Model,
  plan: ChannelPlan,
  norm: Norm,
): Float32Array {
  const squares = new Float64Array(plan.channels.count);
  const layers = new Set(plan.groups.flatMap(({ layers }) => layers));
  for (const node of layersOf(model)) {
    if (!layers.has(node.name)) continue;
    const [, weight] = node.inputs;
    const tensor = model.weights.get(weight)!;
    const [M, N] = tensor.shape;
    const axis = filterAxis(plan, node);
    const layout: GroupLayout = axis === 1
      ? { filters: M, channels: 1, positions: "all" }
      : { filters: 1, channels: N, positions: "all" };
    const bundles = plan.channels.weights.get(weight)![axis]!;
    groupScores(tensor, layout, norm).forEach((score, i) => squares[bundles[i]] += score * score);
  }
  return Float32Array.from(squares, Math.sqrt);
}

/** The axis of a layer's weight along which its filters lie. */
function filterAxis({ channels }: ChannelPlan, { op, inputs: [, weight] }: LayerNode): 0 | 1 {
  // Of a transposed convolution axis 0 is what it reads, unless it is depthwise.
  return op === "ConvTranspose" && channels.weights.get(weight)?.[1] ? 1 : 0;
}

/** The bundles of a group, best first. */
export function rankBundles({ bundles }: ChannelGroup, scores: Float32Array): Int32Array {
  const order = rankDescending(Float32Array.from(bundles, (bundle) => scores[bundle]));
  return Int32Array.from(order, (i) => bundles[i]);
}

/** 1 for each bundle that stays when group g keeps the first `counts[g]` of `orders[g]`. */
export function keptBundles(
  { channels }: ChannelPlan,
  orders: readonly Int32Array[],
  counts: readonly number[],
): Uint8Array {
  const kept = new Uint8Array(channels.count).fill(1);
  orders.forEach((order, g) => {
    for (const bundle of order.subarray(counts[g])) kept[bundle] = 0;
  });
  return kept;
}

/** `"keep 24 of 64 filters"`, by name of the layers that may lose some. */
export function filterDecisions(
  plan: ChannelPlan,
  dense: Model,
  pruned: Model,
): Map<string, string> {
  const layers = new Set(plan.groups.flatMap(({ layers }) => layers));
  const [before, after] = [inferShapes(dense), inferShapes(pruned)];
  return new Map(
    dense.nodes.filter(({ name }) => layers.has(name)).map(({ name, outputs: [y] }) =>
      [name, `keep ${after.get(y)![1]} of ${before.get(y)![1]} filters`] as const
    ),
  );
}

/** Options of {@link pruneFilters}. */
export interface FilterPruningOptions {
  /** Norm by which filters are ranked. */
  readonly norm: Norm;
}

/**
 * Keeps the same fraction of every group of filters, so that the model costs what the target allows
 * and as close to it as whole steps of filters permit. Layers with a rate of their own keep as many
 * as that needs.
 *
 * @throws {RangeError} when the target or a layer's rate cannot be reached, with the highest
 * reachable rate.
 */
export async function pruneFilters(
  model: Model,
  target: Target,
  { norm }: FilterPruningOptions,
  context: CompressionContext,
): Promise<CompressedModel> {
  const selection = selectionOf(model, context.selection);
  const budget = budgetOf(model, target);
  const plan = channelPlan(model, selection);
  const counter = new ChannelCounts(model, plan);
  const steps = plan.groups.map((group) => groupSteps(group, context.align));
  const settle = settleRates(model, plan, counter, steps, selection.rates);
  const whole = new ChannelCost(model, counter, budget);
  const cost = (counts: readonly number[]) => whole.total(settle(counts));
  refuseUnreachable(model, budget, cost(steps.map((s) => stepsBelow(s, 0))), "filter");
  const all = plan.groups.map(({ bundles }) => bundles.length);
  const counts = settle(scaleToBudget(steps, all, cost, budget.allowed));
  refuseMissedRates(model, counter, counts, selection.rates);

  await checkpoint(context, "norms of filters", 0, 2);
  const scores = bundleScores(model, plan, norm);
  const orders = plan.groups.map((group) => rankBundles(group, scores));
  await checkpoint(context, "removing filters", 1, 2);
  const shrunk = removeBundles(model, plan.channels, keptBundles(plan, orders, counts));
  const pruned = removeDeadChannels(shrunk, new Set(plan.reasons.keys()));
  const decisions = filterDecisions(plan, model, pruned);
  return await finish(model, pruned, { decisions, notes: [], reasons: plan.reasons }, context);
}

/**
 * Counts with those of groups replaced whose layers have rates of their own: as many bundles as
 * leave the layer at its rate, given what is left of its input.
 */
function settleRates(
  model: Model,
  plan: ChannelPlan,
  counter: ChannelCounts,
  steps: readonly Steps[],
  rates: ReadonlyMap<string, number>,
): (counts: readonly number[]) => number[] {
  const rated = layersOf(model).filter(({ name }) => rates.has(name));
  const wanted = rated.map((node) => {
    const { name, inputs: [, weight] } = node;
    const { shape } = model.weights.get(weight)!;
    return { name, weight, shape, axis: filterAxis(plan, node), part: 1 / rates.get(name)! };
  });
  const names = plan.groups.map(({ layers }) => new Set(layers));
  return (counts) => {
    let settled = [...counts];
    // What a layer keeps follows from its input, so the order of the model settles most at once.
    for (let pass = 0; pass < 4; pass++) {
      const before = settled;
      const least = new Map<number, number>();
      settled = [...settled];
      for (const { name, weight, shape, axis, part } of wanted) {
        for (const g of counter.groups(weight, axis)) {
          if (!names[g].has(name)) continue;
          // Elements that may stay, over those of what is left along the other axes.
          const others = counter.elements(weight, settled) / counter.along(weight, axis, settled);
          const filters = part * sizeOf(shape) / others / shape[axis];
          const count = stepsBelow(steps[g], filters * steps[g].most * (1 + 1e-12));
          least.set(g, Math.min(least.get(g) ?? Infinity, count));
          settled[g] = least.get(g)!;
        }
      }
      if (settled.every((count, g) => count === before[g])) break;
    }
    return settled;
  };
}

/** Refuses rates of layers that removing filters has not met. */
function refuseMissedRates(
  model: Model,
  counter: ChannelCounts,
  counts: readonly number[],
  rates: ReadonlyMap<string, number>,
) {
  for (const { name, inputs: [, weight] } of layersOf(model)) {
    const rate = rates.get(name);
    if (rate === undefined) continue;
    const reached = sizeOf(model.weights.get(weight)!.shape) / counter.elements(weight, counts);
    if (reached < rate * (1 - 1e-9)) {
      refuseRate(name, `at most ${Math.floor(reached * 1000) / 1000} for filter pruning`, rate);
    }
  }
}
