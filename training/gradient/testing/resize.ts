/**
 * Interpolation in double precision (ONNX operator specification, Resize): along each axis, every
 * position of the output is a weighted sum of positions of the input.
 *
 * @module
 */

import type { ResizeAttributes } from "../../../graph/model.ts";
import { at, type Doubles, generate, moved } from "./doubles.ts";
import type { Evaluators } from "./evaluator.ts";

/** Weights of the positions of an input axis. */
type Taps = ReadonlyMap<number, number>;

/** Evaluator of interpolation. */
export const RESIZE_EVALUATORS: Evaluators<"Resize"> = {
  Resize({ attributes }, [x]) {
    const { scales, sizes } = attributes;
    return [
      sizes.reduce((y, to, axis) => {
        const from = x.shape[axis];
        if (from === to && scales[axis] === 1) return y;
        const taps = Array.from({ length: to }, (_, o) => tapsOf(attributes, axis, o, from));
        return interpolated(y, axis, taps);
      }, x),
    ];
  },
};

function interpolated(x: Doubles, axis: number, taps: readonly Taps[]): Doubles {
  return generate(moved(x.shape, axis, taps.length), (position) => {
    let sum = 0;
    for (const [i, weight] of taps[position[axis]]) sum += weight * at(x, moved(position, axis, i));
    return sum;
  });
}

/** What position `o` of the output is made of; neighbours outside are the outermost position. */
function tapsOf(attributes: ResizeAttributes, axis: number, o: number, from: number): Taps {
  const { mode, nearest_mode, cubic_coeff_a, exclude_outside, antialias, scales } = attributes;
  const x = sourceOf(attributes, axis, o, from);
  const inside = (i: number) => Math.min(Math.max(i, 0), from - 1);
  if (mode === "nearest") return new Map([[inside(rounded(nearest_mode, x)), 1]]);

  const kernel = mode === "linear" ? tent : keys(cubic_coeff_a);
  const narrowed = antialias ? Math.min(scales[axis], 1) : 1;
  const reach = (mode === "linear" ? 1 : 2) / narrowed;
  const taps = new Map<number, number>();
  let sum = 0;
  for (let i = Math.ceil(x - reach); i <= x + reach; i++) {
    if (exclude_outside && i !== inside(i)) continue;
    const weight = kernel(Math.abs(i - x) * narrowed);
    taps.set(inside(i), (taps.get(inside(i)) ?? 0) + weight);
    sum += weight;
  }
  return new Map([...taps].map(([i, weight]) => [i, weight / sum]));
}

/** Linear interpolation's weight at a distance. */
function tent(distance: number): number {
  return 1 - distance;
}

/** Weights of Keys' cubic convolution at a distance of at most 2. */
function keys(a: number): (distance: number) => number {
  return (d) =>
    d <= 1
      ? (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1
      : a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
}

/** Position of the input that position `o` of the output stands for. */
function sourceOf(
  { coordinate_transformation_mode, scales, sizes }: ResizeAttributes,
  axis: number,
  o: number,
  from: number,
): number {
  const [scale, to] = [scales[axis], sizes[axis]];
  switch (coordinate_transformation_mode) {
    case "half_pixel":
      return (o + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return to > 1 ? (o + 0.5) / scale - 0.5 : 0;
    case "half_pixel_symmetric": {
      const exact = scale * from;
      return from / 2 * (1 - to / exact) + (o + 0.5) / scale - 0.5;
    }
    case "align_corners":
      return to > 1 ? o * (from - 1) / (to - 1) : 0;
    case "asymmetric":
      return o / scale;
  }
}

function rounded(mode: ResizeAttributes["nearest_mode"], x: number): number {
  switch (mode) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round_prefer_floor":
      return Math.ceil(x - 0.5);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
  }
}
