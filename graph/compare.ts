/**
 * How far two tensors are apart.
 *
 * @module
 */

import { type Tensor, values } from "./tensor.ts";

/**
 * Relative error in the maximum norm: `max |actual - expected| / max |expected|`, over all
 * elements. 0 when both are all zeros. A NaN or an infinity anywhere, in either tensor, gives
 * `Infinity`, so a broken output never passes a tolerance.
 *
 * @throws {RangeError} when the shapes differ.
 */
export function relativeError(actual: Tensor, expected: Tensor): number {
  if (String(actual.shape) !== String(expected.shape)) {
    throw new RangeError(
      `Cannot compare tensors as shapes must be the same, [${expected.shape}]: ` +
        `current value is [${actual.shape}]`,
    );
  }
  const a = values(actual);
  const e = values(expected);
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i]) || !Number.isFinite(e[i])) return Infinity;
    difference = Math.max(difference, Math.abs(a[i] - e[i]));
    scale = Math.max(scale, Math.abs(e[i]));
  }
  return difference === 0 ? 0 : difference / scale;
}
