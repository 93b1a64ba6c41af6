/**
 * Axis-aligned boxes in an image.
 *
 * @module
 */

/** A box by its corners, in pixels: left, top, right, bottom. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** Area in square pixels; 0 when the corners are the wrong way round. */
export function area([x1, y1, x2, y2]: Box): number {
  return Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0);
}

/** Area that two boxes share, in square pixels. */
export function intersection(a: Box, b: Box): number {
  return area([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
}

/** Intersection over union, `[0, 1]`; 0 when one of the boxes has no area. */
export function iou(a: Box, b: Box): number {
  const shared = intersection(a, b);
  return shared > 0 ? shared / (area(a) + area(b) - shared) : 0;
}
