/**
 * Bilinear resizing, as ONNX defines it for `Resize` with `mode = "linear"` and
 * `coordinate_transformation_mode = "half_pixel"` (no antialiasing), fused with a crop.
 *
 * @module
 */

import type { Image } from "./image.ts";

/** A rectangle of pixels. */
export interface Window {
  /** First row. */
  readonly top: number;
  /** First column. */
  readonly left: number;
  /** Number of rows. */
  readonly height: number;
  /** Number of columns. */
  readonly width: number;
}

/** Extents of an image in pixels. */
export interface Size {
  /** Number of rows. */
  readonly height: number;
  /** Number of columns. */
  readonly width: number;
}

/**
 * The size at which the shorter side of an image is `side` and its aspect ratio is kept, the
 * longer side rounded to the nearest pixel.
 */
export function sizeWithShorterSide({ height, width }: Size, side: number): Size {
  const scale = side / Math.min(height, width);
  return height <= width
    ? { height: side, width: Math.round(width * scale) }
    : { height: Math.round(height * scale), width: side };
}

/**
 * The least size, its aspect ratio that of an image but for rounding, in which a window fits.
 */
export function sizeCovering(image: Size, window: Size): Size {
  const scale = Math.max(window.height / image.height, window.width / image.width);
  return {
    height: Math.max(Math.round(image.height * scale), window.height),
    width: Math.max(Math.round(image.width * scale), window.width),
  };
}

/**
 * The central window of an image; where the margins cannot be equal, the one above or on the left is
 * a pixel smaller.
 *
 * @throws {RangeError} when the image is smaller than the window.
 */
export function centreWindow(image: Size, { height, width }: Size): Window {
  if (height > image.height || width > image.width) {
    throw new RangeError(
      `Cannot crop an image as the window must fit into its ${image.height} x ${image.width} ` +
        `pixels: current value is ${height} x ${width}`,
    );
  }
  return {
    top: Math.floor((image.height - height) / 2),
    left: Math.floor((image.width - width) / 2),
    height,
    width,
  };
}

/**
 * Resizes `image` to `size` and returns the part of the result inside `window`, computing only
 * that part. Values stay in 0..255 and are not rounded.
 *
 * @example
 * ```ts
 * import { resize } from "./resize.ts";
 *
 * const image = { height: 1, width: 2, data: Uint8Array.of(0, 0, 0, 100, 100, 100) };
 * const red = resize(image, { height: 1, width: 4 }).subarray(0, 4); // 0, 25, 75, 100
 * ```
 *
 * @returns Values of shape `[3, window.height, window.width]`, row-major, red, green, blue.
 */
export function resize(
  image: Image,
  size: Size,
  window: Window = { top: 0, left: 0, ...size },
): Float32Array {
  const rows = taps(image.height, size.height, window.top, window.height);
  const cols = taps(image.width, size.width, window.left, window.width);
  const plane = window.height * window.width;
  const out = new Float32Array(3 * plane);
  for (let y = 0; y < window.height; y++) {
    const above = rows.low[y] * image.width;
    const below = rows.high[y] * image.width;
    const down = rows.weight[y];
    for (let x = 0; x < window.width; x++) {
      const left = cols.low[x];
      const right = cols.high[x];
      const across = cols.weight[x];
      for (let c = 0; c < 3; c++) {
        const at = (pixel: number) => image.data[pixel * 3 + c];
        const top = at(above + left) * (1 - across) + at(above + right) * across;
        const bottom = at(below + left) * (1 - across) + at(below + right) * across;
        out[c * plane + y * window.width + x] = top * (1 - down) + bottom * down;
      }
    }
  }
  return out;
}

/** For each output position along one axis, its two neighbours and the weight of the second. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/** Taps of the output positions `first` up to `first + count` of an axis resized from `from` to `to`. */
function taps(from: number, to: number, first: number, count: number): Taps {
  const low = new Int32Array(count);
  const high = new Int32Array(count);
  const weight = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // Pixels are areas and their centres lie at halves; beyond the outermost centres the edge
    // pixel is repeated.
    const centre = (first + i + 0.5) * from / to - 0.5;
    const at = Math.min(Math.max(centre, 0), from - 1);
    low[i] = Math.floor(at);
    high[i] = Math.min(low[i] + 1, from - 1);
    weight[i] = at - low[i];
  }
  return { low, high, weight };
}
