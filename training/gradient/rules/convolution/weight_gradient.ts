/**
 * What a convolution's weight gets.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../../../graph/tensor.ts";
import type { StepGraph, Value } from "../../step_graph.ts";
import { swapped } from "./convolve.ts";
import { padsFor, positionsOf, type Window } from "./window.ts";

/**
 * Kernel positions share a matrix product as long as the values that they take have no more elements
 * than this: products of few columns run far below the peak, and copies of large activations would
 * take the memory of many layers.
 */
const MOST_ELEMENTS = 2 ** 21;

/**
 * Gradient of a convolution's weight, of shape `[M, C / group, K...]`, from its input
 * `x [N, C, ...]` and the gradient of its output `[N, M, ...]`: for each kernel position the product
 * of that gradient and the values that the position took.
 *
 * Large images are multiplied one by one, `[M, P]` with `[C, P]` transposed, and the products summed;
 * small ones are laid side by side first, as one product of `[M, N P]` and `[C, N P]` transposed.
 */
export function weightGradient(
  graph: StepGraph,
  x: Value,
  gradient: Value,
  shape: Shape,
  window: Window,
): Value {
  const { kernel, strides, dilations, group } = window;
  const [filters, channels] = shape;
  const rank = kernel.length;
  const [batch] = gradient.shape;
  const extents = gradient.shape.slice(2);
  const positions = sizeOf(extents);
  // Products of single images are worth their sum as long as they are smaller than what is multiplied.
  const perImage = positions >= filters / group;
  const arranged = (value: Value) => perImage ? value : swapped(graph, value);
  const outer = perImage ? batch : 1, columns = perImage ? positions : batch * positions;

  const pads = padsFor(gradient.shape, x.shape, window);
  const padded = graph.pad(
    arranged(x),
    [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)],
  );
  const left = graph.reshape(arranged(gradient), [outer, group, filters / group, columns]);
  const taken = positionsOf(kernel).map((position) => {
    const ranges = position.map((at, axis) => [axis + 2, {
      start: at * dilations[axis],
      count: extents[axis],
      step: strides[axis],
    }]);
    const slice = graph.slice(padded, Object.fromEntries(ranges));
    return graph.reshape(slice, [outer, group * channels, 1, columns]);
  });
  const together = Math.max(1, Math.floor(MOST_ELEMENTS / sizeOf(taken[0].shape)));
  const products: Value[] = [];
  for (let i = 0; i < taken.length; i += together) {
    const some = taken.slice(i, i + together);
    const right = graph.reshape(
      graph.concat(some, 2),
      [outer, group, channels * some.length, columns],
    );
    // ONNX Runtime makes one operator of both, which transposes nothing.
    const product = graph.matMul(left, graph.transpose(right, [0, 1, 3, 2]));
    const sum = graph.reduce("ReduceSum", product, [0]);
    products.push(graph.reshape(sum, [filters, channels, some.length]));
  }
  return graph.reshape(graph.concat(products, 2), shape);
}
