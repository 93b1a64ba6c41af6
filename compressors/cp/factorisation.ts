/**
 * How one layer is factorised by CP, and what that costs at which rank.
 *
 * @module
 */

import type { LayerCosts } from "../../graph/costs.ts";
import type { ConvNode, Model } from "../../graph/model.ts";
import { replaceConvByCp } from "../../graph/rewrites/factorise.ts";
import { type Shape, sizeOf, type Tensor, values, zeros } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import { joinGroups, splitGroups } from "../lowrank/factorisation.ts";
import type { Factorisation } from "../lowrank/factorisation.ts";
import { sumOfSquares, toSingle, transpose } from "../lowrank/matrix.ts";
import type { Matrix } from "../lowrank/matrix.ts";
import { oneSided } from "../lowrank/one_sided.ts";
import { type Cp, cpAls } from "./als.ts";

/** Options of {@link factorisationOf}. */
export interface FactorisationOptions {
  /** Seed of random starts and sketches. */
  readonly seed: number;
  /** Whether the layer is the first convolution. */
  readonly first: boolean;
  /** The most sweeps of ALS. */
  readonly sweeps: number;
}

/**
 * How `node` is factorised: CP in place of Tucker-2; the same as Tucker has (Tucker-1, SVD) for the
 * first convolution, for 1x1 convolutions and for fully connected layers.
 */
export function factorisationOf(
  model: Model,
  node: WeightedNode,
  costs: LayerCosts,
  options: FactorisationOptions,
): Factorisation {
  return node.op === "Gemm" || options.first || sizeOf(node.attributes.kernel_shape) === 1
    ? oneSided(model, node, costs, options.seed)
    : byComponents(model, node, costs, options);
}

/** CP at rank R: `R (S + K1 + K2 + ... + T)` weights. */
function byComponents(
  model: Model,
  node: ConvNode,
  costs: LayerCosts,
  { seed, sweeps }: FactorisationOptions,
): Factorisation {
  const weights = splitGroups(model.weights.get(node.inputs[1])!, node.attributes.group);
  const { length: groups } = weights;
  const [T, S, ...kernel] = weights[0].shape;
  const axes = [...kernel.keys()].filter((axis) => acts(node, axis));
  // An axis on which the convolution does nothing has no factor; its extent is 1.
  const extents = [T, S, ...axes.map((axis) => kernel[axis])];
  const place = (model: Model, rank: number, factors: (axis: number, shape: Shape) => Tensor) => {
    const ones = kernel.map(() => 1);
    return replaceConvByCp(model, node.name, {
      in: factors(1, [rank, S, ...ones]),
      axes: kernel.map((extent, axis) => {
        const at = axes.indexOf(axis);
        return at < 0 ? undefined : factors(at + 2, [rank, 1, ...ones.with(axis, extent)]);
      }),
      out: factors(0, [T, rank, ...ones]),
    });
  };
  const zerosOf = (_: number, [first, ...rest]: Shape) => zeros([groups * first, ...rest]);
  return {
    node,
    groups,
    names: ["R"],
    full: [sizeOf(extents) / Math.max(...extents)],
    order: Math.max(S, T),
    costs: ([R]) => ({
      macs: groups * R * macsPerComponent(extents, axes, costs),
      params: groups * R * extents.reduce((sum, extent) => sum + extent, 0),
    }),
    place: (model, [rank]) => place(model, rank, zerosOf),
    analyse: () =>
      Promise.resolve({
        async replace(model, [rank]) {
          const found: Cp[] = [];
          let missed = 0, whole = 0, restarts = 0;
          for (const weight of weights) {
            const data = Float64Array.from(values(weight));
            const cp = await cpAls(data, extents, rank, seed, { sweeps });
            const size = sumOfSquares(data);
            whole += size;
            missed += cp.error ** 2 * size;
            restarts += cp.restarts;
            found.push(cp);
          }
          const oriented = (factor: Matrix, axis: number) =>
            toSingle(axis === 0 ? factor : transpose(factor));
          return {
            model: place(
              model,
              rank,
              (axis, shape) =>
                joinGroups(found.map(({ factors }) => oriented(factors[axis], axis)), shape),
            ),
            error: whole === 0 ? 0 : Math.sqrt(missed / whole),
            ...(restarts > 0 && { remark: `${restarts} restarts of ALS` }),
          };
        },
      }),
  };
}

/** Whether a convolution does anything along a spatial axis: more than one tap, steps, or padding. */
function acts({ attributes: { kernel_shape, strides, pads } }: ConvNode, axis: number): boolean {
  return kernel_shape[axis] > 1 || strides[axis] > 1 || pads[axis] !== 0 ||
    pads[axis + kernel_shape.length] !== 0;
}

/** The factors run one after the other, each on what the steps of those before have left. */
function macsPerComponent(
  [T, S, ...taps]: Shape,
  axes: readonly number[],
  { input, output }: LayerCosts,
): number {
  const positions = [...input];
  positions[1] = 1;
  let macs = S * sizeOf(positions);
  for (const [i, axis] of axes.entries()) {
    positions[axis + 2] = output[axis + 2];
    macs += taps[i] * sizeOf(positions);
  }
  return macs + T * sizeOf(positions);
}
