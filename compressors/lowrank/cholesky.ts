/**
 * Triangular factors of positive matrices.
 *
 * @module
 */

import type { Matrix } from "./matrix.ts";

/**
 * The inverse of the Cholesky factor L of a symmetric positive semidefinite matrix `G = L Lᵀ`, lower
 * triangular. A row of G that depends on those before gives a row of zeros.
 *
 * @param negligible Part of a diagonal element that counts as nothing left.
 */
export function inverseCholesky({ rows: n, data }: Matrix, negligible: number): Matrix {
  const factor = new Float64Array(n * n);
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = factor.subarray(i * n, i * n + i);
    const to = inverse.subarray(i * n, i * n + i + 1);
    let left = data[i * n + i];
    for (let j = 0; j < i; j++) {
      const above = factor.subarray(j * n, j * n + j);
      const pivot = inverse[j * n + j];
      if (pivot === 0) continue;
      let sum = data[i * n + j];
      for (let k = 0; k < j; k++) sum -= row[k] * above[k];
      row[j] = sum * pivot;
      left -= row[j] * row[j];
    }
    if (!(left > negligible * data[i * n + i])) continue;
    const pivot = 1 / Math.sqrt(left);
    for (let j = 0; j < i; j++) {
      const from = inverse.subarray(j * n, j * n + j + 1);
      const scale = row[j] * pivot;
      for (let k = 0; k <= j; k++) to[k] -= scale * from[k];
    }
    to[i] = pivot;
  }
  return { rows: n, columns: n, data: inverse };
}

/**
 * Solves `X A = B` for a symmetric positive definite A in place, by its Cholesky factor.
 *
 * @param a A, `n * n` values; its lower triangle is overwritten by the factor.
 * @param b B, row-major with n columns; its place is taken by X.
 */
export function solvePositive(a: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      a[i * n + j] = (a[i * n + j] - dot(a, i * n, a, j * n, j)) / a[j * n + j];
    }
    a[i * n + i] = Math.sqrt(a[i * n + i] - dot(a, i * n, a, i * n, i));
  }
  for (let row = 0; row < b.length; row += n) {
    for (let i = 0; i < n; i++) b[row + i] = (b[row + i] - dot(a, i * n, b, row, i)) / a[i * n + i];
    for (let i = n - 1; i >= 0; i--) {
      const x = b[row + i] /= a[i * n + i];
      for (let j = 0; j < i; j++) b[row + j] -= a[i * n + j] * x;
    }
  }
}

/** The inner product of two runs of values, in four sums that do not wait for each other. */
function dot(a: Float64Array, i: number, b: Float64Array, j: number, length: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += a[i + k] * b[j + k];
    s1 += a[i + k + 1] * b[j + k + 1];
    s2 += a[i + k + 2] * b[j + k + 2];
    s3 += a[i + k + 3] * b[j + k + 3];
  }
  for (; k < length; k++) s0 += a[i + k] * b[j + k];
  return s0 + s1 + s2 + s3;
}
