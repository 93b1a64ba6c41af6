/**
 * What a convolution's input gets.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../../../graph/tensor.ts";
import type { StepGraph, Value } from "../../step_graph.ts";
import { convolve } from "./convolve.ts";
import { reachOf, transposedPads, type Window } from "./window.ts";

/**
 * Gradient of a convolution's input, of shape `target`, from that of its output: a convolution with
 * kernels turned round, filters and channels swapped. A strided one is a transposed convolution.
 */
export function inputGradient(
  graph: StepGraph,
  gradient: Value,
  weight: Value,
  target: Shape,
  window: Window,
): Value {
  const { kernel, strides, dilations, begins, group } = window;
  const outputs = gradient.shape.slice(2);
  const reach = reachOf(window);
  if (strides.some((stride) => stride !== 1)) {
    return graph.op("ConvTranspose", [gradient, weight], target, {
      kernel_shape: kernel,
      strides,
      dilations,
      group,
      ...transposedPads(gradient.shape, target, window),
    });
  }
  const before = reach.map((extent, axis) => extent - begins[axis]);
  const after = before.map((pad, axis) => target[axis + 2] + reach[axis] - outputs[axis] - pad);
  const [filters, channels] = weight.shape;
  // Turning the image round instead of the kernel gives the image turned round: the smaller one turns.
  const turnsKernel = sizeOf(weight.shape) <= sizeOf(gradient.shape) + sizeOf(target);
  const turnedKernel = turnsKernel ? turned(graph, weight) : weight;
  const grouped = graph.reshape(turnedKernel, [group, filters / group, channels, ...kernel]);
  const swapped = graph.reshape(
    graph.transpose(grouped, [0, 2, 1, ...kernel.map((_, axis) => axis + 3)]),
    [group * channels, filters / group, ...kernel],
  );
  const plain = { ...window, strides: kernel.map(() => 1) };
  if (turnsKernel) {
    return convolve(graph, gradient, swapped, undefined, plain, [...before, ...after]);
  }
  const image = turned(graph, gradient);
  return turned(graph, convolve(graph, image, swapped, undefined, plain, [...after, ...before]));
}

/** All spatial axes turned round. */
function turned(graph: StepGraph, x: Value): Value {
  const ranges = x.shape.flatMap((extent, axis) =>
    axis >= 2 && extent > 1 ? [[axis, { start: extent - 1, count: extent, step: -1 }]] : []
  );
  return graph.slice(x, Object.fromEntries(ranges));
}
