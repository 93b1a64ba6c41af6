/**
 * Statistics of timings. Medians and order statistics throughout: latencies are skewed and have
 * outliers, so nothing here assumes a normal distribution, and nothing is removed.
 *
 * @module
 */

import type { Estimate } from "../result.ts";

/** Makes the median absolute deviation estimate the standard deviation of normal noise. */
const NORMAL_CONSISTENCY = 1.4826;

/**
 * The `q`-quantile of `values`, interpolated between order statistics (Hyndman and Fan's type 7).
 *
 * @throws {RangeError} when there are no values.
 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) {
    throw new RangeError(
      `Cannot take a quantile as "values" must not be empty: current value is []`,
    );
  }
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** The median of `values`. @throws {RangeError} when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The arithmetic mean of `values`. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Median absolute deviation x 1.4826: a standard deviation that outliers cannot move. */
export function scaledMad(values: readonly number[]): number {
  const centre = median(values);
  return NORMAL_CONSISTENCY * median(values.map((value) => Math.abs(value - centre)));
}

/** Geometric mean of ratios, the mean that does not depend on which side is the baseline. */
export function geometricMean(ratios: readonly number[]): number {
  return Math.exp(mean(ratios.map(Math.log)));
}

/** How many values lie beyond Tukey's inner (1.5 IQR) and outer (3 IQR) fences. */
export function tukeyOutliers(
  values: readonly number[],
): { readonly mild: number; readonly severe: number } {
  const [q1, q3] = [quantile(values, 0.25), quantile(values, 0.75)];
  const beyond = (fence: number) =>
    values.filter((v) => v < q1 - fence * (q3 - q1) || v > q3 + fence * (q3 - q1)).length;
  return { mild: beyond(1.5), severe: beyond(3) };
}

/** Median of the second half ÷ median of the first half, in measured order; 1 for one value. */
export function drift(values: readonly number[]): number {
  const half = Math.floor(values.length / 2);
  return half === 0 ? 1 : median(values.slice(-half)) / median(values.slice(0, half));
}

/**
 * The largest `k` for which the `k`-th smallest and `k`-th largest of `n` values enclose the
 * population median with probability at least `level`; `undefined` when even the extremes do
 * not. The chance that they miss is `2 P(Binomial(n, 1/2) < k)`, whatever the distribution.
 */
export function intervalRank(n: number, level: number): number | undefined {
  let rank: number | undefined;
  let term = 0.5 ** n;
  let below = term;
  for (let k = 1; k <= n / 2 && 1 - 2 * below >= level; k++) {
    rank = k;
    term *= (n - k + 1) / k;
    below += term;
  }
  return rank;
}

/**
 * The median of one value per round, with its order-statistic confidence interval. Below 6
 * rounds (95 %) or 8 rounds (99 %) no such interval exists, and none is given.
 */
export function estimateMedian(perRound: readonly number[], level = 0.95): Estimate {
  const value = median(perRound);
  const rounds = perRound.length;
  const rank = intervalRank(rounds, level);
  if (rank === undefined) return { value, rounds };
  const sorted = perRound.toSorted((a, b) => a - b);
  return { value, low: sorted[rank - 1], high: sorted[rounds - rank], level, rounds };
}
