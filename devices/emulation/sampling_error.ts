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
  /** Units of work of the operator; absent for the whole call. */
  readonly units?: number;
  /** Of these, counted in the sample. */
  readonly countedUnits?: number;
}

/** How the origin of an operator's sample ends. */
const COUNTED = /, (\d+) of (\d+) units$/;

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
  return sample.flatMap(({ operator, quantity, value: estimate, origin }): SamplingError[] => {
    if (!quantities.includes(quantity) || estimate === undefined) return [];
    const [, countedUnits, units] = COUNTED.exec(origin ?? "") ?? [];
    if (operator !== undefined && units === undefined) return [];
    const whole = full.find((one) => one.quantity === quantity && one.operator === operator)!
      .value!;
    const error = whole ? estimate / whole - 1 : undefined;
    return [{
      quantity,
      whole,
      estimate,
      ...(operator !== undefined && {
        operator,
        units: Number(units),
        countedUnits: Number(countedUnits),
      }),
      ...(error !== undefined && { error }),
    }];
  });
}
