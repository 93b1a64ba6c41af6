/**
 * What penalties ask of weights and checkpoints.
 *
 * @module
 */

import type { LiveWeights } from "./penalty.ts";

/**
 * The live values of a weight that a penalty names.
 *
 * @throws {RangeError} when it is missing or has another size.
 */
export function liveWeight(
  penalty: string,
  weights: LiveWeights,
  name: string,
  size: number,
): Float32Array {
  const found = weights.get(name);
  if (found?.length === size) return found;
  throw new RangeError(
    `Cannot apply penalty "${penalty}" as weight "${name}" must have ${size} values: ` +
      `current value is ${found ? found.length : "none"}`,
  );
}

/**
 * A copy of the array `key` of a checkpoint.
 *
 * @throws {RangeError} when it is missing or has another size.
 */
export function storedArray(
  penalty: string,
  state: ReadonlyMap<string, Float32Array>,
  key: string,
  size: number,
): Float32Array {
  const found = state.get(key);
  if (found?.length === size) return found.slice();
  throw new RangeError(
    `Cannot resume penalty "${penalty}" as its state "${key}" must have ${size} values: ` +
      `current value is ${found ? found.length : "none"}`,
  );
}

/**
 * A number of a penalty's options that must be above 0.
 *
 * @throws {RangeError} when it is not, or is infinite.
 */
export function requirePositive(penalty: string, name: string, value: number): void {
  if (value > 0 && value < Infinity) return;
  throw new RangeError(
    `Cannot make penalty "${penalty}" as "${name}" must be above 0: current value is ${value}`,
  );
}

/**
 * Epochs from one update to the next.
 *
 * @throws {RangeError} when it is no integer of at least 1.
 */
export function requireEpochs(penalty: string, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(
    `Cannot make penalty "${penalty}" as "${name}" must be a number of epochs, at least 1: ` +
      `current value is ${value}`,
  );
}
