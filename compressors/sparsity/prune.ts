/**
 * Pruning by groups: scores, a budget shared among the layers, masks.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { GroupLayout, WeightStructure } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { budgetOf, costPerWeight, refuseUnreachable } from "../budget.ts";
import type { CompressedModel, CompressionContext, Target } from "../compressor.ts";
import { filterGroups, layersOf, untouchedLayers, type WeightedNode } from "../layers.ts";
import { checkpoint } from "../progress.ts";
import { finish, percent } from "../report.ts";
import { refuseRate, type Selection, selectionOf } from "../selection.ts";
import { allocate } from "./allocate.ts";
import type { Allocation, Share } from "./allocate.ts";
import { project } from "./mask.ts";
import { type GroupRanking, rankGroups, reservedWeights } from "./ranking.ts";
import type { Block, Scheme } from "./schemes.ts";

/** What {@link pruneGroups} prunes and how. */
export interface GroupPruning {
  /** The layers that take part, of those that the user wants touched. */
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

/** One layer that takes part. */
interface PrunedLayer {
  readonly node: WeightedNode;
  readonly weight: Tensor;
  readonly layout: GroupLayout;
  /** Cost of one weight, in the budget's unit. */
  readonly unit: number;
  /** Reduction of its weights, where the user gives one. */
  readonly rate?: number;
}

/**
 * Prunes groups of `pruning.layers` until the model costs what the target allows and as close to it
 * as one group permits. Every block of filters keeps at least one group. Layers with a rate of their
 * own keep what that allows, and the others share the rest.
 *
 * @throws {RangeError} when the target or a layer's rate cannot be reached, with the highest
 * reachable rate, or the selection does not fit the model; before any weight is looked at.
 */
export async function pruneGroups(
  model: Model,
  target: Target,
  pruning: GroupPruning,
  context: CompressionContext,
): Promise<CompressedModel> {
  const selection = selectionOf(model, context.selection);
  const budget = budgetOf(model, target);
  const name = pruning.scheme.blocked
    ? `${pruning.scheme.id} ${pruning.block.filters}x${pruning.block.channels}`
    : pruning.scheme.id;
  const reasons = reasonsOf(model, pruning, selection);
  const layers = pruning.layers.filter((node) => !reasons.has(node.name)).map(
    (node): PrunedLayer => {
      const weight = model.weights.get(node.inputs[1])!;
      const layout = layoutOf(model, node, pruning);
      const costs = budget.costs.layers.find((layer) => layer.name === node.name)!;
      const unit = costPerWeight(costs, budget.unit);
      return { node, weight, layout, unit, rate: selection.rates.get(node.name) };
    },
  );
  const fixed = layers.reduce(
    (cost, { weight, unit }) => cost - unit * sizeOf(weight.shape),
    budget.dense,
  );
  const least = layers.reduce((cost, layer) => cost + layer.unit * leastWeights(layer), fixed);
  refuseUnreachable(model, budget, least, name);

  const shares: Share[] = [];
  for (const { node, weight, layout, unit } of layers) {
    await checkpoint(context, `${node.name}: ${name}`, shares.length, layers.length);
    const scores = pruning.score(weight, layout, node);
    shares.push({ ranking: rankGroups(weight.shape, layout, scores), costPerWeight: unit });
  }
  const counts = countsOf(layers, shares, budget.allowed - fixed, pruning.allocation);

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
  return await finish(model, pruned, { decisions, notes: pruning.notes, reasons }, context);
}

/** Why layers are left alone. @throws {RangeError} when one of them has a rate above 1. */
function reasonsOf(model: Model, pruning: GroupPruning, selection: Selection) {
  const chosen = new Map(
    pruning.layers.map((node) => [node.name, crossingReason(model, node, pruning)]),
  );
  const fullyConnected = pruning.layers.some(({ op }) => op === "Gemm");
  const untouched = untouchedLayers(model, { fullyConnected });
  const reasons = new Map<string, string>();
  for (const { name } of layersOf(model)) {
    const left = chosen.has(name)
      ? chosen.get(name)
      : untouched.get(name) ?? "not of the method's layers";
    const reason = selection.reason(name) ?? left;
    if (reason === undefined) continue;
    reasons.set(name, reason);
    const rate = selection.rates.get(name) ?? 1;
    if (rate > 1) refuseRate(name, `1 (it is left alone: ${reason})`, rate);
  }
  return reasons;
}

/**
 * The groups of weights that the scheme lays over a layer. What spans all filters spans those of one
 * group of a grouped convolution, as its channels are those of one group.
 */
function layoutOf(model: Model, node: WeightedNode, { scheme, block }: GroupPruning): GroupLayout {
  const [M, ...rest] = model.weights.get(node.inputs[1])!.shape;
  return scheme.layout([M / filterGroups(node), ...rest], block);
}

/** Why a layer is left alone, where blocks of filters would lie in two groups of a convolution. */
function crossingReason(model: Model, node: WeightedNode, pruning: GroupPruning) {
  const count = filterGroups(node);
  const filters = model.weights.get(node.inputs[1])!.shape[0] / count;
  const { filters: block } = layoutOf(model, node, pruning);
  return count === 1 || filters % block === 0
    ? undefined
    : `blocks of ${block} filters do not fit its groups of ${filters}`;
}

/** The fewest weights that a layer keeps; with a rate of its own, about that many. */
function leastWeights({ node, weight: { shape }, layout, rate }: PrunedLayer): number {
  const reserved = reservedWeights(shape, layout);
  if (rate === undefined) return reserved;
  const size = sizeOf(shape);
  if (size / rate < reserved * (1 - ROUNDING) && groupsAreEqual(shape, layout)) {
    refuseRate(node.name, `at most ${Math.floor(size / reserved * 1000) / 1000}`, rate);
  }
  return size / rate;
}

/** Groups that each layer keeps. */
function countsOf(
  layers: readonly PrunedLayer[],
  shares: readonly Share[],
  budget: number,
  allocation: Allocation,
): number[] {
  const counts = layers.map(({ weight, rate }, i) =>
    rate === undefined
      ? 0
      : groupsWithin(shares[i].ranking, sizeOf(weight.shape) / rate * (1 + ROUNDING))
  );
  const free = layers.map((_, i) => i).filter((i) => layers[i].rate === undefined);
  const used = layers.reduce(
    (sum, { rate, unit }, i) =>
      rate === undefined ? sum : sum + unit * shares[i].ranking.weights(counts[i]),
    0,
  );
  allocate(free.map((i) => shares[i]), budget - used, allocation)
    .forEach((count, at) => counts[free[at]] = count);
  return counts;
}

/** The largest number of groups that have at most `weights` together. */
function groupsWithin({ groups, reserved, weights: weightsOf }: GroupRanking, weights: number) {
  let low = reserved, high = groups;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (weightsOf(middle) <= weights) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Rates are quotients of whole numbers, rounded once each way. */
const ROUNDING = 1e-12;

const groupsAreEqual = ([M, N]: Shape, { filters, channels }: GroupLayout) =>
  M % filters === 0 && N % channels === 0;
