/**
 * One layer that can become a chain of smaller ones, whatever the decomposition.
 *
 * Each group of a grouped convolution is decomposed by itself, all at the same ranks: the largest that
 * are found in any of them, so that no group loses what it has.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { type Shape, sizeOf, type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import type { Matrix } from "./matrix.ts";

/** A layer that can be factorised. */
export interface Factorisation {
  /** The layer. */
  readonly node: WeightedNode;
  /** Groups of the convolution, each with factors of its own; 1 for a fully connected layer. */
  readonly groups: number;
  /** What the ranks are called, e.g. `["R3", "R4"]`. */
  readonly names: readonly string[];
  /** Full ranks, per group: nothing need be lost at these. */
  readonly full: readonly number[];
  /** Rows of the largest matrix whose spectrum is needed. */
  readonly order: number;
  /** MACs and weights of the factors at some ranks. */
  costs(ranks: readonly number[]): { readonly macs: number; readonly params: number };
  /** The model with the layer replaced by factors of zeros: their structure alone. */
  place(model: Model, ranks: readonly number[]): Model;
  /** Looks at the weight: the costly part, done once. */
  analyse(): Promise<Analysis>;
}

/** What a layer's weight says. */
export interface Analysis {
  /** Ranks by EVBMF, 0 where it finds no signal; absent where it says nothing about the ranks. */
  readonly evbmf?: readonly number[];
  /** Ranks that keep a share of the squared singular values; absent as `evbmf` is. */
  energy?(share: number): readonly number[];
  /** The model with the layer replaced by its factors at some ranks. */
  replace(model: Model, ranks: readonly number[]): Promise<Replacement>;
}

/** A model with factors in place of a layer. */
export interface Replacement {
  /** The model. */
  readonly model: Model;
  /** `||W - rebuilt W|| / ||W||`, over all groups. */
  readonly error: number;
  /** What a reader of the layer's ranks must know. */
  readonly remark?: string;
}

/** The filters of each group; shares memory. */
export function splitGroups(weight: Tensor, groups: number): Tensor[] {
  const [filters, ...rest] = weight.shape;
  const size = sizeOf(weight.shape) / groups;
  return Array.from(
    { length: groups },
    (_, g) =>
      tensor(values(weight).subarray(g * size, (g + 1) * size), [filters / groups, ...rest]),
  );
}

/** The factors of all groups, one behind the other along the first axis. */
export function joinGroups(factors: readonly Matrix<Float32Array>[], shape: Shape): Tensor {
  const joined = new Float32Array(factors.length * sizeOf(shape));
  factors.forEach(({ data }, g) => joined.set(data, g * data.length));
  return tensor(joined, [factors.length * shape[0], ...shape.slice(1)]);
}

/** The largest rank of any group, of each kind. */
export function largestRanks(ranks: readonly (readonly number[])[]): number[] {
  return ranks[0].map((_, r) => Math.max(...ranks.map((own) => own[r])));
}
