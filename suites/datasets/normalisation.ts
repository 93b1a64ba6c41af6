/**
 * From the levels of pixels to what a network reads.
 *
 * @module
 */

import type { DataOptions } from "./source.ts";

/** `(x - mean) / std` for each channel of values in 0..1. */
export type Normalisation = NonNullable<DataOptions["normalise"]>;

/**
 * For each channel what each level of a pixel, 0..255, becomes: `(level / 255 - mean) / std`.
 *
 * @throws {RangeError} when there is not one mean and one deviation for each channel, or one is not
 *   finite, or a deviation is not above 0.
 */
export function levelTables({ mean, std }: Normalisation, channels: number): Float32Array[] {
  const usable = mean.length === channels && std.length === channels &&
    mean.every(Number.isFinite) && std.every((value) => Number.isFinite(value) && value > 0);
  if (!usable) {
    throw new RangeError(
      `Cannot normalise pixels as "mean" and "std" must be ${channels} finite numbers each, ` +
        `deviations above 0: current value is [${mean}] and [${std}]`,
    );
  }
  return mean.map((centre, c) =>
    Float32Array.from({ length: 256 }, (_, level) => (level / 255 - centre) / std[c])
  );
}
