/**
 * Exact selection of the best groups.
 *
 * @module
 */

const DIGIT_BITS = 11;
const DIGITS = 3;
const LARGEST_DIGIT = (1 << DIGIT_BITS) - 1;

/**
 * Indices of `scores` by score descending, then index ascending: the first k are the exact top k
 * with the tie rule of the bench. A stable radix sort on the bits of the floats (non-negative
 * floats order as their bits do), since tens of millions of weights are ranked.
 *
 * @param scores Finite and at least 0.
 */
export function rankDescending(scores: Float32Array): Uint32Array {
  const n = scores.length;
  let keys = new Uint32Array(n);
  let order = new Uint32Array(n);
  new Float32Array(keys.buffer).set(scores);
  for (let i = 0; i < n; i++) {
    keys[i] = ~keys[i]; // ascending keys are descending scores
    order[i] = i;
  }
  let nextKeys = new Uint32Array(n);
  let nextOrder = new Uint32Array(n);
  for (let digit = 0; digit < DIGITS; digit++) {
    const shift = digit * DIGIT_BITS;
    const start = new Uint32Array(LARGEST_DIGIT + 2);
    for (let i = 0; i < n; i++) start[((keys[i] >>> shift) & LARGEST_DIGIT) + 1]++;
    for (let bucket = 0; bucket <= LARGEST_DIGIT; bucket++) start[bucket + 1] += start[bucket];
    for (let i = 0; i < n; i++) {
      const key = keys[i];
      const at = start[(key >>> shift) & LARGEST_DIGIT]++;
      nextKeys[at] = key;
      nextOrder[at] = order[i];
    }
    [keys, nextKeys] = [nextKeys, keys];
    [order, nextOrder] = [nextOrder, order];
  }
  return order;
}

/** 1 for the `k` best of `scores` (score descending, index ascending), 0 for the others. */
export function topK(scores: Float32Array, k: number): Uint8Array {
  const kept = new Uint8Array(scores.length);
  for (const index of rankDescending(scores).subarray(0, k)) kept[index] = 1;
  return kept;
}
