/**
 * NetAdapt: filters go step by step, each time from the group that bears it best.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { traceChannels } from "../../graph/rewrites/channels.ts";
import type { ChannelPlan } from "../channels.ts";
import type { Compressor } from "../compressor.ts";
import { bundleScores, keptBundles, rankBundles } from "../filters.ts";
import { refuseUnsupported, supportsPruning } from "../layers.ts";
import { OptionReader } from "../options.ts";
import { checkpoint } from "../progress.ts";
import { allEpochs } from "../report.ts";
import { stepsBelow } from "../steps.ts";
import type { Trace } from "../trace.ts";
import { requireTrainer } from "../trainer.ts";
import {
  type Counts,
  type FilterSpace,
  filterSpace,
  finishRemoval,
  withCounts,
} from "./removal.ts";

/** Options of {@link netadapt}. */
export interface NetadaptOptions {
  /**
   * Equal decrements in which the cost is lowered to the target.
   *
   * @default {12}
   */
  readonly steps: number;
  /**
   * Whether the epochs of `prune` are spent between the steps; else they follow at the end.
   *
   * @default {true}
   */
  readonly shortTerm: boolean;
}

/** A network with less and less filters. */
interface Adapted {
  readonly model: Model;
  /** Groups of `model`, in the order of those of the given one. */
  readonly plan: ChannelPlan;
  /** Bundles of the groups, best first. */
  readonly orders: readonly Int32Array[];
}

/** A cut that lowers the cost as far as a step wants. */
interface Cut {
  readonly group: number;
  readonly counts: Counts;
}

/** A cut that was evaluated. */
interface Tried extends Cut {
  /** In percentage points. */
  readonly value: number;
  /** Part of the filters of its group that it keeps. */
  readonly kept: number;
}

/** A row of the search's table. */
type Row = readonly (string | number)[];

/**
 * NetAdapt: each step lowers the cost of the network by the same amount. For every group of filters by
 * itself, as many of the smallest (L2) go as that takes; each such network is judged by a quick
 * evaluation, and the best one is kept. Where a step is more than any group can give, the one that is
 * best without all its dispensable filters goes first.
 *
 * The published method trains every candidate a little; here the epochs of `prune` are spread over the
 * networks that were kept, and long training of `retrain` epochs follows.
 */
export const netadapt: Compressor<NetadaptOptions> = {
  id: "netadapt",
  description: "filters removed step by step, each time of the group that costs least accuracy " +
    "(control, needs --train)",
  paper: {
    authors: "Yang, Howard, Chen, Zhang, Go, Sandler, Sze, Adam",
    title: "NetAdapt: Platform-Aware Neural Network Adaptation for Mobile Applications",
    venue: "ECCV 2018",
    url: "https://arxiv.org/abs/1804.03230",
  },

  parseOptions(raw) {
    const read = new OptionReader("netadapt", raw, ["steps", "shortTerm"]);
    return { steps: read.count("steps", 12), shortTerm: read.flag("shortTerm", true) };
  },

  supports: (model) => supportsPruning(model),

  needs: () => ["training", "evaluations"],

  async compress(model, target, options, context) {
    refuseUnsupported("netadapt", this.supports(model, options));
    const space = filterSpace(model, target, context);
    const trainer = requireTrainer(context, "netadapt", "evaluations of candidates");
    const { steps, shortTerm } = options;
    const { allowed, dense } = space.budget;
    const rows: Row[] = [];
    let counts = space.all, trained = 0;
    let now = adapted(model, space.plan);
    for (let step = 1; step <= steps; step++) {
      await checkpoint(context, "NetAdapt", step - 1, steps);
      const level = step === steps ? allowed : dense - (dense - allowed) * step / steps;
      while (space.cost(counts) > level) {
        const tried: Tried[] = [];
        for (const cut of cutsOf(space, counts, level)) {
          context.signal?.throwIfAborted();
          const candidate = withCounts(now.model, now.plan, now.orders, cut.counts);
          const value = await trainer.evaluate(candidate, { recalibrate: true }, context.signal);
          tried.push({ ...cut, value, kept: cut.counts[cut.group] / space.all[cut.group] });
        }
        const best = tried.reduce((best, next) => isBetter(next, best) ? next : best);
        counts = best.counts;
        for (const { group, value, kept } of tried) {
          const { layers } = space.plan.groups[group];
          rows.push([rows.length + 1, step, value, best.value, layers.join(" + "), 100 * kept]);
        }
      }
      const due = shortTerm ? Math.floor(trainer.budget.prune * step / steps) - trained : 0;
      const next = due > 0 && step < steps ? shrunk(now, counts) : undefined;
      if (next) {
        trained += due;
        const stage = { name: `NetAdapt step ${step}`, epochs: due };
        now = adapted(await trainer.train(next.model, stage, context.signal), next.plan);
      }
    }
    const left = withCounts(now.model, now.plan, now.orders, counts);
    return await finishRemoval(space, left, {
      counts,
      notes: [`${rows.length} candidates evaluated in ${steps} steps`],
      traces: rows.length > 0 ? [searchTrace(rows, trainer.metric)] : [],
      retrain: allEpochs(trainer.budget) - trained,
    }, context);
  },
};

/** The smallest cut of each group that meets the level; where none does, all that each can give. */
function cutsOf({ plan, steps, least, cost }: FilterSpace, counts: Counts, level: number): Cut[] {
  const before = cost(counts);
  const deepest = plan.groups.map((_, group) => ({
    group,
    counts: counts.with(group, least[group]),
  }))
    .filter(({ counts }) => cost(counts) < before);
  const enough = deepest.filter(({ counts }) => cost(counts) <= level);
  if (enough.length === 0) return deepest;
  return enough.map(({ group }) => {
    let count = counts[group];
    do count = stepsBelow(steps[group], count - 1); while (cost(counts.with(group, count)) > level);
    return { group, counts: counts.with(group, count) };
  });
}

/** Of equal values, that is better which keeps the larger part of its group. */
function isBetter(a: Tried, b: Tried): boolean {
  return a.value > b.value || (a.value === b.value && a.kept > b.kept);
}

function adapted(model: Model, plan: ChannelPlan): Adapted {
  const scores = bundleScores(model, plan, "l2");
  return { model, plan, orders: plan.groups.map((group) => rankBundles(group, scores)) };
}

/**
 * The network without what was cut, and its groups; undefined when nothing was. Bundles that are left
 * keep their order, so they are found again by their places. (A depthwise layer with a single channel
 * left is an ordinary one with other bundles: such a network is not followed further.)
 */
function shrunk({ model, plan, orders }: Adapted, counts: Counts) {
  const kept = keptBundles(plan, orders, counts);
  if (!kept.includes(0)) return undefined;
  const left = withCounts(model, plan, orders, counts);
  const channels = traceChannels(left);
  const places = new Int32Array(kept.length).fill(-1);
  let count = 0;
  kept.forEach((stays, bundle) => {
    if (stays) places[bundle] = count++;
  });
  if (channels.count !== count) return undefined;
  const groups = plan.groups.map((group) => ({
    ...group,
    bundles: group.bundles.map((bundle) => places[bundle]).filter((place) => place >= 0),
  }));
  return { model: left, plan: { ...plan, channels, groups } };
}

function searchTrace(rows: readonly Row[], metric: string): Trace {
  const [value, best] = [`${metric} (%)`, `best of the step (%)`];
  return {
    id: "search",
    title: "NetAdapt: value of every candidate, and of the one that was kept",
    columns: ["candidate", "step", value, best, "layers", "filters left (%)"],
    rows,
    chart: { x: "candidate", y: [value, best] },
  };
}
