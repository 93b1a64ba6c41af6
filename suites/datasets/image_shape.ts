/**
 * Shapes of images as networks read them.
 *
 * @module
 */

import type { Shape } from "../../graph/tensor.ts";
import type { Size } from "./resize.ts";

/** Shape of an image by the names of its axes. */
export interface ImageExtents extends Size {
  /** Number of channels. */
  readonly channels: number;
}

/**
 * The extents of a sample shape `[C, H, W]`.
 *
 * @param least Least number of pixels of a side.
 * @throws {RangeError} when it is none of an image that can be made.
 */
export function imageExtents(shape: Shape, least = 1): ImageExtents {
  const [channels, height, width] = shape;
  const whole = shape.length === 3 && shape.every((extent) => Number.isInteger(extent));
  if (whole && channels >= 1 && height >= least && width >= least) {
    return { channels, height, width };
  }
  throw new RangeError(
    `Cannot make images as "sampleShape" must be [C, H, W] with H and W ${least} or more: ` +
      `current value is [${shape}]`,
  );
}
