/**
 * How far two tensors are apart.
 *
 * @module
 */

import { type Tensor, values } from "./tensor.ts";

/** Share of the largest value of all outputs below which an output counts as small beside them. */
const SMALL = 1e-3;

/**
 * The largest relative error of the outputs of one run, see {@linkcode relativeError}. An output
 * whose values are all small beside those of the others (scores where nothing was found) is held
 * to a thousandth of the largest value of all.
 *
 * @throws {RangeError} when an output is missing or has another shape.
 */
export function outputsError(
  actual: ReadonlyMap<string, Tensor>,
  expected: ReadonlyMap<string, Tensor>,
): number {
  let largest = 0;
  for (const output of expected.values()) {
    for (const value of values(output)) largest = Math.max(largest, Math.abs(value));
  }
  let worst = 0;
  for (const [name, output] of expected) {
    const found = actual.get(name);
    if (!found) {
      throw new RangeError(`Cannot compare outputs as there must be one called "${name}"`);
    }
    worst = Math.max(worst, relativeError(found, output, SMALL * largest));
  }
  return worst;
}

/**
 * Relative error in the maximum norm: `max |actual - expected| / max |expected|`, over all
 * elements. 0 when both are all zeros. A NaN or an infinity anywhere, in either tensor, gives
 * `Infinity`, so a broken output never passes a tolerance.
 *
 * @param least The least that the error is divided by.
 * @throws {RangeError} when the shapes differ.
 */
export function relativeError(actual: Tensor, expected: Tensor, least = 0): number {
  if (String(actual.shape) !== String(expected.shape)) {
    throw new RangeError(
      `Cannot compare tensors as shapes must be the same, [${expected.shape}]: ` +
        `current value is [${actual.shape}]`,
    );
  }
  const a = values(actual);
  const e = values(expected);
  let difference = 0;
  let scale = least;
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i]) || !Number.isFinite(e[i])) return Infinity;
    difference = Math.max(difference, Math.abs(a[i] - e[i]));
    scale = Math.max(scale, Math.abs(e[i]));
  }
  return difference === 0 ? 0 : difference / scale;
}
