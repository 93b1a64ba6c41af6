/**
 * Broadcasting as in ONNX and NumPy.
 *
 * @module
 */

import type { Shape } from "../tensor.ts";

/**
 * The shape that both shapes broadcast to: axes are matched from the last, an extent of 1 or an
 * absent axis repeats. Undefined when they do not fit.
 */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: Shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const right = padded(b);
  const shape = padded(a).map((extent, axis) => extent === 1 ? right[axis] : extent);
  return right.every((extent, axis) => extent === 1 || extent === shape[axis]) ? shape : undefined;
}
