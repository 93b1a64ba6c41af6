/**
 * Images placed on a canvas: scaled, moved, mirrored, with the boxes of what they show.
 *
 * @module
 */

import type { Image } from "./image.ts";
import type { Size, Window } from "./resize.ts";

/**
 * From positions of an image to those of a canvas, both in pixels from the top left corner:
 * `x * scaleX + left`, `y * scaleY + top`. A negative scale mirrors.
 */
export interface Placement {
  /** Columns of the canvas for one of the image. */
  readonly scaleX: number;
  /** Rows of the canvas for one of the image. */
  readonly scaleY: number;
  /** Column of the canvas at which the image's left edge lies. */
  readonly left: number;
  /** Row of the canvas at which the image's top edge lies. */
  readonly top: number;
}

/** Left, top, right, bottom. */
type Corners = readonly [x1: number, y1: number, x2: number, y2: number];

/** A canvas of one gray level. */
export function canvas({ height, width }: Size, level: number): Image {
  return { height, width, data: new Uint8Array(height * width * 3).fill(level) };
}

/** Where the box of something in an image lies on the canvas. */
export function placeBox([x1, y1, x2, y2]: Corners, to: Placement): Corners {
  const [xa, xb] = [x1 * to.scaleX + to.left, x2 * to.scaleX + to.left];
  const [ya, yb] = [y1 * to.scaleY + to.top, y2 * to.scaleY + to.top];
  return [Math.min(xa, xb), Math.min(ya, yb), Math.max(xa, xb), Math.max(ya, yb)];
}

/**
 * Draws an image, bilinear without antialiasing, over those pixels of a window of a canvas whose
 * centres it covers.
 *
 * @param window Inside the canvas.
 */
export function paste(onto: Image, image: Image, at: Placement, window: Window): void {
  const rows = taps(image.height, at.scaleY, at.top, window.top, window.height);
  const cols = taps(image.width, at.scaleX, at.left, window.left, window.width);
  const from = image.data, to = onto.data;
  for (let i = 0; i < rows.count; i++) {
    const above = rows.low[i] * image.width * 3;
    const below = rows.high[i] * image.width * 3;
    const down = rows.weight[i];
    let out = ((rows.first + i) * onto.width + cols.first) * 3;
    for (let j = 0; j < cols.count; j++) {
      const left = cols.low[j] * 3, right = cols.high[j] * 3, across = cols.weight[j];
      for (let c = 0; c < 3; c++) {
        const a = from[above + left + c], b = from[below + left + c];
        const top = a + (from[above + right + c] - a) * across;
        const bottom = b + (from[below + right + c] - b) * across;
        to[out++] = top + (bottom - top) * down + 0.5;
      }
    }
  }
}

/** For pixels of one axis of a canvas, the two neighbours in an image and the weight of the second. */
interface Taps {
  /** First pixel of the canvas whose centre the image covers. */
  readonly first: number;
  /** Number of such pixels. */
  readonly count: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

function taps(
  extent: number,
  scale: number,
  offset: number,
  windowFirst: number,
  windowCount: number,
): Taps {
  const ends = [offset, offset + extent * scale];
  // A pixel is drawn when its centre, at a half, lies in [start, end).
  const first = Math.max(Math.ceil(Math.min(...ends) - 0.5), windowFirst);
  const end = Math.min(Math.ceil(Math.max(...ends) - 0.5), windowFirst + windowCount);
  const count = Math.max(end - first, 0);
  const low = new Int32Array(count), high = new Int32Array(count);
  const weight = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // Beyond the outermost centres the edge pixel is repeated.
    const centre = (first + i + 0.5 - offset) / scale - 0.5;
    const at = Math.min(Math.max(centre, 0), extent - 1);
    low[i] = Math.floor(at);
    high[i] = Math.min(low[i] + 1, extent - 1);
    weight[i] = at - low[i];
  }
  return { first, count, low, high, weight };
}
