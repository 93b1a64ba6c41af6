/**
 * The window of a convolution, plain or transposed, seen as a plain one.
 *
 * @module
 */

import type { Shape } from "../../../../graph/tensor.ts";

/** Where a convolution's kernel goes. */
export interface Window {
  /** Extents of the kernel. */
  readonly kernel: readonly number[];
  /** Step along each spatial axis. */
  readonly strides: readonly number[];
  /** Distance between kernel positions along each spatial axis. */
  readonly dilations: readonly number[];
  /** Zeros before the input along each spatial axis. */
  readonly begins: readonly number[];
  /** Groups that channels and filters are split into. */
  readonly group: number;
}

/** From the first to the last position of a kernel along each axis: `(extent - 1) * dilation`. */
export function reachOf({ kernel, dilations }: Window): readonly number[] {
  return kernel.map((extent, axis) => (extent - 1) * dilations[axis]);
}

/**
 * Zeros around a convolution's input such that it gives exactly the positions of its output: begins of
 * all spatial axes, then ends; negative where the input has rows that no window takes.
 */
export function padsFor(output: Shape, input: Shape, window: Window): readonly number[] {
  const reach = reachOf(window);
  const { begins, strides } = window;
  const ends = reach.map((extent, axis) =>
    (output[axis + 2] - 1) * strides[axis] + extent + 1 - begins[axis] - input[axis + 2]
  );
  return [...begins, ...ends];
}

/**
 * Attributes of the transposed convolution that gives the positions of `output` back to `input`: those
 * that no window covers at the end get zeros from the output padding.
 */
export function transposedPads(output: Shape, input: Shape, window: Window) {
  const ends = padsFor(output, input, window).slice(window.kernel.length);
  return {
    pads: [...window.begins, ...ends.map((end) => Math.max(end, 0))],
    output_padding: ends.map((end) => Math.max(-end, 0)),
  };
}

/** Kernel positions in row-major order. */
export function positionsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (list, extent) =>
      list.flatMap((head) => Array.from({ length: extent }, (_, i) => [...head, i])),
    [[]],
  );
}
