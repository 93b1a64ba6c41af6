/**
 * Which algorithm computes a dense convolution fastest: a model of their times. Rates were measured
 * on one AVX-512 core; all shrink alike on a slower one, so the quotients are used everywhere.
 *
 * @module
 */

import type { Triple } from "./plan.ts";

/** A convolution of one group. */
export interface DenseLayer {
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** Kernel extents. */
  readonly kernel: Triple;
  /** From one output to the next. */
  readonly stride: Triple;
  /** From one kernel position to the next. */
  readonly dilation: Triple;
  /** Output extents. */
  readonly extents: Triple;
  /** Whether max pooling follows, which the direct kernels alone compute on the way out. */
  readonly pooled: boolean;
}

/** The direct kernels; dense kernels, which pack what they read; Winograd's F(4x4, 3x3). */
export type DenseForm = "direct" | "dense" | "winograd";

/** Products and sums of the inner loops in a nanosecond. */
const FLOPS = { direct: 190, dense: 233, winograd: 150 } as const;
/** Bytes of weights that come in from memory in a nanosecond. */
const WEIGHT_BYTES = { direct: 20, dense: 35, winograd: 30 } as const;
/** Bytes of weights of the direct kernels that stay in L2. */
const NEAR_BYTES = 1024 * 1024;
/** Nanoseconds to store one value, with what the direct kernels compute and drop. */
const STORE = 0.34;
/** Nanoseconds to store one value of the dense kernels, which must be transposed. */
const STORE_TRANSPOSED = 0.45;
/** Nanoseconds to copy one value into a phase of a strided convolution. */
const PHASE = 0.25;
/** Nanoseconds to pack one value for the dense kernels. */
const PACK = 0.08;
/** Nanoseconds to transform a tile of one channel, or back of one row, with its store. */
const TRANSFORM = 16;
/** Nanoseconds to read one value again, to pool it. */
const POOL = 0.3;
/** Positions of a tile of the dense kernels, and by how many a tile is slower than they make it. */
const TILE = 14, TILE_COST = 1.5;
/** Filters of a block. */
const BLOCK = 16;

/** The fastest form, and the time of the direct one over its time: at least 1. */
export function fastestForm(layer: DenseLayer): { form: DenseForm; gain: number } {
  const direct = directTime(layer), packed: [DenseForm, number][] = [["dense", denseTime(layer)]];
  if (suitsWinograd(layer)) packed.push(["winograd", winogradTime(layer)]);
  const [form, time] = packed.reduce((a, b) => a[1] <= b[1] ? a : b);
  return time < direct ? { form, gain: direct / time } : { form: "direct", gain: 1 };
}

function suitsWinograd({ kernel: [, height, width], stride, dilation }: DenseLayer): boolean {
  return height === 3 && width === 3 && [...stride, ...dilation].every((n) => n === 1);
}

/** Nanoseconds of products, or to bring in the weights where that takes longer. */
function productTime(form: DenseForm, macs: number, weights: number, near = 0): number {
  return Math.max(2 * macs / FLOPS[form], (4 * weights - near) / WEIGHT_BYTES[form]);
}

/** Padding between rows is computed and dropped; strided convolutions read copies of their input. */
function directTime(layer: DenseLayer): number {
  const { rows, channels, kernel, extents: [depth, height, width] } = layer;
  const halo = (axis: 1 | 2) =>
    Math.ceil((kernel[axis] - 1) * layer.dilation[axis] / layer.stride[axis] / 2);
  const row = width + halo(2);
  const positions = halo(1) + halo(2) === 0
    ? roundUp(depth * height * width, BLOCK)
    : depth * roundUp((height - 1) * row + width, BLOCK);
  const weights = rows * channels * size(kernel), read = inputSize(layer);
  return productTime("direct", weights * positions, weights, NEAR_BYTES) +
    STORE * rows * positions + (isStrided(layer) ? PHASE * channels * read : 0);
}

/** All filters of a block are computed, and tiles cost their length and a little. */
function denseTime(layer: DenseLayer): number {
  const { channels, kernel, extents: [depth, height, width] } = layer;
  const rows = roundUp(layer.rows, BLOCK), weights = rows * channels * size(kernel);
  const joined = kernel[2] === 1 || width < 12, run = joined ? height * width : width;
  const runs = depth * height * width / run;
  const positions = runs * (run + TILE_COST * Math.ceil(run / TILE));
  return productTime("dense", weights * positions, weights) +
    PACK * roundUp(channels, channels <= 4 ? 4 : BLOCK) * inputSize(layer) + storeTime(layer);
}

/** Transforms, and 36 products where 144 are needed directly. */
function winogradTime(layer: DenseLayer): number {
  const { channels, kernel: [depthTaps], extents: [depth, height, width] } = layer;
  const rows = roundUp(layer.rows, BLOCK);
  const tiles = depth * Math.ceil(height / 4) * Math.ceil(width / 4);
  const transformed = rows * channels * depthTaps * 36;
  return productTime("winograd", transformed * tiles, transformed) +
    TRANSFORM * tiles * (roundUp(channels, BLOCK) * depthTaps + rows) +
    (layer.pooled ? POOL * layer.rows * size(layer.extents) : 0);
}

/** Of the dense kernels, with a pool of its own. */
function storeTime({ rows, extents, pooled }: DenseLayer): number {
  return (STORE_TRANSPOSED + (pooled ? POOL : 0)) * roundUp(rows, BLOCK) * size(extents);
}

/** Positions of one channel that are read. */
function inputSize({ kernel, stride, extents }: DenseLayer): number {
  return size(extents) * stride.reduce((n, s, axis) => n * Math.min(s, kernel[axis]), 1);
}

function isStrided({ stride }: DenseLayer): boolean {
  return stride.some((s) => s !== 1);
}

function size(extents: Triple): number {
  return extents[0] * extents[1] * extents[2];
}

function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}
