/**
 * What AutoCompress prunes: groups of filters, and columns of layers.
 *
 * @module
 */

import { hasWeights } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Budget } from "../budget.ts";
import { ChannelCost, ChannelCounts } from "../channel_cost.ts";
import { type ChannelPlan, channelPlan } from "../channels.ts";
import { groupSteps } from "../filters.ts";
import { filterGroups, untouchedLayers, type WeightedNode } from "../layers.ts";
import { refuseRate, type Selection } from "../selection.ts";
import { findScheme, type Scheme } from "../sparsity/schemes.ts";
import type { Steps } from "../steps.ts";

/** What is pruned: filters, columns of what they leave, both, or single weights. */
export type PrunedStructure = (typeof STRUCTURES)[number];

/** All that AutoCompress can prune, its own choice first. */
export const STRUCTURES = ["filter+column", "filter", "column", "non-structured"] as const;

/**
 * No group loses a larger part of its filters, and no layer of its columns: the first of these with
 * which the target can be reached. At 1 one step of filters and one column are left.
 */
export const LARGEST_RATES = [0.95, 0.99, 0.999, 1];

/** A layer with weights; of most, columns can be pruned. */
export interface HybridLayer {
  /** The layer. */
  readonly node: WeightedNode;
  /** Name of its weight. */
  readonly weight: string;
  /** Elements of its weight. */
  readonly size: number;
  /** Why its columns are not pruned; absent: they may be. */
  readonly reason?: string;
  /** Weights that are to be left of it, where the user gives a rate. */
  readonly wanted?: number;
  /** Part of its columns that an earlier round has left. */
  readonly alive: number;
}

/** What is kept of a model. */
export interface Kept {
  /** Bundles of every group. */
  readonly filters: readonly number[];
  /** Fraction kept of the columns of what is left of the input channels, of every layer. */
  readonly density: readonly number[];
}

/** Costs of a model by layer, all columns of the remaining channels kept. */
export interface SpaceCosts {
  /** Of what has no columns to prune. */
  readonly fixed: number;
  /** Of the weight of every layer. */
  readonly layers: readonly number[];
}

/**
 * Everything that a choice of rates is about. Where single weights are pruned, these stand for
 * columns.
 */
export interface HybridSpace {
  /** What is pruned. */
  readonly structure: PrunedStructure;
  /** How columns lie in a weight. */
  readonly scheme: Scheme;
  /** No group loses a larger part of its filters, and no layer of its columns. */
  readonly largest: number;
  /** Groups of filters. */
  readonly plan: ChannelPlan;
  /** Counts of weights. */
  readonly counter: ChannelCounts;
  /** Counts of bundles that each group may keep. */
  readonly steps: readonly Steps[];
  /** Layers with weights, in the order of the model. */
  readonly layers: readonly HybridLayer[];
  /** Costs, in the unit of the budget, when groups keep so many bundles. */
  costs(filters: readonly number[]): SpaceCosts;
}

/**
 * The space of `model`, whose structures are what an earlier round has left.
 *
 * @param budget Its costs are those of the model as if it had no structures.
 * @throws {RangeError} when a layer whose columns are left alone has a rate above 1.
 */
export function hybridSpace(
  model: Model,
  budget: Budget,
  selection: Selection,
  align?: number,
  structure: PrunedStructure = "filter+column",
): HybridSpace {
  const plan = channelPlan(model, selection);
  const single = structure === "non-structured";
  const counter = new ChannelCounts(model, plan);
  const untouched = untouchedLayers(model);
  const layers = model.nodes.filter(hasWeights).map((node): HybridLayer => {
    const [, weight] = node.inputs;
    const size = sizeOf(model.weights.get(weight)!.shape);
    const reason = selection.reason(node.name) ?? untouched.get(node.name) ??
      (structure === "filter" ? "only filters are pruned" : undefined) ??
      (filterGroups(node) > 1 && !single ? "grouped" : undefined);
    const rate = selection.rates.get(node.name);
    const wanted = rate === undefined || reason !== undefined ? undefined : size / rate;
    return { node, weight, size, reason, wanted, alive: keptPart(model, weight) };
  });
  const columns = new Set(layers.filter(({ reason }) => !reason).map(({ node }) => node.name));
  for (const [name, rate] of selection.rates) {
    if (rate > 1 && !columns.has(name)) refuseRate(name, "1 (its columns are left alone)", rate);
  }
  const cost = new ChannelCost(model, counter, budget);
  return {
    structure,
    scheme: findScheme(single ? "unstructured" : "column"),
    largest: LARGEST_RATES[0],
    plan,
    counter,
    steps: plan.groups.map((group) => groupSteps(group, align)),
    layers,
    costs(filters) {
      const own = layers.map(({ weight }) => cost.weight(weight, filters));
      return { fixed: own.reduce((a, b) => a - b, cost.total(filters)), layers: own };
    },
  };
}

/** Part of a weight that its structure keeps. */
export function keptPart({ structures }: Model, weight: string): number {
  const kept = structures.get(weight)?.kept;
  return kept ? kept.reduce((sum, bit) => sum + bit, 0) / kept.length : 1;
}

/** Whether filters are pruned; if not, only those go that nothing reads any more. */
export function prunesFilters({ structure }: Pick<HybridSpace, "structure">): boolean {
  return structure.startsWith("filter");
}

/** Cost of the whole model when layers keep some of their columns. */
export function costOf({ fixed, layers }: SpaceCosts, density: readonly number[]): number {
  return layers.reduce((sum, cost, i) => sum + cost * density[i], fixed);
}

/** Columns (channel, position) of a layer that are left when groups keep some bundles. */
export function columnsLeft(
  { counter, structure }: HybridSpace,
  { weight }: HybridLayer,
  filters: readonly number[],
): number {
  const elements = counter.elements(weight, filters);
  if (structure === "non-structured") return elements;
  return Math.round(elements / counter.along(weight, 0, filters));
}

/**
 * What is kept when layers with a rate of their own keep just the weights that this allows. Where
 * that is more than the filters leave, their groups keep more filters, and those of their inputs.
 */
export function withRates(space: HybridSpace, { filters, density }: Kept): Kept {
  const { counter, layers, plan } = space;
  if (layers.every(({ wanted }) => wanted === undefined)) return { filters, density };
  const raised = [...filters];
  for (let pass = 0; pass < 4; pass++) {
    for (const { weight, wanted } of layers) {
      if (wanted === undefined) continue;
      for (const axis of [0, 1]) {
        const missing = wanted / counter.elements(weight, raised);
        if (missing <= 1) break;
        for (const g of counter.groups(weight, axis)) {
          raised[g] = Math.min(plan.groups[g].bundles.length, raised[g] * missing);
        }
      }
    }
  }
  return {
    filters: raised,
    density: density.map((part, i) => {
      const { weight, wanted } = layers[i];
      return wanted === undefined ? part : Math.min(1, wanted / counter.elements(weight, raised));
    }),
  };
}
