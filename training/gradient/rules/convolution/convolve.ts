/**
 * Convolutions as they are computed in training.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../../../graph/tensor.ts";
import type { StepGraph, Value } from "../../step_graph.ts";
import { reachOf, type Window } from "./window.ts";

/**
 * Images with at most so many positions are joined. ONNX Runtime multiplies matrices image by image,
 * and matrices of few columns far below the peak: at 2x2 positions 5 to 15 times as slowly as joined.
 */
const FEW_POSITIONS = 64;

/**
 * A convolution with any pads, negative ones too.
 *
 * @param pads Begins of all spatial axes, then ends.
 */
export function convolve(
  graph: StepGraph,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  window: Window,
  pads: readonly number[],
): Value {
  const rank = window.kernel.length;
  const crops = pads.map((pad) => Math.min(pad, 0));
  const cropped = graph.pad(x, [0, 0, ...crops.slice(0, rank), 0, 0, ...crops.slice(rank)]);
  const zeros = pads.map((pad) => Math.max(pad, 0));
  const few = sizeOf(x.shape.slice(2)) <= FEW_POSITIONS && x.shape[0] > 1;
  return few && canBeJoined(window, zeros)
    ? joined(graph, cropped, weight, bias, window, zeros)
    : plain(graph, cropped, weight, bias, window, zeros);
}

function plain(
  graph: StepGraph,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  window: Window,
  pads: readonly number[],
): Value {
  const { kernel, strides, dilations, group } = window;
  const shape: Shape = [
    x.shape[0],
    weight.shape[0],
    ...reachOf(window).map((extent, axis) => {
      const padded = x.shape[axis + 2] + pads[axis] + pads[kernel.length + axis];
      return Math.floor((padded - extent - 1) / strides[axis]) + 1;
    }),
  ];
  return graph.op("Conv", [x, weight, ...(bias ? [bias] : [])], shape, {
    kernel_shape: kernel,
    strides,
    dilations,
    group,
    pads,
  });
}

/** Whether no window that counts sees two images, given the zeros between them. */
function canBeJoined(window: Window, pads: readonly number[]): boolean {
  const [reach] = reachOf(window);
  const [begin, end] = [pads[0], pads[window.kernel.length]];
  return window.strides.every((stride) => stride === 1) && begin <= reach && end <= reach;
}

/**
 * The images of a batch under each other as one, with zeros between them that neighbours share; rows
 * whose window lies across two images are dropped.
 */
function joined(
  graph: StepGraph,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  window: Window,
  pads: readonly number[],
): Value {
  const rank = window.kernel.length;
  const [batch, channels, rows, ...others] = x.shape;
  const [reach] = reachOf(window);
  const [begin, end] = [pads[0], pads[rank]];
  const pitch = rows + Math.max(begin, end);
  const none = others.map(() => 0);
  const spaced = graph.pad(
    swapped(graph, x),
    [0, 0, 0, ...none, 0, 0, pitch - rows, ...none],
  );
  const stack = graph.reshape(spaced, [1, channels, batch * pitch, ...others]);
  // As many rows come out as go in, those of an image from its first one on.
  const around = [...pads];
  around[rank] = reach - begin;
  const y = plain(graph, stack, weight, bias, window, around);
  const apart = graph.reshape(y, [weight.shape[0], batch, pitch, ...y.shape.slice(3)]);
  const count = rows + begin + end - reach;
  return swapped(graph, graph.slice(apart, { 2: { start: 0, count } }));
}

/** The first two axes swapped: images and channels. */
export function swapped(graph: StepGraph, x: Value): Value {
  return graph.transpose(x, [1, 0, ...x.shape.map((_, axis) => axis).slice(2)]);
}
