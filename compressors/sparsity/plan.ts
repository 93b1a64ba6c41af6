/**
 * What pruning by groups will work on, checked before any work.
 *
 * @module
 */

import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import { budgetOf, costPerWeight, refuseUnreachable } from "../budget.ts";
import type { CompressionContext, Target } from "../compressor.ts";
import { filterGroups, layersOf, untouchedLayers, type WeightedNode } from "../layers.ts";
import { refuseRate, type Selection, selectionOf } from "../selection.ts";
import { allocate } from "./allocate.ts";
import type { Allocation, Share } from "./allocate.ts";
import type { GroupRanking, Ranker } from "./ranking.ts";
import type { Block, Scheme } from "./schemes.ts";

/** Which groups of which layers may be pruned. */
export interface GroupChoice {
  /** The layers that take part, of those that the user wants touched. */
  readonly layers: readonly WeightedNode[];
  /** Which weights are kept or removed together. */
  readonly scheme: Scheme;
  /** Block size, for schemes that have one. */
  readonly block: Block;
  /** What target and report refer to, where the model was made from another. @default the model */
  readonly given?: Model;
}

/** One layer that takes part. */
export interface PrunedLayer {
  /** The layer. */
  readonly node: WeightedNode;
  /** Name of its weight. */
  readonly weight: string;
  /** `[M, N, K...]`. */
  readonly shape: Shape;
  /** Its groups. */
  readonly layout: GroupLayout;
  /** Cost of one weight, in the budget's unit. */
  readonly unit: number;
  /** The fewest weights that it keeps, about. */
  readonly least: number;
  /** Reduction of its weights, where the user gives one. */
  readonly rate?: number;
}

/** A layer that takes part in the sharing of a budget. */
export interface LayerShare extends Share {
  /** The layer. */
  readonly node: WeightedNode;
}

/** Numbers of groups that layers keep, in the order of `shares`, which cost `budget` at most. */
export type Allocator = (shares: readonly LayerShare[], budget: number) => number[];

/** What will be pruned, and how much may be left. */
export interface PruningPlan {
  /** Scheme and block, e.g. `"kgs 8x4"`. */
  readonly name: string;
  /** Id of the scheme. */
  readonly scheme: string;
  /** The layers that take part. */
  readonly layers: readonly PrunedLayer[];
  /** What they may cost together, in the target's unit. */
  readonly budget: number;
  /** Why other layers are left alone, by name. */
  readonly reasons: ReadonlyMap<string, string>;
}

/**
 * Lays groups over the layers of `model` and checks that the target can be reached.
 *
 * @throws {RangeError} when it cannot, or a layer's rate cannot, with the highest reachable rate; or
 *   the selection does not fit the model.
 */
export function planPruning(
  model: Model,
  target: Target,
  choice: GroupChoice,
  ranker: Ranker,
  context: CompressionContext,
): PruningPlan {
  const { given = model, scheme, block } = choice;
  const selection = selectionOf(given, context.selection);
  const budget = budgetOf(given, target);
  const name = scheme.blocked ? `${scheme.id} ${block.filters}x${block.channels}` : scheme.id;
  const reasons = reasonsOf(model, choice, selection);
  const costs = modelCosts(model);
  const layers = choice.layers.filter((node) => !reasons.has(node.name)).map(
    (node): PrunedLayer => {
      const weight = node.inputs[1];
      const { shape } = model.weights.get(weight)!;
      const layout = layoutOf(model, node, choice);
      const cost = costs.layers.find((layer) => layer.name === node.name)!;
      const unit = costPerWeight(cost, budget.unit);
      const least = ranker.least(shape, layout, node);
      return { node, weight, shape, layout, unit, least, rate: selection.rates.get(node.name) };
    },
  );
  const fixed = layers.reduce(
    (cost, { shape, unit }) => cost - unit * sizeOf(shape),
    costs[budget.unit],
  );
  const least = layers.reduce((cost, layer) => cost + layer.unit * leastWeights(layer), fixed);
  refuseUnreachable(given, budget, least, name);
  return { name, scheme: scheme.id, layers, budget: budget.allowed - fixed, reasons };
}

/** Share of what the layers of a plan cost that the target does not allow, `[0, 1)`. */
export function fractionToCut({ layers, budget }: PruningPlan): number {
  const all = layers.reduce((cost, { shape, unit }) => cost + unit * sizeOf(shape), 0);
  return Math.max(0, 1 - budget / all);
}

/** Why layers are left alone. @throws {RangeError} when one of them has a rate above 1. */
function reasonsOf(model: Model, pruning: GroupChoice, selection: Selection) {
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
function layoutOf(model: Model, node: WeightedNode, { scheme, block }: GroupChoice): GroupLayout {
  const [M, ...rest] = model.weights.get(node.inputs[1])!.shape;
  return scheme.layout([M / filterGroups(node), ...rest], block);
}

/** Why a layer is left alone, where blocks of filters would lie in two groups of a convolution. */
function crossingReason(model: Model, node: WeightedNode, pruning: GroupChoice) {
  const count = filterGroups(node);
  const filters = model.weights.get(node.inputs[1])!.shape[0] / count;
  const { filters: block } = layoutOf(model, node, pruning);
  return count === 1 || filters % block === 0
    ? undefined
    : `blocks of ${block} filters do not fit its groups of ${filters}`;
}

/** The fewest weights that a layer keeps; with a rate of its own, about that many. */
function leastWeights({ node, shape, layout, least: reserved, rate }: PrunedLayer): number {
  if (rate === undefined) return reserved;
  const size = sizeOf(shape);
  if (size / rate < reserved * (1 - ROUNDING) && groupsAreEqual(shape, layout)) {
    refuseRate(node.name, `at most ${Math.floor(size / reserved * 1000) / 1000}`, rate);
  }
  return size / rate;
}

/** Groups that each layer keeps: what its own rate allows, or its share of what is left. */
export function countGroups(
  { layers, budget }: PruningPlan,
  shares: readonly LayerShare[],
  allocation: Allocation | Allocator,
): number[] {
  const counts = layers.map(({ shape, rate }, i) =>
    rate === undefined ? 0 : groupsWithin(shares[i].ranking, sizeOf(shape) / rate * (1 + ROUNDING))
  );
  const free = layers.map((_, i) => i).filter((i) => layers[i].rate === undefined);
  const used = layers.reduce(
    (sum, { rate, unit }, i) =>
      rate === undefined ? sum : sum + unit * shares[i].ranking.weights(counts[i]),
    0,
  );
  const share: Allocator = typeof allocation === "function"
    ? allocation
    : (shares, budget) => allocate(shares, budget, allocation);
  share(free.map((i) => shares[i]), budget - used)
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
