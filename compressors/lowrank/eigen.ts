/**
 * Spectra of symmetric matrices.
 *
 * @module
 */

import { EigenvalueDecomposition, Matrix as MlMatrix } from "ml-matrix";
import { openLapack } from "./lapack.ts";
import { transpose } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";

/** Eigenvalues, largest first, and their orthonormal eigenvectors. */
export interface Spectrum {
  /** Eigenvalues, largest first. */
  readonly values: Float64Array;
  /** Eigenvectors in columns, in the order of the values. */
  readonly vectors: Matrix;
}

/**
 * Matrices with more rows are left to LAPACK where there is one. Smaller ones are not, so that their
 * factors are the same with and without it.
 */
export const LARGE = 512;

/**
 * The spectrum of a symmetric matrix: a quarter of a second for 512 x 512, and from there on, with
 * LAPACK, ten seconds for 4096 x 4096.
 */
export async function symmetricEigen(matrix: Matrix): Promise<Spectrum> {
  if (matrix.rows <= LARGE) return bySelf(matrix);
  using lapack = openLapack();
  if (!lapack) return bySelf(matrix);
  const n = matrix.rows;
  const data = matrix.data.slice();
  const values = await lapack.symmetricEigen(data, n);
  const ascending = { rows: n, columns: n, data };
  return { values: values.toReversed(), vectors: transpose(upsideDown(ascending)) };
}

function bySelf({ rows: n, data }: Matrix): Spectrum {
  const matrix = MlMatrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix.set(i, j, data[i * n + j]);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i)
    .sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) vectors[i * n + j] = eigenvectorMatrix.get(i, order[j]);
  }
  return {
    values: Float64Array.from(order, (i) => realEigenvalues[i]),
    vectors: { rows: n, columns: n, data: vectors },
  };
}

/** Reverses the order of the rows, in place. */
function upsideDown(matrix: Matrix): Matrix {
  const { rows, columns, data } = matrix;
  for (let top = 0, bottom = rows - 1; top < bottom; top++, bottom--) {
    const row = data.slice(top * columns, (top + 1) * columns);
    data.copyWithin(top * columns, bottom * columns, (bottom + 1) * columns);
    data.set(row, bottom * columns);
  }
  return matrix;
}

/**
 * Singular values of a matrix from the spectrum of its Gram matrix. Values below about 1e-8 of the
 * largest have no correct digit.
 */
export function singularValues({ values }: Spectrum): Float64Array {
  return values.map((value) => Math.sqrt(Math.max(0, value)));
}

/**
 * How many singular values have at least `share` of the sum of all squares. Of large matrices only the
 * leading values may be known: the others count as large as the last of these.
 *
 * @param singular Largest first.
 * @param residual Sum of the squares that `singular` leaves out.
 * @param full The most that there can be.
 */
export function rankByEnergy(
  singular: Float64Array,
  share: number,
  residual: number,
  full: number,
): number {
  const wanted = share * (singular.reduce((sum, g) => sum + g * g, 0) + residual) * (1 - 1e-12);
  let rank = 0, kept = 0;
  while (kept < wanted && rank < singular.length) kept += singular[rank++] ** 2;
  if (kept >= wanted) return rank;
  return Math.min(full, rank + Math.ceil((wanted - kept) / singular[rank - 1] ** 2));
}
