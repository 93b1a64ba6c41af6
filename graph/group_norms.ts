/**
 * Norms of the groups of a weight.
 *
 * @module
 */

import { groupGrid } from "./structure.ts";
import type { GroupLayout } from "./structure.ts";
import { values } from "./tensor.ts";
import type { Tensor } from "./tensor.ts";

/**
 * How the weights of a group are reduced to one number:
 * - `"l1"`, `"l2"`, `"linf"`: the norm of the group (RT3D, Fig. 4);
 * - `"channel-l2"`: L2 over the filters, summed over channels (YOLObile's released code).
 */
export type Norm = "l1" | "l2" | "linf" | "channel-l2";

/** A norm in three steps: along the filters, along channels and positions, and at the end. */
interface Reduction {
  /** Reduces one filter's weights `row` into `column`, elementwise. */
  addFilter(column: Float64Array, row: Float32Array): void;
  /** Value that a (channel, position) column hands on. */
  ofColumn(x: number): number;
  combine(a: number, b: number): number;
  finish(x: number): number;
  /** Score of a group of ones with `filters` rows and `columns` (channel, position) columns. */
  ofOnes(filters: number, columns: number): number;
}

const same = (x: number) => x;
const sum = (a: number, b: number) => a + b;

function addMagnitudes(column: Float64Array, row: Float32Array): void {
  for (let j = 0; j < row.length; j++) column[j] += Math.abs(row[j]);
}

function addSquares(column: Float64Array, row: Float32Array): void {
  for (let j = 0; j < row.length; j++) column[j] += row[j] * row[j];
}

function keepLargest(column: Float64Array, row: Float32Array): void {
  for (let j = 0; j < row.length; j++) column[j] = Math.max(column[j], Math.abs(row[j]));
}

const REDUCTIONS: Readonly<Record<Norm, Reduction>> = {
  "l1": {
    addFilter: addMagnitudes,
    ofColumn: same,
    combine: sum,
    finish: same,
    ofOnes: (filters, columns) => filters * columns,
  },
  "l2": {
    addFilter: addSquares,
    ofColumn: same,
    combine: sum,
    finish: Math.sqrt,
    ofOnes: (filters, columns) => Math.sqrt(filters * columns),
  },
  "linf": {
    addFilter: keepLargest,
    ofColumn: same,
    combine: Math.max,
    finish: same,
    ofOnes: () => 1,
  },
  "channel-l2": {
    addFilter: addSquares,
    ofColumn: Math.sqrt,
    combine: sum,
    finish: same,
    ofOnes: (filters, columns) => columns * Math.sqrt(filters),
  },
};

/** Ids of all norms. */
export const NORMS = Object.keys(REDUCTIONS) as readonly Norm[];

/** Options of {@link groupNorms}. */
export interface GroupNormsOptions {
  /**
   * Divide by the norm of a group of ones of the same size, so that groups of different sizes
   * and layers compare; for `"l2"` this is `||G||_2 / sqrt(|G|)`.
   *
   * @default {false}
   */
  readonly normalised?: boolean;
}

/**
 * Norms of the groups that `layout` lays over `weight` `[M, N, K...]`: `[P, Q, positions]`
 * row-major, in double precision. Groups cropped at the edges count as if padded with zeros.
 */
export function groupNorms(
  weight: Tensor,
  layout: GroupLayout,
  norm: Norm,
  options: GroupNormsOptions = {},
): Float64Array {
  const { addFilter, ofColumn, combine, finish, ofOnes } = REDUCTIONS[norm];
  const { M, N, S, P, Q, positions, groups } = groupGrid(weight.shape, layout);
  const w = values(weight);
  const row = N * S;
  const stride = positions === 1 ? 0 : 1;
  const column = new Float64Array(row);
  const blockRow = new Float64Array(Q * positions);
  const norms = new Float64Array(groups);
  for (let p = 0; p < P; p++) {
    const first = p * layout.filters;
    const last = Math.min(first + layout.filters, M);
    column.fill(0);
    for (let m = first; m < last; m++) addFilter(column, w.subarray(m * row, (m + 1) * row));
    blockRow.fill(0);
    for (let n = 0, j = 0; n < N; n++) {
      const start = Math.floor(n / layout.channels) * positions;
      for (let s = 0; s < S; s++, j++) {
        const g = start + s * stride;
        blockRow[g] = combine(blockRow[g], ofColumn(column[j]));
      }
    }
    for (let q = 0, g = 0; q < Q; q++) {
      const channels = Math.min(layout.channels, N - q * layout.channels);
      const scale = options.normalised ? ofOnes(last - first, channels * (S / positions)) : 1;
      for (let k = 0; k < positions; k++, g++) {
        norms[p * blockRow.length + g] = finish(blockRow[g]) / scale;
      }
    }
  }
  return norms;
}
