/**
 * How one layer is factorised, and what that costs at which ranks.
 *
 * Each group of a grouped convolution is decomposed by itself, all at the same ranks: the largest
 * that EVBMF finds in any of them, so that no group loses what it finds.
 *
 * @module
 */

import type { LayerCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import {
  replaceConvByTucker1,
  replaceConvByTucker2,
  replaceGemmBySvd,
} from "../../graph/rewrites/factorise.ts";
import { sizeOf, tensor, values } from "../../graph/tensor.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import { singularValues, type Spectrum } from "../lowrank/eigen.ts";
import { evbmf } from "../lowrank/evbmf.ts";
import { toSingle, transpose } from "../lowrank/matrix.ts";
import type { Matrix } from "../lowrank/matrix.ts";
import { type LowRank, svd } from "../lowrank/svd.ts";
import { hooi, hosvd, kernelSpectra } from "../lowrank/tucker2.ts";
import { kernelOf, unfoldFilters } from "../lowrank/unfold.ts";

/** A layer that can be factorised. */
export interface Factorisation {
  /** The layer. */
  readonly node: WeightedNode;
  /** Groups of the convolution, each with factors of its own; 1 for a fully connected layer. */
  readonly groups: number;
  /** What the ranks are called, e.g. `["R3", "R4"]`. */
  readonly names: readonly string[];
  /** Full ranks, per group: nothing is lost at these. */
  readonly full: readonly number[];
  /** MACs and weights of the factors at some ranks (sections 3.1 and 3.2 of the paper: E and M). */
  costs(ranks: readonly number[]): { readonly macs: number; readonly params: number };
  /** Looks at the weight: the costly part, done once. */
  analyse(): Promise<Analysis>;
}

/** What a layer's weight says. */
export interface Analysis {
  /** Ranks by EVBMF; 0 where it finds no signal. */
  readonly ranks: readonly number[];
  /** The model with the layer replaced by its factors at some ranks. */
  replace(model: Model, ranks: readonly number[]): Promise<Model>;
}

/** Which Tucker-2 decomposition. */
export type Decomposition = "hosvd" | "hooi";

/** Options of {@link factorisationOf}. */
export interface FactorisationOptions {
  /** How kernels are decomposed. */
  readonly decomposition: Decomposition;
  /** Seed of the sketches of large matrices. */
  readonly seed: number;
  /** Whether the layer is the first convolution, whose few input channels are left as they are. */
  readonly first: boolean;
}

/**
 * How `node` is factorised: Tucker-2; Tucker-1 for the first convolution and for 1x1 convolutions,
 * where the two-sided form gains nothing; SVD for fully connected layers.
 */
export function factorisationOf(
  model: Model,
  node: WeightedNode,
  costs: LayerCosts,
  options: FactorisationOptions,
): Factorisation {
  const weight = model.weights.get(node.inputs[1])!;
  if (node.op === "Gemm") return oneSided(node, [weight], costs, options, replaceBySvd);
  const [, , ...kernel] = weight.shape;
  const groups = split(weight, node.attributes.group);
  return options.first || sizeOf(kernel) === 1
    ? oneSided(node, groups, costs, options, replaceByTucker1)
    : twoSided(node, groups, costs, options);
}

/** The filters of each group; shares memory. */
function split(weight: Tensor, groups: number): Tensor[] {
  const [filters, ...rest] = weight.shape;
  const size = sizeOf(weight.shape) / groups;
  return Array.from(
    { length: groups },
    (_, g) =>
      tensor(values(weight).subarray(g * size, (g + 1) * size), [filters / groups, ...rest]),
  );
}

/** The factors of all groups, one behind the other along the first axis. */
function join(factors: readonly Matrix<Float32Array>[], shape: Shape): Tensor {
  const joined = new Float32Array(factors.length * sizeOf(shape));
  factors.forEach(({ data }, g) => joined.set(data, g * data.length));
  return tensor(joined, [factors.length * shape[0], ...shape.slice(1)]);
}

/** The largest rank of any group, of each kind. */
function largest(ranks: readonly (readonly number[])[]): number[] {
  return ranks[0].map((_, r) => Math.max(...ranks.map((own) => own[r])));
}

function twoSided(
  node: WeightedNode,
  weights: readonly Tensor[],
  costs: LayerCosts,
  { decomposition }: FactorisationOptions,
): Factorisation {
  const { length: groups } = weights;
  const [T, S, ...positions] = weights[0].shape;
  const D = sizeOf(positions);
  const before = sizeOf(costs.input) / costs.input[1];
  const after = sizeOf(costs.output) / costs.output[1];
  return {
    node,
    groups,
    names: ["R3", "R4"],
    full: [Math.min(S, T * D), Math.min(T, S * D)],
    costs: ([R3, R4]) => ({
      macs: groups * (S * R3 * before + (D * R3 * R4 + T * R4) * after),
      params: groups * (S * R3 + D * R3 * R4 + T * R4),
    }),
    async analyse() {
      const spectra = await Array.fromAsync(weights, (w) => kernelSpectra(kernelOf(w)));
      const rank = (spectrum: Spectrum, rows: number, columns: number) =>
        evbmf(singularValues(spectrum).subarray(0, Math.min(rows, columns)), rows, columns).rank;
      return {
        ranks: largest(
          spectra.map(({ input, output }) => [rank(input, S, T * D), rank(output, T, S * D)]),
        ),
        async replace(model, [R3, R4]) {
          const decompose = decomposition === "hooi" ? hooi : hosvd;
          const ranks = { input: R3, output: R4 };
          const factors = await Array.fromAsync(
            weights,
            (w, g) => decompose(kernelOf(w), ranks, spectra[g]),
          );
          const ones = positions.map(() => 1);
          return replaceConvByTucker2(model, node.name, {
            in: join(factors.map(({ input }) => toSingle(transpose(input))), [R3, S, ...ones]),
            core: join(
              factors.map(({ core }) => toSingle(unfoldFilters(core))),
              [R4, R3, ...positions],
            ),
            out: join(factors.map(({ output }) => toSingle(output)), [T, R4, ...ones]),
          });
        },
      };
    },
  };
}

/** Puts the factors `T x r` and `r x (S D)` of a weight `[T, S, K...]`, or its groups, in its place. */
type ReplaceByPairs = (
  model: Model,
  node: WeightedNode,
  shape: Shape,
  rank: number,
  pairs: readonly LowRank[],
) => Model;

const replaceBySvd: ReplaceByPairs = (model, node, [T, S], rank, pairs) =>
  replaceGemmBySvd(model, node.name, {
    in: join(pairs.map(({ right }) => right), [rank, S]),
    out: join(pairs.map(({ left }) => left), [T, rank]),
  });

const replaceByTucker1: ReplaceByPairs = (model, node, [T, ...rest], rank, pairs) =>
  replaceConvByTucker1(model, node.name, {
    core: join(pairs.map(({ right }) => right), [rank, ...rest]),
    out: join(pairs.map(({ left }) => left), [T, rank, ...rest.slice(1).map(() => 1)]),
  });

function oneSided(
  node: WeightedNode,
  weights: readonly Tensor[],
  { output }: LayerCosts,
  { seed }: FactorisationOptions,
  replace: ReplaceByPairs,
): Factorisation {
  const { length: groups, 0: { shape } } = weights;
  const [rows, ...rest] = shape;
  const columns = sizeOf(rest);
  const positions = sizeOf(output) / output[1];
  const params = (rank: number) => groups * rank * (rows + columns);
  return {
    node,
    groups,
    names: ["rank"],
    full: [Math.min(rows, columns)],
    costs: ([rank]) => ({ macs: params(rank) * positions, params: params(rank) }),
    async analyse() {
      const found = await Array.fromAsync(
        weights,
        (w) => svd({ rows, columns, data: values(w) }, seed),
      );
      return {
        ranks: largest(
          found.map(({ singular, residual }) => [
            evbmf(singular, rows, columns, { residual }).rank,
          ]),
        ),
        async replace(model, [rank]) {
          const pairs = await Array.fromAsync(found, ({ factors }) => factors(rank));
          return replace(model, node, shape, rank, pairs);
        },
      };
    },
  };
}
