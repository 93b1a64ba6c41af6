/**
 * Patterns of 3x3 kernels.
 *
 * @module
 */

import { values } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { rankDescending } from "../sparsity/topk.ts";

/** Positions of a kernel. */
export const POSITIONS = 9;

/** Index of the position in the middle. */
const CENTRE = 4;

/** Patterns that all keep as many positions. */
export interface PatternLibrary {
  /** Positions that each pattern keeps. */
  readonly keeps: number;
  /** The kept positions of each pattern, row-major in 0 to 8, ascending. */
  readonly patterns: readonly (readonly number[])[];
}

/** What the 13 patterns of the released code of YOLObile remove. */
const REMOVED = [
  [0, 2, 6, 8],
  [0, 1, 7, 8],
  [0, 1, 6, 7],
  [0, 1, 3, 4],
  [2, 3, 5, 6],
  [0, 3, 5, 8],
  [1, 2, 6, 7],
  [1, 2, 7, 8],
  [3, 5, 6, 8],
  [0, 2, 3, 5],
  [4, 5, 7, 8],
  [3, 4, 6, 7],
  [1, 2, 4, 5],
];

/** The patterns of the released code of YOLObile: 5 positions kept, not always the middle one. */
export const RELEASED: PatternLibrary = {
  keeps: 5,
  patterns: REMOVED.map((removed) =>
    Array.from({ length: POSITIONS }, (_, position) => position)
      .filter((position) => !removed.includes(position))
  ),
};

/** PatDNN settles on a library of this size, of 4 to 12 that it tries. */
const NATURAL_PATTERNS = 8;

/** Positions around the middle that a natural pattern keeps. */
const AROUND = 3;

/**
 * PatDNN's library: the patterns that are found most often in trained kernels. The natural pattern of
 * a kernel is its middle position with the three others of the largest magnitude; of the 56 that
 * there are, the 8 most frequent ones are taken, of equally frequent ones the first in the order of
 * their positions. There are fewer where kernels have fewer.
 *
 * @param weights Each `[M, N, 3, 3]`.
 */
export function naturalPatterns(weights: readonly Tensor[]): PatternLibrary {
  const counts = new Map<string, number>();
  for (const weight of weights) {
    const w = values(weight).map(Math.abs);
    for (let start = 0; start < w.length; start += POSITIONS) {
      w[start + CENTRE] = Infinity;
      const best = rankDescending(w.subarray(start, start + POSITIONS)).subarray(0, AROUND + 1);
      const pattern = best.toSorted().join();
      counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
    }
  }
  const frequent = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    keeps: AROUND + 1,
    patterns: frequent.slice(0, NATURAL_PATTERNS).map(([pattern]) =>
      pattern.split(",").map(Number)
    ),
  };
}

/** The pattern that each kernel takes. */
export interface PatternChoice {
  /** Index of the pattern of each kernel, row-major `[M, N]`. */
  readonly patterns: Uint8Array;
  /** L2 norm of what is left of each kernel. */
  readonly norms: Float32Array;
}

/**
 * Gives each kernel of `weight` `[M, N, 3, 3]` the pattern that leaves the largest L2 norm, of equal
 * ones the first: the Euclidean projection onto kernels with such patterns.
 */
export function choosePatterns(weight: Tensor, { patterns }: PatternLibrary): PatternChoice {
  const w = values(weight), kernels = w.length / POSITIONS;
  const chosen = new Uint8Array(kernels), norms = new Float32Array(kernels);
  for (let kernel = 0; kernel < kernels; kernel++) {
    let most = -1;
    for (let p = 0; p < patterns.length; p++) {
      let square = 0;
      for (const position of patterns[p]) square += w[kernel * POSITIONS + position] ** 2;
      if (square > most) {
        most = square;
        chosen[kernel] = p;
      }
    }
    norms[kernel] = Math.sqrt(most);
  }
  return { patterns: chosen, norms };
}
