/**
 * Hybrid structured pruning: filters and columns of the same layers.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { cropTensor } from "../../graph/rewrites/crop.ts";
import { removeBundles } from "../../graph/rewrites/shrink.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import { sizeOf, type Tensor, values } from "../../graph/tensor.ts";
import { keptBundles } from "../filters.ts";
import { project } from "../sparsity/mask.ts";
import { topK } from "../sparsity/topk.ts";
import { columnsLeft, costOf, type HybridSpace } from "./space.ts";

/** Which filters and which of their columns are left. */
export interface Hybrid {
  /** 1 for each column (or single weight) that is left, by name of weights that lose some. */
  readonly chosen: ReadonlyMap<string, Uint8Array>;
  /** 1 for each bundle of channels that is left. */
  readonly kept: Uint8Array;
  /** Cost of the model, in the unit of the budget. */
  readonly cost: number;
  /** Bundles removed as nothing reads them any more. */
  readonly dead: number;
}

/**
 * Chooses the filters that stay, then the columns: those with the largest norm over these filters.
 * Filters whose channel has lost all columns in every layer that reads it are dead: to remove them,
 * too, changes no output, and what they cost is spent on other columns.
 *
 * @param orders Bundles of every group, best first.
 * @param counts Bundles kept per group, before dead ones are removed.
 * @param columnsFor Columns kept per layer when groups keep so many bundles.
 */
export function chooseHybrid(
  dense: Model,
  space: HybridSpace,
  orders: readonly Int32Array[],
  counts: readonly number[],
  columnsFor: (counts: readonly number[]) => number[],
): Hybrid {
  const { plan, layers } = space;
  const kept = keptBundles(plan, orders, counts);
  const ranked = layers.map(({ weight, reason }) =>
    reason === undefined ? rank(dense.weights.get(weight)!, weight, space, kept) : undefined
  );
  for (let dead = 0;;) {
    const left = plan.groups.map(({ bundles }) => bundles.filter((bundle) => kept[bundle]).length);
    const columns = columnsFor(left);
    const chosen = new Map(layers.flatMap(({ weight }, i) => {
      const best = ranked[i]?.best(columns[i]);
      return best ? [[weight, best] as const] : [];
    }));
    const unread = unreadBundles(dense, space, chosen, kept);
    if (unread.length === 0) {
      const density = layers.map((layer, i) => columns[i] / columnsLeft(space, layer, left));
      return { chosen, kept, cost: costOf(space.costs(left), density), dead };
    }
    for (const bundle of unread) kept[bundle] = 0;
    for (const own of ranked) own?.drop(unread);
    dead += unread.length;
  }
}

/** What may be removed of one weight, by its size. */
interface Ranked {
  /** 1 for the best `count` of those that are left; undefined when these are all. */
  best(count: number): Uint8Array | undefined;
  /** Takes the filters of bundles off that are not kept any more. */
  drop(bundles: readonly number[]): void;
}

function rank(weight: Tensor, name: string, space: HybridSpace, kept: Uint8Array): Ranked {
  const axes = space.plan.channels.weights.get(name) ?? [];
  if (space.structure === "non-structured") return new Elements(weight, axes, kept);
  return new Columns(weight, axes, kept);
}

/** The elements of one weight by their magnitude. */
class Elements implements Ranked {
  readonly #weight: Tensor;
  readonly #axes: readonly (Int32Array | undefined)[];
  readonly #kept: Uint8Array;

  constructor(weight: Tensor, axes: readonly (Int32Array | undefined)[], kept: Uint8Array) {
    this.#weight = weight;
    this.#axes = axes;
    this.#kept = kept;
  }

  best(count: number): Uint8Array | undefined {
    const masks = this.#axes.map((bundles) =>
      bundles && Uint8Array.from(bundles, (bundle) => this.#kept[bundle])
    );
    const left = values(cropTensor(this.#weight, masks));
    return count === left.length ? undefined : topK(left.map(Math.abs), count);
  }

  /** Removed filters are left out by `kept`. */
  drop(): void {}
}

/** The columns of one weight by their norm over the filters that are left. */
class Columns implements Ranked {
  readonly #data: Float32Array;
  readonly #energy: Float64Array;
  readonly #filters: Int32Array | undefined;
  readonly #channels: Int32Array | undefined;
  readonly #kept: Uint8Array;
  readonly #positions: number;

  /** Columns of `weight` `[M, N, K...]`; `kept` is changed from outside, see {@link drop}. */
  constructor(
    weight: Tensor,
    [filters, channels]: readonly (Int32Array | undefined)[],
    kept: Uint8Array,
  ) {
    const [M, N] = weight.shape;
    this.#data = values(weight);
    this.#energy = new Float64Array(this.#data.length / M);
    this.#positions = this.#energy.length / N;
    this.#filters = filters;
    this.#channels = channels;
    this.#kept = kept;
    for (let m = 0; m < M; m++) if (!filters || kept[filters[m]]) this.#add(m, 1);
  }

  best(count: number): Uint8Array | undefined {
    const left = this.#energy.map((_, column) => {
      const channel = Math.floor(column / this.#positions);
      return this.#channels && !this.#kept[this.#channels[channel]] ? 0 : 1;
    });
    const columns = Array.from(left.keys()).filter((column) => left[column]);
    if (count === columns.length) return undefined;
    // What is left after filters were taken off may be a little below 0.
    const norms = columns.map((column) => Math.sqrt(Math.max(0, this.#energy[column])));
    return topK(Float32Array.from(norms), count);
  }

  drop(bundles: readonly number[]): void {
    const gone = new Set(bundles);
    this.#filters?.forEach((bundle, filter) => gone.has(bundle) && this.#add(filter, -1));
  }

  #add(filter: number, sign: 1 | -1) {
    const row = this.#data.subarray(
      filter * this.#energy.length,
      (filter + 1) * this.#energy.length,
    );
    for (let i = 0; i < row.length; i++) this.#energy[i] += sign * row[i] * row[i];
  }
}

/** The model with filters removed physically, and columns by mask. */
export function applyHybrid(
  dense: Model,
  { plan, scheme }: HybridSpace,
  { chosen, kept }: Hybrid,
): Model {
  const model = removeBundles(dense, plan.channels, kept);
  const weights = new Map(model.weights);
  const structures = new Map(model.structures);
  for (const [name, kept] of chosen) {
    const weight = weights.get(name)!;
    const layout = scheme.layout(weight.shape, { filters: 1, channels: 1 });
    const structure: WeightStructure = { scheme: scheme.id, layout, kept };
    structures.set(name, structure);
    weights.set(name, project(weight, structure));
  }
  return { ...model, weights, structures };
}

/** Bundles that are kept though all columns that read them are gone. */
function unreadBundles(
  { weights }: Model,
  { plan: { channels, groups } }: HybridSpace,
  chosen: ReadonlyMap<string, Uint8Array>,
  kept: Uint8Array,
): number[] {
  const read = new Uint8Array(kept.length);
  for (const { weight, axis } of channels.readers) {
    const left = channels.weights.get(weight)![axis]!.filter((bundle) => kept[bundle]);
    const columns = chosen.get(weight);
    const positions = sizeOf(weights.get(weight)!.shape.slice(2));
    // Single weights are a row of columns for each filter.
    columns?.forEach((bit, i) => {
      if (bit) read[left[Math.floor(i / positions) % left.length]] = 1;
    });
    if (!columns) { for (const bundle of left) read[bundle] = 1; }
  }
  return groups.flatMap(({ bundles }) => {
    const alive = [...bundles].filter((bundle) => kept[bundle]);
    const unread = alive.filter((bundle) => !read[bundle]);
    // A layer that nothing reads at all is not for pruning to remove.
    return unread.length === alive.length ? unread.slice(1) : unread;
  });
}
