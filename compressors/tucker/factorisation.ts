/**
 * How one layer is factorised, and what that costs at which ranks.
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
import { singularValues } from "../lowrank/eigen.ts";
import { evbmf } from "../lowrank/evbmf.ts";
import { toSingle, transpose } from "../lowrank/matrix.ts";
import type { Matrix } from "../lowrank/matrix.ts";
import { svd } from "../lowrank/svd.ts";
import { hooi, hosvd, kernelSpectra } from "../lowrank/tucker2.ts";
import { kernelOf } from "../lowrank/unfold.ts";

/** A layer that can be factorised. */
export interface Factorisation {
  /** The layer. */
  readonly node: WeightedNode;
  /** What the ranks are called, e.g. `["R3", "R4"]`. */
  readonly names: readonly string[];
  /** Full ranks: nothing is lost at these. */
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
  if (node.op === "Gemm") return oneSided(node, weight, costs, options, replaceBySvd);
  const [, , ...kernel] = weight.shape;
  return options.first || sizeOf(kernel) === 1
    ? oneSided(node, weight, costs, options, replaceByTucker1)
    : twoSided(node, weight, costs, options);
}

function twoSided(
  node: WeightedNode,
  weight: Tensor,
  costs: LayerCosts,
  { decomposition }: FactorisationOptions,
): Factorisation {
  const [T, S, ...positions] = weight.shape;
  const D = sizeOf(positions);
  const before = sizeOf(costs.input) / costs.input[1];
  const after = sizeOf(costs.output) / costs.output[1];
  return {
    node,
    names: ["R3", "R4"],
    full: [Math.min(S, T * D), Math.min(T, S * D)],
    costs: ([R3, R4]) => ({
      macs: S * R3 * before + (D * R3 * R4 + T * R4) * after,
      params: S * R3 + D * R3 * R4 + T * R4,
    }),
    async analyse() {
      const spectra = await kernelSpectra(kernelOf(weight));
      const rank = (spectrum: typeof spectra.input, rows: number, columns: number) =>
        evbmf(singularValues(spectrum).subarray(0, Math.min(rows, columns)), rows, columns).rank;
      return {
        ranks: [rank(spectra.input, S, T * D), rank(spectra.output, T, S * D)],
        async replace(model, [R3, R4]) {
          const decompose = decomposition === "hooi" ? hooi : hosvd;
          const ranks = { input: R3, output: R4 };
          const { core, input, output } = await decompose(kernelOf(weight), ranks, spectra);
          const ones = positions.map(() => 1);
          return replaceConvByTucker2(model, node.name, {
            in: asTensor(toSingle(transpose(input)), [R3, S, ...ones]),
            core: tensor(Float32Array.from(core.data), [R4, R3, ...positions]),
            out: asTensor(toSingle(output), [T, R4, ...ones]),
          });
        },
      };
    },
  };
}

/** Puts the factors `T x r` and `r x (S D)` in place of a layer. */
type ReplaceByPair = (
  model: Model,
  node: WeightedNode,
  shape: Shape,
  left: Matrix<Float32Array>,
  right: Matrix<Float32Array>,
) => Model;

const replaceBySvd: ReplaceByPair = (model, node, [T, S], left, right) =>
  replaceGemmBySvd(model, node.name, {
    in: asTensor(right, [right.rows, S]),
    out: asTensor(left, [T, right.rows]),
  });

const replaceByTucker1: ReplaceByPair = (model, node, [T, ...rest], left, right) =>
  replaceConvByTucker1(model, node.name, {
    core: asTensor(right, [right.rows, ...rest]),
    out: asTensor(left, [T, right.rows, ...rest.slice(1).map(() => 1)]),
  });

function oneSided(
  node: WeightedNode,
  weight: Tensor,
  { output }: LayerCosts,
  { seed }: FactorisationOptions,
  replace: ReplaceByPair,
): Factorisation {
  const [rows, ...rest] = weight.shape;
  const columns = sizeOf(rest);
  const positions = sizeOf(output) / output[1];
  const params = (rank: number) => rank * (rows + columns);
  return {
    node,
    names: ["rank"],
    full: [Math.min(rows, columns)],
    costs: ([rank]) => ({ macs: params(rank) * positions, params: params(rank) }),
    async analyse() {
      const { singular, residual, factors } = await svd(
        { rows, columns, data: values(weight) },
        seed,
      );
      return {
        ranks: [evbmf(singular, rows, columns, { residual }).rank],
        async replace(model, [rank]) {
          const { left, right } = await factors(rank);
          return replace(model, node, weight.shape, left, right);
        },
      };
    },
  };
}

const asTensor = ({ data }: Matrix<Float32Array>, shape: Shape) => tensor(data, shape);
