/**
 * Layers as two: SVD of fully connected layers, Tucker-1 of convolutions (Kim et al., ICLR 2016: the
 * first convolution, whose few input channels are left as they are).
 *
 * @module
 */

import type { LayerCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { replaceConvByTucker1, replaceGemmBySvd } from "../../graph/rewrites/factorise.ts";
import { type Shape, sizeOf, values } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import { rankByEnergy } from "./eigen.ts";
import { evbmf } from "./evbmf.ts";
import { joinGroups, largestRanks, splitGroups } from "./factorisation.ts";
import type { Factorisation } from "./factorisation.ts";
import { sumOfSquares } from "./matrix.ts";
import { type LowRank, svd } from "./svd.ts";

/**
 * A layer as a product of two at one rank: T x S to r, and r to T. Of a convolution, the first has its
 * kernel.
 *
 * @param seed Seed of the sketches of large matrices.
 */
export function oneSided(
  model: Model,
  node: WeightedNode,
  { output }: LayerCosts,
  seed: number,
): Factorisation {
  const weights = splitGroups(
    model.weights.get(node.inputs[1])!,
    node.op === "Conv" ? node.attributes.group : 1,
  );
  const { length: groups, 0: { shape } } = weights;
  const [rows, ...rest] = shape;
  const columns = sizeOf(rest);
  const full = Math.min(rows, columns);
  const positions = sizeOf(output) / output[1];
  const params = (rank: number) => groups * rank * (rows + columns);
  return {
    node,
    groups,
    names: ["rank"],
    full: [full],
    order: full,
    costs: ([rank]) => ({ macs: params(rank) * positions, params: params(rank) }),
    place: (model, [rank]) => {
      const left = { rows, columns: rank, data: new Float32Array(rows * rank) };
      const right = { rows: rank, columns, data: new Float32Array(rank * columns) };
      return replaceByPairs(model, node, shape, rank, weights.map(() => ({ left, right })));
    },
    async analyse() {
      const found = await Array.fromAsync(
        weights,
        (w) => svd({ rows, columns, data: values(w) }, seed),
      );
      return {
        evbmf: largestRanks(
          found.map(({ singular, residual }) => [
            evbmf(singular, rows, columns, { residual }).rank,
          ]),
        ),
        energy: (share) =>
          largestRanks(
            found.map(({ singular, residual }) => [rankByEnergy(singular, share, residual, full)]),
          ),
        async replace(model, [rank]) {
          const pairs = await Array.fromAsync(found, ({ factors }) => factors(rank));
          const whole = weights.reduce((sum, w) => sum + sumOfSquares(values(w)), 0);
          const missed = pairs.reduce((sum, pair) => sum + pair.missed, 0);
          const error = whole === 0 ? 0 : Math.sqrt(missed / whole);
          return { model: replaceByPairs(model, node, shape, rank, pairs), error };
        },
      };
    },
  };
}

/** Puts the factors `T x r` and `r x (S D)` of a weight `[T, S, K...]`, or its groups, in its place. */
function replaceByPairs(
  model: Model,
  { name, op }: WeightedNode,
  [T, ...rest]: Shape,
  rank: number,
  pairs: readonly Pick<LowRank, "left" | "right">[],
): Model {
  const ones = rest.slice(1).map(() => 1);
  const out = joinGroups(pairs.map(({ left }) => left), [T, rank, ...ones]);
  const inner = joinGroups(pairs.map(({ right }) => right), [rank, ...rest]);
  return op === "Gemm"
    ? replaceGemmBySvd(model, name, { in: inner, out })
    : replaceConvByTucker1(model, name, { core: inner, out });
}
