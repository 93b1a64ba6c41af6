/**
 * How far counts of a sample are from those of the whole.
 *
 * @module
 */

import type { Quantity, Reading } from "../reading.ts";

/** What one operator's sample is off by. */
export interface SamplingError {
  /** The operator; absent for the whole call. */
  readonly operator?: string;
  /** What was estimated. */
  readonly quantity: Quantity;
  /** Of all units. */
  readonly whole: number;
  /** From the sample. */
  readonly estimate: number;
  /** Relative to the whole, signed; undefined where the whole is 0. */
  readonly error?: number;
}

/**
 * Compares readings of a sample with those of a full run, operator by operator, then the whole call.
 * Operators of which the sample had all units are left out: their errors would only say that they
 * found the caches in another state.
 */
export function samplingErrors(
  full: readonly Reading[],
  sample: readonly Reading[],
  quantities: readonly Quantity[],
): SamplingError[] {
  const sampled = new Set(
    sample.filter(({ origin }) => origin?.endsWith(" units")).map(({ operator }) => operator),
  );
  return sample.flatMap(({ operator, quantity, value: estimate }): SamplingError[] => {
    if (!quantities.includes(quantity) || estimate === undefined) return [];
    if (operator !== undefined && !sampled.has(operator)) return [];
    const whole = full.find((one) => one.quantity === quantity && one.operator === operator)!
      .value!;
    const error = whole ? estimate / whole - 1 : undefined;
    return [{
      quantity,
      whole,
      estimate,
      ...(operator !== undefined && { operator }),
      ...(error !== undefined && { error }),
    }];
  });
}
