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
