/**
 * Purification: what ADMM has left almost empty is removed as well.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { removeDeadChannels } from "../../graph/rewrites/dead.ts";
import { removeBundles } from "../../graph/rewrites/shrink.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { bundleScores, rankBundles } from "../filters.ts";
import { project } from "../sparsity/mask.ts";
import { groupScores } from "../sparsity/scores.ts";
import { type HybridLayer, type HybridSpace, prunesFilters } from "./space.ts";

/**
 * How much of what is left is taken to be almost empty: percentiles of the norms as fractions, below
 * which things are removed.
 */
export interface Thresholds {
  /** Of filters, one per group: a filter goes when all layers that make its channel agree. */
  readonly filters: readonly number[];
  /** Of columns, one per layer. */
  readonly columns: readonly number[];
  /** Of channels that are partly empty, one per layer. */
  readonly channels: readonly number[];
}

/** A channel is partly empty when it has lost at least this part of its columns. */
const EMPTINESS = 1 / 2;

/** Whether columns of a layer may be purified: those that a user gives a rate have it already. */
export function isPurified({ reason, wanted }: HybridLayer): boolean {
  return reason === undefined && wanted === undefined;
}

/**
 * The model without filters, columns and channels below the thresholds, and without the filters of the
 * layer before that these leave unread.
 */
export function purify(model: Model, space: HybridSpace, thresholds: Thresholds): Model {
  const { layers, plan, scheme } = space;
  const weights = new Map(model.weights);
  const structures = new Map(model.structures);
  layers.forEach((layer, i) => {
    if (!isPurified(layer)) return;
    const weight = model.weights.get(layer.weight)!;
    const layout = scheme.layout(weight.shape, { filters: 1, channels: 1 });
    const norms = groupScores(weight, layout, "l2");
    const before = structures.get(layer.weight)?.kept ?? new Uint8Array(norms.length).fill(1);
    const kept = keptColumns(weight, norms, before, thresholds.columns[i], thresholds.channels[i]);
    if (!kept.some((bit, column) => bit !== before[column])) return;
    const structure: WeightStructure = { scheme: scheme.id, layout, kept };
    structures.set(layer.weight, structure);
    weights.set(layer.weight, project(weight, structure));
  });
  const emptied = { ...model, weights, structures };
  const pruned = removeBundles(emptied, plan.channels, keptFilters(model, space, thresholds));
  return removeDeadChannels(pruned, new Set(plan.reasons.keys()));
}

/**
 * Columns above the threshold, of these those in channels that are above theirs or nearly whole.
 *
 * @param norms Of the columns, `[N * positions]`.
 */
function keptColumns(
  { shape: [, N] }: Tensor,
  norms: Float32Array,
  before: Uint8Array,
  column: number,
  channel: number,
): Uint8Array {
  const least = percentile(norms.filter((_, i) => before[i]), column);
  const kept = before.map((bit, i) => bit && norms[i] >= least ? 1 : 0);
  const positions = norms.length / N;
  const of = (n: number) => kept.subarray(n * positions, (n + 1) * positions);
  const sums = Float64Array.from(Array(N).keys(), (n) => {
    let squares = 0;
    of(n).forEach((bit, s) => squares += bit * norms[n * positions + s] ** 2);
    return squares;
  });
  const alive = Array.from(Array(N).keys()).filter((n) => of(n).includes(1));
  const leastSum = percentile(Float64Array.from(alive, (n) => sums[n]), channel);
  for (const n of alive) {
    const empty = of(n).reduce((count, bit) => count + 1 - bit, 0) / positions;
    if (empty >= EMPTINESS && sums[n] < leastSum) of(n).fill(0);
  }
  return kept;
}

/** 1 for bundles that stay. */
function keptFilters(
  model: Model,
  space: HybridSpace,
  { filters }: Thresholds,
): Uint8Array {
  const { plan, steps, layers } = space;
  const kept = new Uint8Array(plan.channels.count).fill(1);
  if (!prunesFilters(space)) return kept;
  const scores = bundleScores(model, plan, "l2");
  const rated = new Set(
    layers.flatMap(({ node, wanted }) => wanted === undefined ? [] : node.name),
  );
  plan.groups.forEach((group, g) => {
    if (group.layers.some((name) => rated.has(name))) return;
    const { bundles } = group;
    const weak = new Set(bundles);
    for (const name of group.layers) {
      const own = bundleScores(model, { ...plan, groups: [{ ...group, layers: [name] }] }, "l2");
      const least = percentile(Float32Array.from(bundles, (bundle) => own[bundle]), filters[g]);
      for (const bundle of bundles) if (own[bundle] >= least) weak.delete(bundle);
    }
    // Counts stay those that the group may keep.
    const { step } = steps[g];
    const left = Math.ceil((bundles.length - weak.size) / step) * step;
    const weakestFirst = rankBundles(group, scores).reverse().filter((bundle) => weak.has(bundle));
    for (const bundle of weakestFirst.slice(0, Math.max(0, bundles.length - left))) {
      kept[bundle] = 0;
    }
  });
  return kept;
}

/** The value below which a fraction of the values lie. */
function percentile(values: Float32Array | Float64Array, fraction: number): number {
  return values.toSorted()[Math.floor(fraction * values.length)];
}
