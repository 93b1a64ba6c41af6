/**
 * Transforms 3x3 kernels for Winograd's F(4x4, 3x3) and packs them in the order in which the kernels
 * walk them, `[depth tap][frequency][block of 16 rows][channel][row of the block]`; missing rows of
 * the last block are zero. `kernels/cpu/isa/winograd_kernels.c` has the other transforms.
 *
 * @module
 */

/** Rows of a block, as `KERF_WINOGRAD_BLOCK`. */
const BLOCK = 16;
/** Extent of a transformed tile. */
const SIDE = 6;
const FREQUENCIES = SIDE * SIDE;

const A = Math.SQRT1_2, B = Math.SQRT2;
/** G: rows are the interpolation points 0, a, -a, b, -b and infinity, scaled. */
const G = [
  [1, 0, 0],
  [-2 / 3, -2 / 3 * A, -1 / 3],
  [-2 / 3, 2 / 3 * A, -1 / 3],
  [1 / 6, B / 6, 1 / 3],
  [1 / 6, -B / 6, 1 / 3],
  [0, 0, 1],
];

/** Floats of the transformed kernels of a layer. */
export function winogradFloats(rows: number, channels: number, depthTaps: number): number {
  return depthTaps * FREQUENCIES * Math.ceil(rows / BLOCK) * BLOCK * channels;
}

/** Transforms and packs `weights`, `[rows, channels, depthTaps, 3, 3]`: G g G^T, in float64. */
export function packWinograd(
  weights: Float32Array,
  rows: number,
  channels: number,
  depthTaps: number,
): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(winogradFloats(rows, channels, depthTaps));
  const step = Math.ceil(rows / BLOCK) * BLOCK * channels; // from one frequency to the next
  const half = new Float64Array(SIDE * 3);
  for (let m = 0, from = 0; m < rows; m++) {
    for (let c = 0; c < channels; c++) {
      const place = ((m - m % BLOCK) * channels) + c * BLOCK + m % BLOCK;
      for (let tap = 0; tap < depthTaps; tap++, from += 9) {
        for (let i = 0; i < SIDE; i++) {
          const [p, q, r] = G[i];
          for (let j = 0; j < 3; j++) {
            half[i * 3 + j] = p * weights[from + j] + q * weights[from + 3 + j] +
              r * weights[from + 6 + j];
          }
        }
        let at = tap * FREQUENCIES * step + place;
        for (let i = 0; i < SIDE * 3; i += 3) {
          for (let j = 0; j < SIDE; j++, at += step) {
            const [p, q, r] = G[j];
            packed[at] = p * half[i] + q * half[i + 1] + r * half[i + 2];
          }
        }
      }
    }
  }
  return packed;
}
