/**
 * How one layer is factorised by Tucker, and what that costs at which ranks.
 *
 * @module
 */

import type { LayerCosts } from "../../graph/costs.ts";
import type { ConvNode, Model } from "../../graph/model.ts";
import { replaceConvByTucker2 } from "../../graph/rewrites/factorise.ts";
import { sizeOf, values, zeros } from "../../graph/tensor.ts";
import type { WeightedNode } from "../layers.ts";
import { rankByEnergy, singularValues, type Spectrum } from "../lowrank/eigen.ts";
import { evbmf } from "../lowrank/evbmf.ts";
import { joinGroups, largestRanks, splitGroups } from "../lowrank/factorisation.ts";
import type { Factorisation } from "../lowrank/factorisation.ts";
import { sumOfSquares, toSingle, transpose } from "../lowrank/matrix.ts";
import { oneSided } from "../lowrank/one_sided.ts";
import { hooi, hosvd, kernelSpectra } from "../lowrank/tucker2.ts";
import { kernelOf, unfoldFilters } from "../lowrank/unfold.ts";

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
  { decomposition, seed, first }: FactorisationOptions,
): Factorisation {
  return node.op === "Gemm" || first || sizeOf(node.attributes.kernel_shape) === 1
    ? oneSided(model, node, costs, seed)
    : twoSided(model, node, costs, decomposition);
}

/** Tucker-2 at ranks R3 and R4 (sections 3.1 and 3.2 of the paper: E and M). */
function twoSided(
  model: Model,
  node: ConvNode,
  costs: LayerCosts,
  decomposition: Decomposition,
): Factorisation {
  const weights = splitGroups(model.weights.get(node.inputs[1])!, node.attributes.group);
  const { length: groups } = weights;
  const [T, S, ...positions] = weights[0].shape;
  const ones = positions.map(() => 1);
  const D = sizeOf(positions);
  const before = sizeOf(costs.input) / costs.input[1];
  const after = sizeOf(costs.output) / costs.output[1];
  const full = [Math.min(S, T * D), Math.min(T, S * D)];
  return {
    node,
    groups,
    names: ["R3", "R4"],
    full,
    order: Math.max(S, T),
    costs: ([R3, R4]) => ({
      macs: groups * (S * R3 * before + (D * R3 * R4 + T * R4) * after),
      params: groups * (S * R3 + D * R3 * R4 + T * R4),
    }),
    place: (model, [R3, R4]) =>
      replaceConvByTucker2(model, node.name, {
        in: zeros([groups * R3, S, ...ones]),
        core: zeros([groups * R4, R3, ...positions]),
        out: zeros([groups * T, R4, ...ones]),
      }),
    async analyse() {
      const spectra = await Array.fromAsync(weights, (w) => kernelSpectra(kernelOf(w)));
      const known = (spectrum: Spectrum, most: number) =>
        singularValues(spectrum).subarray(0, most);
      return {
        evbmf: largestRanks(spectra.map(({ input, output }) => [
          evbmf(known(input, full[0]), S, T * D).rank,
          evbmf(known(output, full[1]), T, S * D).rank,
        ])),
        energy: (share) =>
          largestRanks(spectra.map(({ input, output }) => [
            rankByEnergy(known(input, full[0]), share, 0, full[0]),
            rankByEnergy(known(output, full[1]), share, 0, full[1]),
          ])),
        async replace(model, [R3, R4]) {
          const decompose = decomposition === "hooi" ? hooi : hosvd;
          const ranks = { input: R3, output: R4 };
          const factors = await Array.fromAsync(
            weights,
            (w, g) => decompose(kernelOf(w), ranks, spectra[g]),
          );
          const whole = weights.reduce((sum, w) => sum + sumOfSquares(values(w)), 0);
          const kept = factors.reduce((sum, { core }) => sum + sumOfSquares(core.data), 0);
          const tensors = {
            in: joinGroups(
              factors.map(({ input }) => toSingle(transpose(input))),
              [R3, S, ...ones],
            ),
            core: joinGroups(
              factors.map(({ core }) => toSingle(unfoldFilters(core))),
              [R4, R3, ...positions],
            ),
            out: joinGroups(factors.map(({ output }) => toSingle(output)), [T, R4, ...ones]),
          };
          return {
            model: replaceConvByTucker2(model, node.name, tensors),
            error: whole === 0 ? 0 : Math.sqrt(Math.max(0, whole - kept) / whole),
          };
        },
      };
    },
  };
}
