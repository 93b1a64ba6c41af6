/**
 * Choices of the lowering that do not change results, only speed.
 *
 * @module
 */

import type { Triple } from "./plan.ts";

/** Positions of a tile that the choice is made for: 3 vectors of 16 floats. */
const TILE = 48;
/** Share of L1 that the input tile of a block of channels may take. */
const L1_BYTES = 36 * 1024;
/** Share of L2 that the weights of a block of channels may take, which all tiles of a unit walk. */
const L2_BYTES = 448 * 1024;

/** Density below which blocks of channels grow no more. */
const SPARSEST = 0.08;

/**
 * Input channels to walk before moving to the next block of rows: as many as let their part of an
 * input tile (a run of positions for each kernel row) stay in L1 while all row blocks pass over
 * it, and their weights in L2 while the tiles of a unit pass over those. The sparser, the more: with
 * few columns of each channel, loading and storing the sums would outweigh the products.
 *
 * @param kernel Kernel extents.
 * @param row Floats from one row of the input to the next.
 * @param channelBytes Bytes of kept weights of one input channel, on average.
 * @param density Share of the weights that is kept.
 */
export function channelBlock(
  kernel: Triple,
  row: number,
  channelBytes: number,
  density: number,
): number {
  const [kd, kh, kw] = kernel;
  const separate = kh * (TILE + kw);
  const joined = TILE + kw + (kh - 1) * row; // rows so short that their runs overlap
  const lines = kd * Math.ceil(Math.min(separate, joined) / 16 + 1);
  const dense = Math.min(128, L1_BYTES / (64 * lines));
  const fit = Math.min(dense / Math.max(SPARSEST, density), L2_BYTES / channelBytes);
  return Math.max(8, Math.floor(fit / 8) * 8);
}

/**
 * Time of one row of a sparse block by its number of rows, where a row of a full block takes 1: with
 * fewer rows each load feeds fewer products. Measured on an AVX-512 core, so modelled elsewhere.
 */
export const ROW_COST: Readonly<Record<number, number>> = { 8: 1, 4: 1.1, 2: 1.7, 1: 3 };
