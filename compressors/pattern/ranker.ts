/**
 * Kernels with patterns, in the order in which they are kept.
 *
 * @module
 */

import type { GroupLayout } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { type Ranker, rankGroups, reservedWeights } from "../sparsity/ranking.ts";
import { choosePatterns, type PatternLibrary, POSITIONS } from "./library.ts";

/** Kernels as groups. */
const KERNELS: GroupLayout = { filters: 1, channels: 1, positions: "all" };

/**
 * Ranks kernels by the L2 norm of what their patterns leave; every filter keeps one. Groups are
 * kernels, but what is kept are positions: a bit for each weight.
 *
 * @param connectivity Whether kernels go: else all are kept.
 */
export function rankKernels(library: PatternLibrary, connectivity: boolean): Ranker {
  return {
    least: (shape) =>
      library.keeps / POSITIONS * (connectivity ? reservedWeights(shape, KERNELS) : sizeOf(shape)),
    rank(weight) {
      const { patterns, norms } = choosePatterns(weight, library);
      const ranking = rankGroups(weight.shape, KERNELS, norms);
      return {
        ...ranking,
        reserved: connectivity ? ranking.reserved : ranking.groups,
        countAtLeast: (threshold) =>
          connectivity ? ranking.countAtLeast(threshold) : ranking.groups,
        weights: (k) => library.keeps * k,
        kept(k) {
          const kept = new Uint8Array(sizeOf(weight.shape));
          ranking.kept(k).forEach((bit, kernel) => {
            if (!bit) return;
            for (const position of library.patterns[patterns[kernel]]) {
              kept[kernel * POSITIONS + position] = 1;
            }
          });
          return kept;
        },
      };
    },
  };
}
