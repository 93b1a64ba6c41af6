/**
 * Spectra of symmetric matrices.
 *
 * @module
 */

import { EigenvalueDecomposition, Matrix as MlMatrix } from "ml-matrix";
import type { Matrix } from "./matrix.ts";

/** Eigenvalues, largest first, and their orthonormal eigenvectors. */
export interface Spectrum {
  /** Eigenvalues, largest first. */
  readonly values: Float64Array;
  /** Eigenvectors in columns, in the order of the values. */
  readonly vectors: Matrix;
}

/** The spectrum of a symmetric matrix; a quarter of a second for 512 x 512. */
export function symmetricEigen({ rows: n, data }: Matrix): Spectrum {
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

/**
 * Singular values of a matrix from the spectrum of its Gram matrix. Values below about 1e-8 of the
 * largest have no correct digit.
 */
export function singularValues({ values }: Spectrum): Float64Array {
  return values.map((value) => Math.sqrt(Math.max(0, value)));
}
