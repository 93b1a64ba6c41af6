/**
 * Convolution kernels as matrices.
 *
 * @module
 */

import { sizeOf, values } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Matrix } from "./matrix.ts";

/** A kernel `[T, S, D]` in double precision: T filters, S input channels, D kernel positions. */
export interface Kernel {
  /** Filters. */
  readonly T: number;
  /** Input channels. */
  readonly S: number;
  /** Kernel positions. */
  readonly D: number;
  /** `T * S * D` values, row-major. */
  readonly data: Float64Array;
}

/** The weight `[T, S, K...]` of a convolution, or `[T, S]` of a fully connected layer. */
export function kernelOf(weight: Tensor): Kernel {
  const [T, S, ...positions] = weight.shape;
  return { T, S, D: sizeOf(positions), data: Float64Array.from(values(weight)) };
}

/** Unfolding along the filters: `T x (S D)`; shares memory. */
export function unfoldFilters({ T, S, D, data }: Kernel): Matrix {
  return { rows: T, columns: S * D, data };
}

/** Unfolding along the input channels: `S x (T D)`. */
export function unfoldChannels({ T, S, D, data }: Kernel): Matrix {
  return { rows: S, columns: T * D, data: swapLeading(data, T, S, D) };
}

/** Inverse of {@link unfoldFilters}. */
export function foldFilters({ rows: T, columns, data }: Matrix, D: number): Kernel {
  return { T, S: columns / D, D, data };
}

/** Inverse of {@link unfoldChannels}. */
export function foldChannels({ rows: S, columns, data }: Matrix, D: number): Kernel {
  const T = columns / D;
  return { T, S, D, data: swapLeading(data, S, T, D) };
}

/** Permutes `[a, b, c]` to `[b, a, c]`. */
export function swapLeading(data: Float64Array, a: number, b: number, c: number): Float64Array {
  const to = new Float64Array(data.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * c;
      to.set(data.subarray(from, from + c), (j * a + i) * c);
    }
  }
  return to;
}
