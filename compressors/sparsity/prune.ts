/**
 * Pruning by groups: scores, a budget shared among the layers, masks.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { GroupLayout, WeightStructure } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { budgetOf, costPerWeight, refuseUnreachable } from "../budget.ts";
import type { CompressedModel, CompressionContext, Target } from "../compressor.ts";
import type { WeightedNode } from "../layers.ts";
import { checkpoint } from "../progress.ts";
import { finish, percent } from "../report.ts";
import { allocate } from "./allocate.ts";
import type { Allocation, Share } from "./allocate.ts";
import { project } from "./mask.ts";
import { rankGroups, reservedWeights } from "./ranking.ts";
import type { Block, Scheme } from "./schemes.ts";

/** What {@link pruneGroups} prunes and how. */
export interface GroupPruning {
  /** The layers that take part. */
  readonly layers: readonly WeightedNode[];
  /** Which weights are kept or removed together. */
  readonly scheme: Scheme;
  /** Block size, for schemes that have one. */
  readonly block: Block;
  /** How the budget is shared among the layers. */
  readonly allocation: Allocation;
  /** Scores of the groups of one layer: higher is kept longer. */
  score(weight: Tensor, layout: GroupLayout, layer: WeightedNode): Float32Array;
  /** Things that a reader of the numbers must know. */
  readonly notes: readonly string[];
}

/**
 * Prunes groups of `pruning.layers` until the model costs what the target allows and as close to it
 * as one group permits. Every block of filters keeps at least one group.
 *
 * @throws {RangeError} when the target cannot be reached, with the highest reachable rate; before
 *   any weight is looked at.
 */
export async function pruneGroups(
  model: Model,
  target: Target,
  pruning: GroupPruning,
  context: CompressionContext,
): Promise<CompressedModel> {
  const budget = budgetOf(model, target);
  const name = pruning.scheme.blocked
    ? `${pruning.scheme.id} ${pruning.block.filters}x${pruning.block.channels}`
    : pruning.scheme.id;
  const layers = pruning.layers.map((node) => {
    const weight = model.weights.get(node.inputs[1])!;
    const layout = pruning.scheme.layout(weight.shape, pruning.block);
    const costs = budget.costs.layers.find((layer) => layer.name === node.name)!;
    return { node, weight, layout, unit: costPerWeight(costs, budget.unit) };
  });
  const fixed = layers.reduce(
    (cost, { weight, unit }) => cost - unit * sizeOf(weight.shape),
    budget.dense,
  );
  const least = layers.reduce(
    (cost, { weight, layout, unit }) => cost + unit * reservedWeights(weight.shape, layout),
    fixed,
  );
  refuseUnreachable(model, budget, least, name);

  const shares: Share[] = [];
  for (const { node, weight, layout, unit } of layers) {
    await checkpoint(context, `${node.name}: ${name}`, shares.length, layers.length);
    const scores = pruning.score(weight, layout, node);
    shares.push({ ranking: rankGroups(weight.shape, layout, scores), costPerWeight: unit });
  }
  const counts = allocate(shares, budget.allowed - fixed, pruning.allocation);

  const weights = new Map(model.weights);
  const structures = new Map<string, WeightStructure>();
  const decisions = new Map<string, string>();
  layers.forEach(({ node, weight, layout }, i) => {
    const { ranking } = shares[i];
    const kept = ranking.kept(counts[i]);
    const fraction = ranking.weights(counts[i]) / sizeOf(weight.shape);
    const structure = { scheme: pruning.scheme.id, layout, kept };
    structures.set(node.inputs[1], structure);
    weights.set(node.inputs[1], project(weight, structure));
    decisions.set(node.name, `keep ${percent(fraction)} of weights by ${name}`);
  });
  const pruned = { ...model, weights, structures };
  return await finish(model, pruned, { decisions, notes: pruning.notes }, context);
}
