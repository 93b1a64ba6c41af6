/**
 * Crops and mirror images: what a network learns not to care about.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import { type Shape, sizeOf } from "../../graph/tensor.ts";
import { centreWindow, type Size } from "./resize.ts";

/** Which part of an image becomes a sample. */
export interface Crop {
  /** First row; negative in the padding above the image. */
  readonly top: number;
  /** First column; negative in the padding on the left. */
  readonly left: number;
  /** Whether columns are read from right to left. */
  readonly flip: boolean;
}

/** Options of {@linkcode randomCrop}. */
export interface RandomCropOptions {
  /** Black pixels around the image. @default {0} */
  readonly padding?: number;
  /** Whether half of the crops are mirrored. @default {true} */
  readonly flip?: boolean;
}

/**
 * Draws a crop, every place of the window being equally likely.
 *
 * @throws {RangeError} when the window does not fit into the image with its padding.
 */
export function randomCrop(
  image: Size,
  window: Size,
  random: Random,
  { padding = 0, flip = true }: RandomCropOptions = {},
): Crop {
  const padded = { height: image.height + 2 * padding, width: image.width + 2 * padding };
  centreWindow(padded, window);
  return {
    top: random.integer(padded.height - window.height + 1) - padding,
    left: random.integer(padded.width - window.width + 1) - padding,
    flip: flip && random.integer(2) === 1,
  };
}

/**
 * The crop by which a network is judged.
 *
 * @throws {RangeError} when the window does not fit into the image.
 */
export function centreCrop(image: Size, window: Size): Crop {
  const { top, left } = centreWindow(image, window);
  return { top, left, flip: false };
}

/**
 * Cuts a sample out of planes; beyond their edges lies black.
 *
 * @param planes Levels `[C, image.height, image.width]`, row-major.
 * @param shape `[C, H, W]` of the sample.
 * @param tables For each channel what a level becomes, of `levelTables()`.
 */
export function cropPlanes(
  planes: Uint8Array,
  image: Size,
  shape: Shape,
  { top, left, flip }: Crop,
  tables: readonly Float32Array[],
): Float32Array {
  const [channels, height, width] = shape;
  const out = new Float32Array(sizeOf(shape));
  let to = 0;
  for (let c = 0; c < channels; c++) {
    const table = tables[c];
    for (let y = top; y < top + height; y++) {
      const row = (c * image.height + y) * image.width;
      const outside = y < 0 || y >= image.height;
      for (let i = 0; i < width; i++) {
        const x = left + (flip ? width - 1 - i : i);
        out[to++] = table[outside || x < 0 || x >= image.width ? 0 : planes[row + x]];
      }
    }
  }
  return out;
}
