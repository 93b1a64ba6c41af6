/**
 * Penalty gradients by central differences.
 *
 * @module
 */

import { assertAlmostEquals } from "@std/assert";
import { addPulls, pullsOf } from "./pull.ts";
import type { LiveWeights, Penalty } from "./penalty.ts";

/**
 * Holds the pulls of a penalty that has begun to the central differences of its value, in double
 * precision, for every weight.
 *
 * @param step By how much weights are moved: a power of two, so that float32 holds the sums.
 */
export function assertGradient(
  penalty: Penalty,
  weights: LiveWeights,
  { step = 2 ** -8, tolerance = 1e-5 }: { readonly step?: number; readonly tolerance?: number } =
    {},
): void {
  const gradients = new Map([...weights].map(([name, w]) => [name, new Float32Array(w.length)]));
  addPulls(weights, gradients, pullsOf(weights, [penalty]));
  for (const [name, w] of weights) {
    for (let i = 0; i < w.length; i++) {
      const kept = w[i];
      w[i] = kept + step;
      const high = w[i], above = penalty.value(weights);
      w[i] = kept - step;
      const low = w[i], below = penalty.value(weights);
      w[i] = kept;
      const expected = (above - below) / (high - low);
      const actual = gradients.get(name)![i];
      assertAlmostEquals(actual, expected, tolerance * Math.max(1, Math.abs(expected)));
    }
  }
}

/** The 4 x 4 x (1, 2, 2) weight of RT3D's worked example. */
export function workedWeight(): Float32Array {
  const data = new Float32Array(64);
  for (let i = 0; i < 64; i++) {
    const m = i >> 4, n = i >> 2 & 3, k = i & 3;
    data[i] = ((5 * m * m + 3 * n * n + 7 * k * k + m * n + 2 * n * k + 3 * m * k) % 13) - 6;
  }
  return data;
}
