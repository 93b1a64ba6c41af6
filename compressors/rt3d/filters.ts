/**
 * The scheme of RT3D that removes filters, with the channels that read them.
 *
 * @module
 */

import type { Norm } from "../../graph/group_norms.ts";
import type { Model } from "../../graph/model.ts";
import { removeDeadChannels } from "../../graph/rewrites/dead.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { type Budget, budgetOf, refuseUnreachable } from "../budget.ts";
import { ChannelCost, ChannelCounts } from "../channel_cost.ts";
import { type ChannelPlan, channelPlan } from "../channels.ts";
import type { CompressionContext, Target } from "../compressor.ts";
import {
  type Counts,
  type FilterSpace,
  thresholdCounts,
  uniformCounts,
  withCounts,
} from "../controls/removal.ts";
import { bundleScores, filterAxis, filterDecisions, groupSteps, rankBundles } from "../filters.ts";
import { layersOf } from "../layers.ts";
import { jointBundles, jointBundleScores } from "../learning/joint_bundles.ts";
import { inUsualSizes } from "../learning/relative.ts";
import { taylorBundleScores } from "../learning/taylor.ts";
import { checkpoint } from "../progress.ts";
import { refuseRate, type Selection, selectionOf } from "../selection.ts";
import type { Allocation } from "../sparsity/allocate.ts";
import { stepsBelow } from "../steps.ts";
import { type CutOptions, progressOf, type SchemeOnModel } from "./scheme.ts";

/** Options of {@linkcode wholeFilters}. */
export interface WholeFiltersOptions {
  /**
   * How the budget is shared among the groups of coupled layers: the same fraction of each, or one
   * threshold on the scores of all.
   */
  readonly allocation: Allocation;
  /** Norm by which filters are ranked. */
  readonly norm: Exclude<Norm, "channel-l2">;
  /** Whether filters are compared between layers by what is usual in each. */
  readonly relative: boolean;
}

/** A {@linkcode FilterSpace} in which layers may have rates of their own. */
interface RatedSpace extends FilterSpace {
  /** Counts with those replaced that the rates of layers decide. */
  settle(counts: Counts): Counts;
}

/**
 * Finds the filters of a model that may go. Counts of filters are multiples of the context's `align`,
 * and each group keeps at least that many.
 *
 * @throws {RangeError} when the target or a layer's rate cannot be reached, with the highest
 *   reachable rate, or the selection does not fit the model.
 */
export function wholeFilters(
  model: Model,
  target: Target,
  { allocation, norm, relative }: WholeFiltersOptions,
  context: CompressionContext,
): SchemeOnModel {
  const normalised = allocation === "global";
  const selection = selectionOf(model, context.selection);
  const budget = budgetOf(model, target);
  const sizes = new Map(
    layersOf(model).map(({ name, inputs: [, weight] }) =>
      [name, sizeOf(model.weights.get(weight)!.shape)] as const
    ),
  );
  /** What is left of the model, to be cut to a rate of the model. */
  const spaceOf = (left: Model, rate: number): RatedSpace => {
    const own = left === model ? budget : budgetOf(left, { [budget.unit]: 1 } as Target);
    const power = progressOf(rate, budget.rate);
    const most = [...selection.rates].map(([name, own]) =>
      [name, sizes.get(name)! / own ** power] as const
    );
    const allowed = { ...own, rate, allowed: budget.dense / rate };
    return ratedSpace(left, selection, allowed, new Map(most), context);
  };
  const space = spaceOf(model, budget.rate);
  refuseUnreachable(model, budget, space.cost(space.least), "filter");
  const even = space.settle(uniformCounts(space));
  refuseMissedRates(space, even, selection);

  /** Scores of the bundles of what is left of the model. */
  const score = (left: Model, plan: ChannelPlan, { gradients, penalised }: CutOptions) => {
    if (gradients) return taylorBundleScores(left, plan, gradients, { normalised });
    if (penalised) {
      return jointBundleScores(left, plan, { normalised, ...(relative && { given: model }) });
    }
    const judged = relative ? inUsualSizes(model, left, filterWeights(left, plan)) : left;
    return bundleScores(judged, plan, norm, { normalised });
  };
  return {
    pushed: () => Promise.resolve({ grouped: jointBundles(model, space.plan), relative }),
    fraction: 1 - keptShare(space, even),
    async cut(learnt, options = {}) {
      const { rate = budget.rate } = options;
      const own = learnt === model && rate === budget.rate ? space : spaceOf(learnt, rate);
      await checkpoint(context, "scores of filters", 0, 2);
      const scores = score(learnt, own.plan, options);
      const counts = own.settle(normalised ? thresholdCounts(own, scores) : uniformCounts(own));
      await checkpoint(context, "removing filters", 1, 2);
      const orders = own.plan.groups.map((group) => rankBundles(group, scores));
      const left = withCounts(learnt, own.plan, orders, counts);
      return removeDeadChannels(left, new Set(space.plan.reasons.keys()));
    },
    account: (pruned) => ({
      decisions: filterDecisions(space.plan, model, pruned),
      reasons: space.plan.reasons,
    }),
  };
}

/** The weights of all layers that may lose filters. */
function filterWeights(model: Model, plan: ChannelPlan): string[] {
  const layers = new Set(plan.groups.flatMap(({ layers }) => layers));
  return layersOf(model).filter(({ name }) => layers.has(name)).map(({ inputs }) => inputs[1]);
}

/** Share of the cost of all filters in those that are kept, channels that they read as they were. */
function keptShare({ plan, all, budget }: FilterSpace, counts: Counts): number {
  const cost = new Map(budget.costs.layers.map((layer) => [layer.name, layer.denseMacs]));
  let kept = 0, whole = 0;
  plan.groups.forEach(({ layers }, g) => {
    for (const layer of layers) {
      whole += cost.get(layer)!;
      kept += cost.get(layer)! * counts[g] / all[g];
    }
  });
  return whole > 0 ? kept / whole : 1;
}

/**
 * The space of a model.
 *
 * @param most Elements that weights of layers may keep, by name of the layer.
 */
function ratedSpace(
  model: Model,
  selection: Selection,
  budget: Budget,
  most: ReadonlyMap<string, number>,
  { align }: CompressionContext,
): RatedSpace {
  const plan = channelPlan(model, selection);
  const counter = new ChannelCounts(model, plan);
  const whole = new ChannelCost(model, counter, budget);
  const steps = plan.groups.map((group) => groupSteps(group, align));
  const names = plan.groups.map(({ layers }) => new Set(layers));
  const rated = layersOf(model).filter(({ name }) => most.has(name)).map((node) => {
    const { name, inputs: [, weight] } = node;
    const axis = filterAxis(plan, node);
    return { name, weight, axis, filters: model.weights.get(weight)!.shape[axis] };
  });

  function settle(counts: Counts): Counts {
    let settled = [...counts];
    // What a layer keeps follows from its input, so the order of the model settles most at once.
    for (let pass = 0; pass < 4; pass++) {
      const before = settled;
      const least = new Map<number, number>();
      settled = [...settled];
      for (const { name, weight, axis, filters } of rated) {
        for (const g of counter.groups(weight, axis)) {
          if (!names[g].has(name)) continue;
          // Elements that may stay, over those of what is left along the other axes.
          const others = counter.elements(weight, settled) / counter.along(weight, axis, settled);
          const part = most.get(name)! / others / filters;
          const count = stepsBelow(steps[g], part * steps[g].most * (1 + 1e-12));
          least.set(g, Math.min(least.get(g) ?? Infinity, count));
          settled[g] = least.get(g)!;
        }
      }
      if (settled.every((count, g) => count === before[g])) break;
    }
    return settled;
  }

  return {
    model,
    plan,
    budget,
    steps,
    all: plan.groups.map(({ bundles }) => bundles.length),
    least: steps.map((own) => stepsBelow(own, 0)),
    cost: (counts) => whole.total(settle(counts)),
    settle,
  };
}

/** Refuses rates of layers that removing filters has not met. */
function refuseMissedRates({ model, plan }: FilterSpace, counts: Counts, { rates }: Selection) {
  const counter = new ChannelCounts(model, plan);
  for (const { name, inputs: [, weight] } of layersOf(model)) {
    const rate = rates.get(name);
    if (rate === undefined) continue;
    const reached = sizeOf(model.weights.get(weight)!.shape) / counter.elements(weight, counts);
    if (reached < rate * (1 - 1e-9)) {
      refuseRate(name, `at most ${Math.floor(reached * 1000) / 1000} for filter pruning`, rate);
    }
  }
}
