/**
 * Convolutions and pools in double precision.
 *
 * @module
 */

import type { PoolAttributes } from "../../../graph/model.ts";
import { type Shape, sizeOf } from "../../../graph/tensor.ts";
import { type Doubles, generate, offsetIn, positionsOf } from "./doubles.ts";
import { type Evaluators, shapeOf } from "./evaluator.ts";

/** Where a kernel or a window goes. */
type Window = Pick<PoolAttributes, "kernel_shape" | "strides" | "pads" | "dilations">;

/** What a window finds at one position of an output. */
interface Reach {
  /** For each position of the kernel, where it reads in the plane of a channel, if it does. */
  readonly places: readonly (number | undefined)[];
  /** How many of its positions lie in the plane or in its padding. */
  readonly padded: number;
}

/** Evaluators of convolutions and pools. */
export const WINDOW_EVALUATORS: Evaluators<
  | "Conv"
  | "ConvTranspose"
  | "MaxPool"
  | "AveragePool"
  | "LpPool"
  | "GlobalAveragePool"
  | "GlobalMaxPool"
> = {
  Conv(node, inputs) {
    const [x, weight, bias] = inputs;
    const { group } = node.attributes;
    const shape = shapeOf(node, inputs);
    const [filters, channels, ...kernel] = weight.shape;
    const [plane, taps] = [sizeOf(x.shape.slice(2)), sizeOf(kernel)];
    const reaches = reachesOf(x.shape.slice(2), shape.slice(2), node.attributes);
    return [overPlanes(shape, (n, m, o) => {
      const first = Math.floor(m / (filters / group)) * channels;
      let sum = bias ? bias.data[m] : 0;
      for (let c = 0; c < channels; c++) {
        const from = (n * x.shape[1] + first + c) * plane;
        reaches[o].places.forEach((place, tap) => {
          if (place === undefined) return;
          sum += x.data[from + place] * weight.data[(m * channels + c) * taps + tap];
        });
      }
      return sum;
    })];
  },

  // Each value of the input is spread over the positions that a convolution would read for it.
  ConvTranspose(node, inputs) {
    const [x, weight, bias] = inputs;
    const { group } = node.attributes;
    const shape = shapeOf(node, inputs);
    const [channels, filters, ...kernel] = weight.shape;
    const [plane, taps] = [sizeOf(shape.slice(2)), sizeOf(kernel)];
    const reaches = reachesOf(shape.slice(2), x.shape.slice(2), node.attributes);
    const y = overPlanes(shape, (_, m) => bias ? bias.data[m] : 0);
    let i = 0;
    overPlanes(x.shape, (n, c, o) => {
      const value = x.data[i++];
      const first = Math.floor(c / (channels / group)) * filters;
      for (let m = 0; m < filters; m++) {
        reaches[o].places.forEach((place, tap) => {
          if (place === undefined) return;
          y.data[(n * shape[1] + first + m) * plane + place] += value *
            weight.data[(c * filters + m) * taps + tap];
        });
      }
      return value;
    });
    return [y];
  },

  MaxPool: (node, inputs) => [
    pooled(inputs[0], shapeOf(node, inputs), node.attributes, (read) => Math.max(...read)),
  ],

  AveragePool: (node, inputs) => [
    pooled(inputs[0], shapeOf(node, inputs), node.attributes, (read, padded) => {
      const sum = read.reduce((a, b) => a + b, 0);
      return sum / (node.attributes.count_include_pad ? padded : read.length);
    }),
  ],

  LpPool: (node, inputs) => [
    pooled(inputs[0], shapeOf(node, inputs), node.attributes, (read) => {
      const { p } = node.attributes;
      return read.reduce((sum, v) => sum + Math.abs(v) ** p, 0) ** (1 / p);
    }),
  ],

  GlobalAveragePool: (_, [x]) => [
    wholePlanes(x, (read) => read.reduce((a, b) => a + b, 0) / read.length),
  ],

  GlobalMaxPool: (_, [x]) => [wholePlanes(x, (read) => Math.max(...read))],
};

/** What a window finds at each position of an output, in row-major order. */
function reachesOf(extents: Shape, outputs: Shape, window: Window): readonly Reach[] {
  const { kernel_shape, strides, pads, dilations } = window;
  const rank = extents.length;
  const taps = positionsOf(kernel_shape);
  return positionsOf(outputs).map((output) => {
    const positions = taps.map((tap) =>
      tap.map((k, axis) => output[axis] * strides[axis] + k * dilations[axis] - pads[axis])
    );
    const inPadding = (position: readonly number[]) =>
      position.every((i, axis) => i >= -pads[axis] && i < extents[axis] + pads[axis + rank]);
    return {
      places: positions.map((position) => offsetIn(extents, position)),
      padded: positions.filter(inPadding).length,
    };
  });
}

/** A tensor `[N, C, ...]` by image, channel and number of the position in the plane. */
function overPlanes(
  shape: Shape,
  element: (image: number, channel: number, position: number) => number,
): Doubles {
  const [images, channels, ...extents] = shape;
  const flat = generate([images, channels, sizeOf(extents)], ([n, c, o]) => element(n, c, o));
  return { shape, data: flat.data };
}

/** Pools what each window reads in the plane. */
function pooled(
  x: Doubles,
  shape: Shape,
  window: Window,
  pool: (read: readonly number[], padded: number) => number,
): Doubles {
  const extents = x.shape.slice(2);
  const reaches = reachesOf(extents, shape.slice(2), window);
  return overPlanes(shape, (n, c, o) => {
    const from = (n * x.shape[1] + c) * sizeOf(extents);
    const { places, padded } = reaches[o];
    return pool(places.flatMap((at) => at === undefined ? [] : [x.data[from + at]]), padded);
  });
}

/** Pools the plane of each channel; spatial axes stay, with extent 1. */
function wholePlanes(x: Doubles, pool: (read: Float64Array) => number): Doubles {
  const [images, channels, ...extents] = x.shape;
  const plane = sizeOf(extents);
  return overPlanes([images, channels, ...extents.map(() => 1)], (n, c) => {
    const from = (n * channels + c) * plane;
    return pool(x.data.subarray(from, from + plane));
  });
}
