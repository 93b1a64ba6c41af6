/**
 * Filter pruning as a choice of counts: how many filters each group keeps, what that costs, and how the
 * others are removed. What all controls that remove filters share.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { removeDeadChannels } from "../../graph/rewrites/dead.ts";
import { removeBundles } from "../../graph/rewrites/shrink.ts";
import { type Budget, budgetOf, refuseUnreachable } from "../budget.ts";
import { ChannelCost, ChannelCounts } from "../channel_cost.ts";
import { type ChannelPlan, channelPlan } from "../channels.ts";
import type { CompressedModel, CompressionContext, Target } from "../compressor.ts";
import { filterDecisions, groupSteps, keptBundles, rankBundles } from "../filters.ts";
import { finish } from "../report.ts";
import { refuseRate, selectionOf } from "../selection.ts";
import { scaleToBudget, type Steps, stepsBelow } from "../steps.ts";
import type { Trace } from "../trace.ts";

/** Counts of bundles that groups keep, in the order of the plan's groups. */
export type Counts = readonly number[];

/** What can be removed of a model, and what it costs. */
export interface FilterSpace {
  /** The model as it was given. */
  readonly model: Model;
  /** Its groups of filters. */
  readonly plan: ChannelPlan;
  /** What it may cost. */
  readonly budget: Budget;
  /** Counts that each group may keep. */
  readonly steps: readonly Steps[];
  /** Counts of the model as it was given. */
  readonly all: Counts;
  /** The least counts. */
  readonly least: Counts;
  /** Cost of the whole model, in the unit of the budget. */
  cost(counts: Counts): number;
}

/**
 * The space of `model`.
 *
 * @param takes whether a group takes part, or why not. @default all do
 * @throws {RangeError} when the target cannot be reached, with the highest reachable rate; when the
 *   selection does not fit the model, or gives a layer a rate of its own.
 */
export function filterSpace(
  model: Model,
  target: Target,
  { selection: given, align }: CompressionContext,
  takes: (plan: ChannelPlan, group: number) => true | string = () => true,
): FilterSpace {
  const selection = selectionOf(model, given);
  for (const [layer, rate] of selection.rates) {
    if (rate > 1) refuseRate(layer, "1 (this method shares the target among layers itself)", rate);
  }
  const budget = budgetOf(model, target);
  const plan = partOf(channelPlan(model, selection), takes);
  const steps = plan.groups.map((group) => groupSteps(group, align));
  const all = plan.groups.map(({ bundles }) => bundles.length);
  const least = steps.map((own) => stepsBelow(own, 0));
  const whole = new ChannelCost(model, new ChannelCounts(model, plan), budget);
  const cost = (counts: Counts) => whole.total(counts);
  refuseUnreachable(model, budget, cost(least), "removing filters");
  return { model, plan, budget, steps, all, least, cost };
}

/** The groups of a plan that take part; layers that are only in others are left alone. */
function partOf(
  plan: ChannelPlan,
  takes: (plan: ChannelPlan, group: number) => true | string,
): ChannelPlan {
  const answers = plan.groups.map((_, g) => takes(plan, g));
  const groups = plan.groups.filter((_, g) => answers[g] === true);
  const reasons = new Map(plan.reasons);
  plan.groups.forEach(({ layers }, g) => {
    const answer = answers[g];
    if (answer !== true) { for (const layer of layers) reasons.set(layer, answer); }
  });
  for (const layer of groups.flatMap(({ layers }) => layers)) reasons.delete(layer);
  return { ...plan, groups, reasons };
}

/** The same fraction of every group, as much as is allowed. */
export function uniformCounts({ steps, all, cost, budget }: FilterSpace): Counts {
  return scaleToBudget(steps, all, cost, budget.allowed);
}

/**
 * Counts by one threshold on the scores of all groups: as many of the best bundles of the whole model as
 * are allowed, each group rounded down to a count that it may keep. What is left is spent on single
 * steps of groups, those first whose next bundle scores highest.
 *
 * @param scores Of all bundles of the plan.
 */
export function thresholdCounts(space: FilterSpace, scores: Float32Array): Counts {
  const { plan, steps, all, cost, budget } = space;
  const ranked = plan.groups.map((group) =>
    Float32Array.from(rankBundles(group, scores), (bundle) => scores[bundle])
  );
  const thresholds = new Float32Array(ranked.flatMap((own) => [...own])).sort().reverse();
  const above = (threshold: number) =>
    ranked.map((own, g) => {
      const below = own.findIndex((score) => score < threshold);
      return stepsBelow(steps[g], below < 0 ? own.length : below);
    });
  let low = -1, high = thresholds.length;
  while (high - low > 1) {
    const middle = low + high >> 1;
    if (cost(above(thresholds[middle])) <= budget.allowed) low = middle;
    else high = middle;
  }
  const counts = above(low < 0 ? Infinity : thresholds[low]);
  const grown = (g: number) => counts.with(g, stepsBelow(steps[g], counts[g] + steps[g].step));
  const open = new Set(counts.map((_, g) => g).filter((g) => counts[g] < all[g]));
  while (open.size > 0) {
    const next = [...open].reduce((best, g) =>
      ranked[g][counts[g]] > ranked[best][counts[best]] ? g : best
    );
    const more = grown(next);
    if (cost(more) <= budget.allowed) counts[next] = more[next];
    else open.delete(next);
    if (counts[next] === all[next]) open.delete(next);
  }
  return counts;
}

/** The model with the first `counts[g]` of `orders[g]` of every group, or the model as it is. */
export function withCounts(
  model: Model,
  plan: ChannelPlan,
  orders: readonly Int32Array[],
  counts: Counts,
): Model {
  return removeBundles(model, plan.channels, keptBundles(plan, orders, counts));
}

/** What is told of a removal. */
export interface RemovalAccount {
  /** What each group kept. */
  readonly counts: Counts;
  /** Things that a reader of the numbers must know. @default none */
  readonly notes?: readonly string[];
  /** Tables of the work. @default those of the rates alone */
  readonly traces?: readonly Trace[];
  /** Epochs in which what is left learns on. @default all of the budget */
  readonly retrain?: number;
}

/** Finishes: channels that nothing reads go as well, what is left learns, the rates are told. */
export async function finishRemoval(
  space: FilterSpace,
  left: Model,
  { counts, notes = [], traces = [], retrain }: RemovalAccount,
  context: CompressionContext,
): Promise<CompressedModel> {
  const { model, plan } = space;
  const pruned = removeDeadChannels(left, new Set(plan.reasons.keys()));
  return await finish(model, pruned, {
    decisions: filterDecisions(plan, model, pruned),
    notes,
    reasons: plan.reasons,
    traces: [...traces, ratesTrace(space, counts)],
    ...(retrain !== undefined && { retrain }),
  }, context);
}

function ratesTrace({ plan, all }: FilterSpace, counts: Counts): Trace {
  return {
    id: "rates",
    title: "Filters that groups of coupled layers keep",
    columns: ["layers", "filters", "kept", "rate"],
    rows: plan.groups.map(({ layers, width }, g) => [
      layers.join(" + "),
      all[g] * width,
      counts[g] * width,
      Number((all[g] / counts[g]).toFixed(4)),
    ]),
  };
}
