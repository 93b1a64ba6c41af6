/**
 * Filter pruning: filters are removed from the model, with the channels that read them.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { removeFilters } from "../graph/rewrites/shrink.ts";
import { budgetOf, costPerWeight, refuseUnreachable } from "./budget.ts";
import type { Budget } from "./budget.ts";
import { channelLinks } from "./channels.ts";
import type { ChannelLink } from "./channels.ts";
import type { CompressedModel, CompressionContext, Target } from "./compressor.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";
import { findScheme } from "./sparsity/schemes.ts";
import { groupScores } from "./sparsity/scores.ts";
import type { Norm } from "./sparsity/scores.ts";
import { topK } from "./sparsity/topk.ts";
import { scaleToBudget, stepsBelow } from "./steps.ts";
import type { Steps } from "./steps.ts";

/** Filters are removed in multiples of this where a layer has enough of them: rows of a kernel. */
const ALIGN = 8;

/**
 * Cost of the whole model, in the budget's unit, when layer i keeps `counts[i]` filters and, of the
 * weights that this leaves, the fraction `density[i]` (absent: all).
 */
export type FilterCost = (counts: readonly number[], density?: readonly number[]) => number;

/** Cost by count of kept filters; channels that read removed filters go with them. */
export function filterCost(links: readonly ChannelLink[], budget: Budget): FilterCost {
  const parts = links.map(({ node, filters, producer }) => {
    const costs = budget.costs.layers.find(({ name }) => name === node.name)!;
    const biases = budget.unit === "params" ? costs.denseParams - costs.weights : 0;
    return {
      // Per filter and, unless the input is the model's, per filter of the producer.
      weights: costs.weights * costPerWeight(costs, budget.unit) / filters /
        (producer === undefined ? 1 : links[producer].filters),
      bias: biases / filters,
      producer,
    };
  });
  return (counts, density) =>
    parts.reduce((sum, { weights, bias, producer }, i) => {
      const perFilter = weights * (producer === undefined ? 1 : counts[producer]);
      return sum + counts[i] * (bias + perFilter * (density?.[i] ?? 1));
    }, 0);
}

/** Counts of filters that a layer may keep: multiples of {@link ALIGN}, any in small and odd layers. */
export function filterSteps({ filters, removable }: ChannelLink): Steps {
  if (!removable) return { step: filters, most: filters };
  return { step: filters % ALIGN === 0 && filters > ALIGN ? ALIGN : 1, most: filters };
}

/** `scores` of the filters of a layer: their norms. */
export function filterScores(model: Model, { node }: ChannelLink, norm: Norm): Float32Array {
  const weight = model.weights.get(node.inputs[1])!;
  const layout = findScheme("filter").layout(weight.shape, { filters: 1, channels: 1 });
  return groupScores(weight, layout, norm);
}

/** Options of {@link pruneFilters}. */
export interface FilterPruningOptions {
  /** Norm by which filters are ranked. */
  readonly norm: Norm;
}

/**
 * Keeps the same fraction of filters in every layer that may be pruned, so that the model costs what
 * the target allows and as close to it as whole steps of filters permit.
 *
 * @throws {RangeError} when the target cannot be reached, with the highest reachable rate.
 */
export async function pruneFilters(
  model: Model,
  target: Target,
  { norm }: FilterPruningOptions,
  context: CompressionContext,
): Promise<CompressedModel> {
  const budget = budgetOf(model, target);
  const links = channelLinks(model);
  const cost = filterCost(links, budget);
  const steps = links.map(filterSteps);
  refuseUnreachable(model, budget, cost(steps.map((s) => stepsBelow(s, 0))), "filter");
  const all = links.map(({ filters }) => filters);
  const counts = scaleToBudget(steps, all, cost, budget.allowed);

  const kept = new Map<string, Uint8Array>();
  const decisions = new Map<string, string>();
  for (const [i, link] of links.entries()) {
    if (!link.removable) continue;
    const { name } = link.node;
    await checkpoint(context, `${name}: filter`, i, links.length);
    kept.set(name, topK(filterScores(model, link, norm), counts[i]));
    decisions.set(name, `keep ${counts[i]} of ${link.filters} filters`);
  }
  return await finish(model, removeFilters(model, kept), { decisions, notes: [] }, context);
}
