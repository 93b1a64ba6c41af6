/**
 * Extents of interpolated values.
 *
 * @module
 */

/**
 * Extent of an axis after scaling, `floor(extent * scale)`, in float32 as ONNX Runtime computes it:
 * 10 positions times 0.7 are 7, though the float32 nearest to 0.7 is smaller.
 */
export function scaledExtent(extent: number, scale: number): number {
  return Math.floor(Math.fround(extent * Math.fround(scale)));
}
