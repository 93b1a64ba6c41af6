/**
 * Tensors in double precision, for oracles: row-major, and read by position.
 *
 * @module
 */

import { type Shape, sizeOf, type Tensor, values } from "../../../graph/tensor.ts";

/** A tensor in double precision. */
export interface Doubles {
  /** Extents, outermost axis first. */
  readonly shape: Shape;
  /** Row-major. */
  readonly data: Float64Array;
}

/** The same values in double precision. */
export function doublesOf(t: Tensor): Doubles {
  return { shape: [...t.shape], data: Float64Array.from(values(t)) };
}

/** A tensor whose element at each position is what `element` says; it must not keep `position`. */
export function generate(
  shape: Shape,
  element: (position: readonly number[]) => number,
): Doubles {
  const data = new Float64Array(sizeOf(shape));
  const position = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = element(position);
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) {
      position[axis] = 0;
    }
  }
  return { shape, data };
}

/** All positions of a shape in row-major order. */
export function positionsOf(shape: Shape): readonly (readonly number[])[] {
  const positions: (readonly number[])[] = [];
  generate(shape, (position) => positions.push([...position]));
  return positions;
}

/** Number of a position in row-major order; undefined when it lies outside of the shape. */
export function offsetIn(shape: Shape, position: readonly number[]): number | undefined {
  let offset = 0;
  for (const [axis, extent] of shape.entries()) {
    if (position[axis] < 0 || position[axis] >= extent) return undefined;
    offset = offset * extent + position[axis];
  }
  return offset;
}

/** The element at a position; 0 outside. */
export function at({ shape, data }: Doubles, position: readonly number[]): number {
  const offset = offsetIn(shape, position);
  return offset === undefined ? 0 : data[offset];
}

/** The element that broadcasting puts at a position of a larger shape. */
export function broadcastAt(x: Doubles, position: readonly number[]): number {
  const added = position.length - x.shape.length;
  return at(x, x.shape.map((extent, axis) => extent === 1 ? 0 : position[axis + added]));
}

/** The position with another number on one axis. */
export function moved(position: readonly number[], axis: number, to: number): readonly number[] {
  return position.map((i, a) => a === axis ? to : i);
}
