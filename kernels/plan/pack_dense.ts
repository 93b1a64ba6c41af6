/**
 * Packs filters in the order in which the dense kernels walk them, `[block of 16 filters][block of
 * 16 channels][tap][channel of the block][filter of the block]`; missing filters of the last block
 * are zero, missing channels are not there.
 *
 * @module
 */

/** Filters, and channels, of a block, as `KERF_DENSE_BLOCK`. */
const BLOCK = 16;

/** Floats of the packed filters of a layer. */
export function denseFloats(rows: number, channels: number, taps: number): number {
  return Math.ceil(rows / BLOCK) * BLOCK * channels * taps;
}

/** Packs `weights`, `[rows, channels, taps]`. */
export function packDense(
  weights: Float32Array,
  rows: number,
  channels: number,
  taps: number,
): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(denseFloats(rows, channels, taps));
  for (let m = 0, from = 0; m < rows; m++) {
    const block = (m - m % BLOCK) * channels * taps + m % BLOCK;
    for (let c = 0; c < channels; c++) {
      const first = c - c % BLOCK, step = Math.min(BLOCK, channels - first) * BLOCK;
      let at = block + first * taps * BLOCK + c % BLOCK * BLOCK;
      for (let tap = 0; tap < taps; tap++, at += step) packed[at] = weights[from++];
    }
  }
  return packed;
}
