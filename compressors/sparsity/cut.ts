/**
 * Cutting groups off the layers of a plan.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { CompressionContext } from "../compressor.ts";
import type { WeightedNode } from "../layers.ts";
import { checkpoint } from "../progress.ts";
import { percent } from "../report.ts";
import { project } from "./mask.ts";
import type { LayerShare, PrunedLayer, PruningPlan } from "./plan.ts";
import type { GroupRanking, Ranker } from "./ranking.ts";

/**
 * Ranks the groups of all layers of a plan by the weights that `model` has.
 *
 * @param severity What the sparsity of a layer is multiplied with under `"uniform"`. Default: 1.
 */
export async function rankLayers(
  model: Model,
  { name, layers }: PruningPlan,
  ranker: Ranker,
  context: CompressionContext,
  severity?: (layer: WeightedNode) => number | undefined,
): Promise<LayerShare[]> {
  const shares: LayerShare[] = [];
  for (const { node, weight, layout, unit } of layers) {
    await checkpoint(context, `${node.name}: ${name}`, shares.length, layers.length);
    const ranking = ranker.rank(model.weights.get(weight)!, layout, node);
    shares.push({ node, ranking, costPerWeight: unit, severity: severity?.(node) });
  }
  return shares;
}

/** A layer's structure when it keeps the first `count` groups of a ranking. */
export function structureOf(
  { scheme }: PruningPlan,
  { layout }: PrunedLayer,
  ranking: GroupRanking,
  count: number,
): WeightStructure {
  return { scheme, layout, kept: ranking.kept(count) };
}

/** What is left of a model, and what is told of it. */
export interface Cut {
  /** The model with zeros in the groups that went, and structures that hold them there. */
  readonly pruned: Model;
  /** `"keep 25.7 % of weights by kgs 8x4"`, by name of the layer. */
  readonly decisions: ReadonlyMap<string, string>;
}

/** Keeps the first `counts[i]` groups of `shares[i]` in each layer of a plan. */
export function cutGroups(
  model: Model,
  plan: PruningPlan,
  shares: readonly LayerShare[],
  counts: readonly number[],
): Cut {
  const weights = new Map(model.weights);
  const structures = new Map<string, WeightStructure>();
  const decisions = new Map<string, string>();
  plan.layers.forEach((layer, i) => {
    const { node, weight, shape } = layer, { ranking } = shares[i];
    const structure = structureOf(plan, layer, ranking, counts[i]);
    const fraction = ranking.weights(counts[i]) / sizeOf(shape);
    structures.set(weight, structure);
    weights.set(weight, project(weights.get(weight)!, structure));
    decisions.set(node.name, `keep ${percent(fraction)} of weights by ${plan.name}`);
  });
  return { pruned: { ...model, weights, structures }, decisions };
}
