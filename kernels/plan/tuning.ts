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

/**
 * Input channels to walk before moving to the next block of rows: as many as let their part of an
 * input tile (a run of positions for each kernel row) stay in L1 while all row blocks pass over
 * it, and their weights in L2 while the tiles of a unit pass over those.
 *
 * @param kernel Kernel extents.
 * @param row Floats from one row of the input to the next.
 * @param channelBytes Bytes of kept weights of one input channel, on average.
 */
export function channelBlock(kernel: Triple, row: number, channelBytes: number): number {
  const [kd, kh, kw] = kernel;
  const separate = kh * (TILE + kw);
  const joined = TILE + kw + (kh - 1) * row; // rows so short that their runs overlap
  const lines = kd * Math.ceil(Math.min(separate, joined) / 16 + 1);
  const fit = Math.min(128, L1_BYTES / (64 * lines), L2_BYTES / channelBytes);
  return Math.max(8, Math.floor(fit / 8) * 8);
}

/**
 * Time of one row of a sparse block by its number of rows, where a row of a full block takes 1: with
 * fewer rows each load feeds fewer products. Measured on an AVX-512 core, so modelled elsewhere.
 */
export const ROW_COST: Readonly<Record<number, number>> = { 8: 1, 4: 1.1, 2: 1.7, 1: 3 };

/** A convolution with 3x3 kernels in the plane, of stride 1. */
export interface PlanarConvolution {
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** Kernel positions along the depth. */
  readonly depthTaps: number;
  /** Output extents. */
  readonly extents: Triple;
}

/** Products and sums of the inner loops in a nanosecond, both algorithms. */
const FLOPS = 200;
/** Bytes of weights that come in from memory in a nanosecond, where they do not stay in L2. */
const WEIGHT_BYTES = 20;
/** Bytes of weights that stay in L2. */
const NEAR_BYTES = 1024 * 1024;
/** Nanoseconds to transform a tile of one channel, or back of one row, with its store. */
const TRANSFORM = 8;
/** Nanoseconds to store one value of the direct kernels. */
const STORE = 0.4;

/**
 * Time of the direct dense convolution over that by Winograd's F(4x4, 3x3): above 1 the latter wins.
 * Modelled: products, weights from memory where they take longer, transforms and stores, with the
 * positions and rows that each algorithm computes and drops. Rates were measured on one AVX-512
 * core; all shrink alike on a slower one, so the quotient is used everywhere.
 */
export function winogradSpeedup(layer: PlanarConvolution): number {
  const { rows, channels, depthTaps, extents: [depth, height, width] } = layer;
  const up = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;
  const products = (macs: number, weights: number) =>
    Math.max(2 * macs / FLOPS, (4 * weights - NEAR_BYTES) / WEIGHT_BYTES);
  const positions = depth * up((height - 1) * (width + 1) + width, 16);
  const weights = rows * channels * depthTaps * 9;
  const direct = products(weights * positions, weights) + STORE * rows * positions;
  const tiles = depth * Math.ceil(height / 4) * Math.ceil(width / 4);
  const transformed = up(rows, 16) * channels * depthTaps * 36;
  const winograd = products(transformed * tiles, transformed) +
    TRANSFORM * tiles * (up(channels, 16) * depthTaps + up(rows, 16));
  return direct / winograd;
}
