/**
 * Rank selection by global analytic empirical variational Bayesian matrix factorisation (EVBMF).
 *
 * Nakajima, Sugiyama, Babacan, Tomioka: Global analytic solution of fully-observed variational
 * Bayesian matrix factorization. JMLR 14, 2013. Used for ranks by Kim et al., ICLR 2016.
 *
 * @module
 */

/** What EVBMF finds in a matrix. */
export interface Evbmf {
  /** Number of singular values above the noise; 0 when there is no signal. */
  readonly rank: number;
  /** Estimated variance of the noise. */
  readonly noise: number;
  /** Singular values above it are signal. */
  readonly threshold: number;
  /** The free energy (up to constants) at the minimum. */
  readonly objective: number;
}

/** Options of {@link evbmf}. */
export interface EvbmfOptions {
  /**
   * Squared Frobenius norm that the given singular values leave out, when only the leading ones
   * are known.
   *
   * @default {0}
   */
  readonly residual?: number;
}

/** Points of the search over ln v, before the best bracket is refined. */
const GRID_POINTS = 401;
/** Width in ln v at which the refinement stops. */
const TOLERANCE = 1e-12;
/** Smallest singular value and noise looked at, relative to the largest. */
const FLOOR = 1e-12;

/**
 * Finds the rank of a noisy `rows x columns` matrix from its singular values. The answer does not
 * change when the matrix is scaled or transposed: the noise variance is searched over ln v, as a
 * search with an absolute tolerance stops at once on weights, whose variances are about 1e-4 to 1e-8.
 *
 * @param singular Singular values, largest first: all, or the leading ones together with
 *   `options.residual`.
 * @throws {RangeError} when there are none or more than the smaller side.
 */
export function evbmf(
  singular: Float64Array,
  rows: number,
  columns: number,
  { residual = 0 }: EvbmfOptions = {},
): Evbmf {
  const L = Math.min(rows, columns);
  const M = Math.max(rows, columns);
  const H = singular.length;
  if (H < 1 || H > L) {
    throw new RangeError(
      `Cannot select a rank as the number of singular values must be 1 to ${L}: current value is ${H}`,
    );
  }
  if (!(singular[0] > 0)) return { rank: 0, noise: 0, threshold: 0, objective: -Infinity };
  const squares = singular.map((g) => Math.max(g, FLOOR * singular[0]) ** 2);
  const alpha = L / M;
  const tauBar = 2.5129 * Math.sqrt(alpha);
  const xBar = (1 + tauBar) * (1 + alpha / tauBar);
  const F = (v: number) => {
    let sum = residual / (M * v) + (L - H) * Math.log(v);
    for (let h = 0; h < H; h++) sum += term(squares[h] / (M * v), alpha, xBar);
    return sum;
  };
  const upper = (squares.reduce((a, b) => a + b, 0) + residual) / (L * M);
  const lower = Math.max(lowerBound(squares, residual, L, M, xBar), FLOOR * upper);
  const noise = Math.exp(minimise((u) => F(Math.exp(u)), Math.log(lower), Math.log(upper)));
  const threshold = Math.sqrt(M * noise * xBar);
  return {
    rank: singular.filter((g) => g > threshold).length,
    noise,
    threshold,
    objective: F(noise),
  };
}

/** Contribution of one singular value with `x = g^2 / (M v)` to the objective. */
function term(x: number, alpha: number, xBar: number): number {
  if (x <= xBar) return x - Math.log(x);
  const b = x - (1 + alpha);
  const tau = (b + Math.sqrt(b * b - 4 * alpha)) / 2;
  return x - tau + Math.log((tau + 1) / x) + alpha * Math.log(tau / alpha + 1);
}

/**
 * Below this the minimum cannot be. Zero, for the caller to floor, when the singular values that
 * it needs are not known.
 */
function lowerBound(
  squares: Float64Array,
  residual: number,
  L: number,
  M: number,
  xBar: number,
): number {
  const first = Math.min(Math.ceil(L / (1 + L / M)) - 1, squares.length);
  if (first >= squares.length) return 0;
  const tail = squares.subarray(first);
  const mean = (tail.reduce((a, b) => a + b, 0) + residual) / (L - first);
  return Math.max(tail[0] / (M * xBar), mean / M);
}

/** Minimiser of a function with several valleys: best grid point, then golden section around it. */
function minimise(f: (x: number) => number, low: number, high: number): number {
  const at = (i: number) => low + (high - low) * (i / (GRID_POINTS - 1));
  let best = 0, least = Infinity;
  for (let i = 0; i < GRID_POINTS; i++) {
    const value = f(at(i));
    if (value < least) [best, least] = [i, value];
  }
  const ratio = (Math.sqrt(5) - 1) / 2;
  let a = at(Math.max(best - 1, 0)), b = at(Math.min(best + 1, GRID_POINTS - 1));
  let x1 = b - ratio * (b - a), x2 = a + ratio * (b - a);
  let f1 = f(x1), f2 = f(x2);
  while (b - a > TOLERANCE * Math.max(1, Math.abs(a))) {
    if (f1 <= f2) {
      [b, x2, f2] = [x2, x1, f1];
      f1 = f(x1 = b - ratio * (b - a));
    } else {
      [a, x1, f1] = [x1, x2, f2];
      f2 = f(x2 = a + ratio * (b - a));
    }
  }
  const x = (a + b) / 2;
  return f(x) < least ? x : at(best);
}
