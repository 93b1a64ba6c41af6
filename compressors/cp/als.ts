/**
 * CP decomposition of kernels by alternating least squares (ALS).
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import { type Shape, sizeOf } from "../../graph/tensor.ts";
import { solvePositive } from "../lowrank/cholesky.ts";
import { LARGE, symmetricEigen } from "../lowrank/eigen.ts";
import { openLapack } from "../lowrank/lapack.ts";
import { gram, matmul, sumOfSquares } from "../lowrank/matrix.ts";
import type { Matrix } from "../lowrank/matrix.ts";
import { swapLeading } from "../lowrank/unfold.ts";
import { columnNorms, contract, contractOthers, scaleColumns } from "./columns.ts";

/**
 * A kernel as a sum of components, each a product of vectors:
 * `K[t, s, k1, k2...] = sum over r of d[t, r] a[s, r] b1[k1, r] b2[k2, r]...`
 */
export interface Cp {
  /** One factor `extent x R` for each axis: d, a, b1, b2...; of all, a column has the same norm. */
  readonly factors: readonly Matrix[];
  /** `||K - rebuilt K|| / ||K||`. */
  readonly error: number;
  /** How often the search was begun anew as components grew beyond the cap. */
  readonly restarts: number;
}

/** When {@link cpAls} stops. */
export interface CpOptions {
  /**
   * The most sweeps over all factors, from each start.
   *
   * @default {100}
   */
  readonly sweeps?: number;
  /**
   * Change of the relative error between two sweeps.
   *
   * @default {1e-4}
   */
  readonly tolerance?: number;
  /**
   * The most that the components together (root of the sum of their squared norms) may be, as a
   * multiple of the kernel's norm.
   *
   * @default {10}
   */
  readonly cap?: number;
}

/**
 * A weight on the squared norms of all factors of a kernel of norm 1, start by start. It bounds the
 * components; the larger it is, the larger the error.
 */
const RIDGES = [1e-10, 1e-6, 1e-5, 1e-4, 1e-3];

/**
 * Decomposes the kernel `[T, S, K...]` at a rank of at least 1.
 *
 * A best approximation need not exist: components can grow without bound against each other (de Silva,
 * Lim: Tensor rank and the ill-posedness of the best low-rank approximation problem, SIMAX 30, 2008). So
 * the first search starts from the leading singular vectors of the unfoldings, with random columns where
 * there are no more of these; when components grow beyond the cap, it is begun anew with other random
 * columns and a larger ridge, which is enough at the last. The best state that was met is returned.
 *
 * @param data Row-major values.
 * @param seed Seed of random columns.
 */
export async function cpAls(
  data: Float64Array,
  shape: Shape,
  rank: number,
  seed: number,
  { sweeps = 100, tolerance = 1e-4, cap = 10 }: CpOptions = {},
): Promise<Cp> {
  const norm = Math.sqrt(sumOfSquares(data));
  if (norm === 0) {
    const factors = shape.map((extent) => zeroMatrix(extent, rank));
    return { factors, error: 0, restarts: 0 };
  }
  const unit = data.map((value) => value / norm);
  const problem = problemOf(unit, shape);
  const bases = await Array.fromAsync(shape, (_, axis) => leadingVectors(unit, shape, axis));

  const start = (at: number) => {
    const random = new Random(seed, `cp ${shape.join("x")} rank ${rank} start ${at}`);
    const factors = bases.map((basis) => startingFactor(basis, rank, random));
    const limits = { sweeps, tolerance, cap: at < RIDGES.length - 1 ? cap : Infinity };
    return search(problem, factors, RIDGES[at], limits);
  };
  let best = await start(0), restarts = 0;
  for (let { grown } = best; grown && restarts < RIDGES.length - 1;) {
    const next = await start(++restarts);
    if (next.error < best.error) best = next;
    grown = next.grown;
  }
  const scale = norm ** (1 / shape.length);
  const factors = best.factors.map((f) => ({ ...f, data: f.data.map((value) => value * scale) }));
  return { factors, error: best.error, restarts };
}

/** The best state of one search, and whether it ended as components grew beyond the cap. */
async function search(
  problem: Problem,
  factors: readonly Matrix[],
  ridge: number,
  { sweeps, tolerance, cap }: Required<CpOptions>,
): Promise<State & { readonly grown: boolean }> {
  const empty = factors.map(({ rows, columns }) => zeroMatrix(rows, columns));
  let best: State = { factors: empty, error: 1, size: 0 };
  let state: State = { factors, error: Infinity, size: 0 };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const next = await improve(problem, state.factors, ridge);
    if (!(next.size <= cap)) return { ...best, grown: true };
    if (next.error < best.error) best = next;
    if (Math.abs(state.error - next.error) < tolerance) break;
    state = next;
  }
  return { ...best, grown: false };
}

/** A kernel of norm 1, as products need it. */
interface Problem {
  readonly shape: Shape;
  /** Unfolding along the filters, `T x (S K...)`. */
  readonly byFilter: Matrix;
  /** Unfolding along the input channels, `S x (T K...)`. */
  readonly byChannel: Matrix;
}

function problemOf(data: Float64Array, shape: Shape): Problem {
  const [T, S, ...positions] = shape;
  const D = sizeOf(positions);
  return {
    shape,
    byFilter: { rows: T, columns: S * D, data },
    byChannel: { rows: S, columns: T * D, data: swapLeading(data, T, S, D) },
  };
}

/** Where a search is. */
interface State {
  readonly factors: readonly Matrix[];
  readonly error: number;
  /** Root of the sum of the components' squared norms. */
  readonly size: number;
}

/**
 * One sweep. Two products with the kernel are enough for all factors: one with the filters' factor, from
 * which those of channels and positions follow, one with the channels'.
 */
async function improve(
  { shape, byFilter, byChannel }: Problem,
  before: readonly Matrix[],
  ridge: number,
): Promise<State> {
  const factors = [...before];
  const [T, S, ...positions] = shape;
  const rank = factors[0].columns;
  const grams = await Array.fromAsync(factors, (factor) => gram(factor, "columns"));
  const update = async (axis: number, products: Matrix) => {
    const others = hadamard(grams.filter((_, other) => other !== axis));
    factors[axis] = await solve(others, ridge, products);
    grams[axis] = await gram(factors[axis], "columns");
  };
  const filtered = await matmul(byFilter, factors[0], { transposeA: true });
  const x = { extents: [S, ...positions], rank, data: filtered.data };
  await update(1, contractOthers(x, 0, factors.slice(1)));
  const mixed = contract(x, 0, factors[1]);
  for (const axis of positions.keys()) {
    await update(axis + 2, contractOthers(mixed, axis, factors.slice(2)));
  }
  const { data } = await matmul(byChannel, factors[1], { transposeA: true });
  const mixes = { extents: [T, ...positions], rank, data };
  const products = contractOthers(mixes, 0, [factors[0], ...factors.slice(2)]);
  await update(0, products);

  // ||K - rebuilt||^2 = 1 - 2 <K, rebuilt> + ||rebuilt||^2.
  let inner = 0, rebuilt = 0;
  for (let i = 0; i < products.data.length; i++) inner += products.data[i] * factors[0].data[i];
  for (const value of hadamard(grams).data) rebuilt += value;
  const error = Math.sqrt(Math.max(0, 1 - 2 * inner + rebuilt));
  const norms = factors.map(columnNorms);
  const sizes = norms[0].map((_, r) => norms.reduce((product, own) => product * own[r], 1));
  return {
    // The same components with the least squared norms of factors: all equal.
    factors: factors.map((factor, axis) =>
      scaleColumns(
        factor,
        sizes.map((size, r) => size === 0 ? 0 : size ** (1 / shape.length) / norms[axis][r]),
      )
    ),
    error,
    size: Math.sqrt(sumOfSquares(sizes)),
  };
}

/** The solution X of `X (A + ridge I) = B`. */
async function solve(a: Matrix, ridge: number, b: Matrix): Promise<Matrix> {
  const n = a.rows;
  const matrix = a.data.slice(), right = b.data.slice();
  for (let i = 0; i < n; i++) matrix[i * n + i] += ridge;
  using lapack = n > LARGE ? openLapack() : undefined;
  if (lapack) await lapack.solve(matrix, n, right);
  else solvePositive(matrix, n, right);
  return { ...b, data: right };
}

/** The elementwise product. */
function hadamard([first, ...others]: readonly Matrix[]): Matrix {
  const product = first.data.slice();
  for (const { data } of others) {
    for (let i = 0; i < product.length; i++) product[i] *= data[i];
  }
  return { ...first, data: product };
}

/** All left singular vectors of the unfolding along an axis, largest values first. */
async function leadingVectors(data: Float64Array, shape: Shape, axis: number): Promise<Matrix> {
  const rows = shape[axis];
  const outer = sizeOf(shape.slice(0, axis)), inner = sizeOf(shape.slice(axis + 1));
  const unfolded = swapLeading(data, outer, rows, inner);
  const { vectors } = await symmetricEigen(
    await gram({ rows, columns: outer * inner, data: unfolded }, "rows"),
  );
  return vectors;
}

/** Leading columns of a basis; random ones of norm 1 where it has no more. */
function startingFactor({ rows, data }: Matrix, rank: number, random: Random): Matrix {
  const factor = zeroMatrix(rows, rank);
  for (let i = 0; i < rows; i++) {
    for (let r = 0; r < rank; r++) {
      factor.data[i * rank + r] = r < rows ? data[i * rows + r] : random.normal();
    }
  }
  return scaleColumns(factor, columnNorms(factor).map((norm) => 1 / norm));
}

function zeroMatrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}
