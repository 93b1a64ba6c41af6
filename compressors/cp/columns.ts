/**
 * Tensors with one column for each component, and their products with factors.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../graph/tensor.ts";
import type { Matrix } from "../lowrank/matrix.ts";

/** A tensor `[extents..., rank]`, row-major. */
export interface Columns {
  /** Extents before the last axis. */
  readonly extents: Shape;
  /** Extent of the last axis. */
  readonly rank: number;
  /** `product of extents * rank` values. */
  readonly data: Float64Array;
}

/**
 * Sums an axis up, each component by its own column of a factor:
 * `y[..., r] = sum over i of x[..., i, ..., r] f[i, r]`.
 */
export function contract({ extents, rank, data }: Columns, axis: number, factor: Matrix): Columns {
  const left = extents.toSpliced(axis, 1);
  const outer = sizeOf(extents.slice(0, axis)), inner = sizeOf(extents.slice(axis + 1));
  const extent = extents[axis];
  const to = new Float64Array(outer * inner * rank);
  for (let o = 0, from = 0; o < outer; o++) {
    for (let e = 0; e < extent; e++) {
      const row = factor.data.subarray(e * rank, (e + 1) * rank);
      for (let i = 0, at = o * inner * rank; i < inner; i++) {
        for (let r = 0; r < rank; r++) to[at++] += data[from++] * row[r];
      }
    }
  }
  return { extents: left, rank, data: to };
}

/** Sums up all axes but `axis`; `factors` has one for each axis. */
export function contractOthers(x: Columns, axis: number, factors: readonly Matrix[]): Matrix {
  let left = x;
  for (let other = factors.length - 1; other >= 0; other--) {
    if (other !== axis) left = contract(left, other, factors[other]);
  }
  return { rows: x.extents[axis], columns: x.rank, data: left.data };
}

/** Norm of each column. */
export function columnNorms({ rows, columns, data }: Matrix): Float64Array {
  const squares = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let r = 0; r < columns; r++) squares[r] += data[i * columns + r] * data[i * columns + r];
  }
  return squares.map(Math.sqrt);
}

/** Each column by its own factor. */
export function scaleColumns({ rows, columns, data }: Matrix, by: ArrayLike<number>): Matrix {
  const to = new Float64Array(data.length);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let r = 0; r < columns; r++, at++) to[at] = data[at] * by[r];
  }
  return { rows, columns, data: to };
}
