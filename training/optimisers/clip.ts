/**
 * Bounded gradients.
 *
 * @module
 */

/**
 * Scales all gradients in place by one factor, so that their norm together (L2, summed in double
 * precision) is at most `limit`.
 *
 * @returns The norm before; when it is not finite, nothing is scaled.
 * @throws {RangeError} when the limit is not above 0.
 */
export function clipGradients(gradients: ReadonlyMap<string, Float32Array>, limit: number): number {
  if (!(limit > 0)) {
    throw new RangeError(
      `Cannot clip gradients as their norm must be bounded above 0: current value is ${limit}`,
    );
  }
  let sum = 0;
  for (const gradient of gradients.values()) sum += sumOfSquares(gradient);
  const norm = Math.sqrt(sum);
  if (norm > limit && norm < Infinity) {
    for (const gradient of gradients.values()) scale(gradient, limit / norm);
  }
  return norm;
}

function sumOfSquares(array: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < array.length; i++) sum += array[i] * array[i];
  return sum;
}

function scale(array: Float32Array, factor: number): void {
  for (let i = 0; i < array.length; i++) array[i] *= factor;
}
