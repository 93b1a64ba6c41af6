/**
 * Truncated singular value decomposition of weight matrices, small and large.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import { inverseCholesky } from "./cholesky.ts";
import { LARGE, singularValues, symmetricEigen } from "./eigen.ts";
import { LAPACK_PACKAGES, lapackName } from "./lapack.ts";
import {
  gram,
  gramInDouble,
  HUGE,
  leadingColumns,
  matmul,
  type MatmulOptions,
  sumOfSquares,
  toDouble,
  toSingle,
  transpose,
} from "./matrix.ts";
import type { Matrix } from "./matrix.ts";

/** Two factors whose product approximates a matrix. */
export interface LowRank {
  /** `rows x rank`. */
  readonly left: Matrix<Float32Array>;
  /** `rank x columns`. */
  readonly right: Matrix<Float32Array>;
  /** Squared Frobenius norm of what the product lacks. */
  readonly missed: number;
}

/** The spectrum of a matrix, as far as it is known, and truncations on demand. */
export interface Svd {
  /** Singular values, largest first: all, or the leading ones of a large matrix. */
  readonly singular: Float64Array;
  /** Squared Frobenius norm that `singular` leaves out; 0 when it has all. */
  readonly residual: number;
  /** Factors of the (nearly) best approximation of a rank, at least 1. */
  factors(rank: number): Promise<LowRank>;
}

/** Up to this shorter side the decomposition is exact, with LAPACK or without. */
const EXACT = 1024;
/** Singular values that are found of larger matrices. */
const LEADING = 256;
/** Columns of a sketch beyond the rank. */
const OVERSAMPLING = 8;
/** A column of a sketch of which a smaller part than this is new is a rounding error. */
const NEGLIGIBLE = 1e-12;

/**
 * Decomposes a matrix. When its shorter side is at most 1024, or there is LAPACK, through the
 * eigendecomposition of the Gram matrix, in double precision. Otherwise by randomised subspace
 * iteration (Halko, Martinsson, Tropp: Finding structure with randomness, SIAM Review 53, 2011,
 * algorithm 4.4 with one iteration) in single precision: where the spectrum decays, a truncation is as
 * good as the best to about 1 %; of pure noise it keeps 85 % of the energy that the best one keeps.
 * Singular values found so are lower bounds.
 *
 * @param seed Seed of the sketch; the same seed gives the same factors.
 */
export async function svd(w: Matrix<Float32Array>, seed: number): Promise<Svd> {
  const whole = sumOfSquares(w.data);
  const exactly = Math.min(w.rows, w.columns) <= EXACT || lapackName() !== undefined;
  return await (exactly ? exact(w, whole) : sketch(w, whole, seed));
}

/** How {@link svd} decomposes matrices with a shorter side of `side`, when that is worth telling. */
export function svdNote(side: number): string | undefined {
  if (side <= LARGE) return undefined;
  const library = lapackName();
  if (library) return `spectra of matrices above ${LARGE} x ${LARGE} by LAPACK (${library})`;
  return side <= EXACT
    ? undefined
    : `matrices above ${EXACT} x ${EXACT} by random sketches, as there is no LAPACK ` +
      `(Debian: ${LAPACK_PACKAGES})`;
}

async function exact(w: Matrix<Float32Array>, whole: number): Promise<Svd> {
  const wide = w.rows <= w.columns;
  const spectrum = await symmetricEigen(await gramInDouble(w, wide ? "rows" : "columns"));
  const singular = singularValues(spectrum);
  return {
    singular,
    residual: 0,
    async factors(rank) {
      const vectors = leadingColumns(spectrum.vectors, rank);
      const missed = Math.max(0, whole - sumOfSquares(singular.subarray(0, rank)));
      if (wide) {
        const right = await product(vectors, w, { transposeA: true });
        return { left: toSingle(vectors), right, missed };
      }
      const left = await product(w, vectors);
      return { left, right: transpose(toSingle(vectors)), missed };
    },
  };
}

/** A product in double precision, unless copies in it would take hundreds of megabytes. */
async function product(
  a: Matrix<Float32Array | Float64Array>,
  b: Matrix<Float32Array | Float64Array>,
  options?: MatmulOptions,
): Promise<Matrix<Float32Array>> {
  return Math.max(a.data.length, b.data.length) > HUGE
    ? await matmul(toSingle(a), toSingle(b), options)
    : toSingle(await matmul(toDouble(a), toDouble(b), options));
}

async function sketch(w: Matrix<Float32Array>, whole: number, seed: number): Promise<Svd> {
  const leading = await leadingTriples(w, LEADING, seed);
  const { singular } = leading;
  const missed = (kept: Float32Array | Float64Array) => Math.max(0, whole - sumOfSquares(kept));
  return {
    singular,
    residual: missed(singular),
    async factors(rank) {
      if (rank <= LEADING) {
        return { ...await leading.factors(rank), missed: missed(singular.subarray(0, rank)) };
      }
      const basis = await leadingBasis(w, rank, seed);
      const left = await matmul(w, basis);
      return { left, right: transpose(basis), missed: missed(left.data) };
    },
  };
}

/** An orthonormal basis, `columns x width`, of about the leading right singular subspace. */
async function leadingBasis(
  w: Matrix<Float32Array>,
  width: number,
  seed: number,
): Promise<Matrix<Float32Array>> {
  const random = new Random(seed, `sketch ${w.rows}x${w.columns} width ${width}`);
  const probe = {
    rows: w.columns,
    columns: width,
    data: random.fillUniform(new Float32Array(w.columns * width), -1, 1),
  };
  return await orthonormalise(await matmul(w, await matmul(w, probe), { transposeA: true }));
}

/** Leading singular values and subspaces from `w`'s action on a few random vectors. */
async function leadingTriples(w: Matrix<Float32Array>, rank: number, seed: number) {
  const z = await leadingBasis(w, Math.min(rank + OVERSAMPLING, w.rows, w.columns), seed);
  const y = await matmul(w, z);
  const ritz = await symmetricEigen(await gram(toDouble(y), "columns"));
  return {
    singular: singularValues(ritz).subarray(0, rank),
    async factors(rank: number) {
      const rotation = toSingle(leadingColumns(ritz.vectors, rank));
      return {
        left: await matmul(y, rotation),
        right: await matmul(rotation, z, { transposeA: true, transposeB: true }),
      };
    },
  };
}

/**
 * An orthonormal basis of the columns' span; zeros where a column depends on those before. By the
 * Cholesky factor L of the Gram matrix, `y L^-T`, since its eigenvectors would take ten times as long;
 * in double precision, since the columns of a sketch are nearly parallel.
 */
async function orthonormalise(y: Matrix<Float32Array>): Promise<Matrix<Float32Array>> {
  const double = toDouble(y);
  const inverse = inverseCholesky(await gram(double, "columns"), NEGLIGIBLE);
  return toSingle(await matmul(double, inverse, { transposeB: true }));
}
