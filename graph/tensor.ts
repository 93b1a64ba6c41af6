/**
 * Dense tensors: an n-dimensional view (`ndarray`) over a typed array.
 *
 * @module
 */

// @ts-types="@types/ndarray"
import ndarray from "ndarray";
// @ts-types="@types/ndarray"
import type { NdArray } from "ndarray";

/** Extents of a tensor, outermost axis first (ONNX order, e.g. `[N, C, D, H, W]`). */
export type Shape = readonly number[];

/** A float32 tensor: an `ndarray` view, so that slices share memory with the whole. */
export type Tensor = NdArray<Float32Array>;

/** Number of elements of a shape; 1 for a scalar (`[]`). */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Wraps `data` as a row-major tensor of `shape`, sharing its memory.
 *
 * @throws {RangeError} when the number of elements differs from the shape's.
 */
export function tensor(data: Float32Array, shape: Shape): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot make a tensor of shape [${shape}] as it needs ${sizeOf(shape)} values: ` +
        `current value is ${data.length} values`,
    );
  }
  return ndarray(data, [...shape]);
}

/** A new tensor of zeros. */
export function zeros(shape: Shape): Tensor {
  return tensor(new Float32Array(sizeOf(shape)), shape);
}

/**
 * The values of a tensor in row-major order. Shares memory when the view is already contiguous
 * and starts at its buffer's first element; copies otherwise.
 */
export function values(t: Tensor): Float32Array {
  const n = sizeOf(t.shape);
  let contiguous = t.offset === 0 && t.data.length === n;
  for (let axis = t.shape.length - 1, stride = 1; axis >= 0 && contiguous; axis--) {
    contiguous = t.shape[axis] === 1 || t.stride[axis] === stride;
    stride *= t.shape[axis];
  }
  if (contiguous) return t.data;
  const out = new Float32Array(n);
  const index = new Array<number>(t.shape.length).fill(0);
  for (let i = 0; i < n; i++) {
    let at = t.offset;
    for (let axis = 0; axis < index.length; axis++) at += index[axis] * t.stride[axis];
    out[i] = t.data[at];
    for (let axis = index.length - 1; axis >= 0 && ++index[axis] === t.shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
  return out;
}
