/**
 * Gradients of pools.
 *
 * @module
 */

import type { AveragePoolNode, PoolAttributes } from "../../../graph/model.ts";
import { outputShapes } from "../../../graph/shapes.ts";
import { type Shape, sizeOf } from "../../../graph/tensor.ts";
import type { RuleContext, Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { transposedPads } from "./convolution/window.ts";
import { asNumber, bySign, isPositive } from "./switches.ts";

/** Rules of pools. */
export const POOLING_RULES: Rules = {
  // What comes back to a window goes to the first of its largest values, wherever the windows overlap.
  MaxPool: {
    forward(node, context) {
      const { graph } = context;
      const x = context.value(node.inputs[0]);
      if (!context.wants(node.inputs[0])) return graph.node(node, [x]);
      const [shape] = outputShapes(node, [x.shape]);
      const [y, indices] = graph.ops("MaxPool", [x], [shape, shape], { ...node.attributes });
      context.save(node, "indices", indices);
      return [y];
    },
    backward(node, [gradient], context) {
      const { graph } = context;
      const { shape } = context.value(node.inputs[0]);
      const indices = context.saved(node, "indices")!;
      const pooled = context.value(node.outputs[0]);
      const dy = poolsRectified(context, node.inputs[0])
        ? graph.mul(gradient!, isPositive(graph, pooled))
        : gradient!;
      const { kernel_shape, strides, pads, dilations } = node.attributes;
      // MaxUnpool, the faster one, writes each position once, and has no windows behind the input.
      const tiles = kernel_shape.length <= 3 && kernel_shape.every((extent, axis) => {
        const end = (pooled.shape[axis + 2] - 1) * strides[axis] + extent - pads[axis];
        return (extent - 1) * dilations[axis] < strides[axis] &&
          end - pads[kernel_shape.length + axis] <= shape[axis + 2];
      });
      if (tiles) {
        return [
          graph.op("MaxUnpool", [dy, indices, graph.integers(shape)], shape, {
            kernel_shape,
            strides,
            pads,
          }),
        ];
      }
      const flat = (value: Value) => graph.reshape(value, [sizeOf(value.shape)]);
      const nothing = graph.expand(graph.constant(0, [1]), [sizeOf(shape)]);
      const scattered = graph.op(
        "ScatterElements",
        [nothing, flat(indices), flat(dy)],
        [sizeOf(shape)],
        { axis: 0, reduction: "add" },
      );
      return [graph.reshape(scattered, shape)];
    },
  },
  AveragePool: {
    backward(node, [gradient], context) {
      const { graph } = context;
      const { shape } = context.value(node.inputs[0]);
      const counts = graph.constant(countsOf(node, shape, gradient!.shape), [
        1,
        1,
        ...gradient!.shape.slice(2),
      ]);
      return [spread(graph, graph.div(gradient!, counts), shape, node.attributes)];
    },
  },
  LpPool: {
    // y = (sum |x|^p)^(1/p): dx = sign(x) |x|^(p-1) y^(1-p) dy. A window of zeros gives nothing back.
    backward(node, [gradient], context) {
      const { graph } = context;
      const x = context.value(node.inputs[0]), y = context.value(node.outputs[0]);
      const { p } = node.attributes;
      const safe = graph.binary("Max", y, 1e-30);
      const perWindow = graph.mul(gradient!, graph.binary("Pow", safe, 1 - p));
      const back = spread(graph, perWindow, x.shape, node.attributes);
      const slope = p === 2
        ? x
        : graph.mul(bySign(graph, x, 1, -1), graph.binary("Pow", graph.unary("Abs", x), p - 1));
      return [graph.mul(slope, back)];
    },
  },
  GlobalAveragePool: {
    backward(node, [gradient], context) {
      const { graph } = context;
      const { shape } = context.value(node.inputs[0]);
      return [graph.expand(graph.mul(gradient!, 1 / sizeOf(shape.slice(2))), shape)];
    },
  },
  // Equal largest values share what comes back.
  GlobalMaxPool: {
    backward(node, [gradient], context) {
      const { graph } = context;
      const x = context.value(node.inputs[0]), y = context.value(node.outputs[0]);
      const isLargest = asNumber(graph, graph.op("Equal", [x, y], x.shape));
      const axes = x.shape.map((_, axis) => axis).slice(2);
      const ties = graph.reduce("ReduceSum", isLargest, axes, true);
      return [graph.mul(isLargest, graph.div(gradient!, ties))];
    },
  },
};

/**
 * Whether a value is rectified and then pooled, and nothing else. Where the largest value of a window
 * is 0 nothing comes back, so the pool does the work of both on the smaller side, and the large
 * activation need not be kept.
 */
export function poolsRectified(context: RuleContext, name: string): boolean {
  const [reader, ...others] = context.readers(name);
  return context.writer(name)?.op === "Relu" && reader?.op === "MaxPool" && others.length === 0;
}

/** Sum over a window around each position, by stride 1: `x` and the result have the same extents. */
export function windowSums(
  graph: StepGraph,
  x: Value,
  { kernel, begins, ends }: {
    readonly kernel: readonly number[];
    readonly begins: readonly number[];
    readonly ends: readonly number[];
  },
): Value {
  const mean = graph.op("AveragePool", [x], x.shape, {
    kernel_shape: kernel,
    strides: kernel.map(() => 1),
    pads: [...begins, ...ends],
    count_include_pad: 1,
  });
  return graph.mul(mean, sizeOf(kernel));
}

/** Gives each window's value to all positions of the window, of an input of `shape`. */
function spread(
  graph: StepGraph,
  perWindow: Value,
  shape: Shape,
  { kernel_shape, strides, pads, dilations }: PoolAttributes,
): Value {
  const [batch, channels, ...extents] = shape;
  const outputs = perWindow.shape.slice(2);
  const tiles =
    kernel_shape.every((extent, axis) =>
      extent === strides[axis] && dilations[axis] === 1 && extents[axis] === extent * outputs[axis]
    ) && pads.every((pad) => pad === 0);
  if (tiles) {
    const scales = graph.constant([1, 1, ...kernel_shape], [shape.length]);
    return graph.op("Resize", [perWindow, undefined, scales], shape, {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    });
  }
  const begins = pads.slice(0, kernel_shape.length);
  const window = { kernel: kernel_shape, strides, dilations, begins, group: 1 };
  const planes = graph.reshape(perWindow, [batch * channels, 1, ...outputs]);
  const back = graph.op(
    "ConvTranspose",
    [planes, graph.constant(1, [1, 1, ...kernel_shape])],
    [batch * channels, 1, ...extents],
    {
      kernel_shape,
      strides,
      dilations,
      ...transposedPads(perWindow.shape, shape, window),
    },
  );
  return graph.reshape(back, shape);
}

/** What each window divides by, `[positions]` in row-major order. */
function countsOf(
  { attributes }: AveragePoolNode,
  shape: Shape,
  output: Shape,
): Float32Array {
  const { kernel_shape, strides, pads, dilations, count_include_pad } = attributes;
  const rank = kernel_shape.length;
  // For each axis, how many positions of a window count; a window's count is the product.
  const perAxis = kernel_shape.map((extent, axis) => {
    const first = count_include_pad ? -pads[axis] : 0;
    const last = shape[axis + 2] + (count_include_pad ? pads[rank + axis] : 0);
    return Array.from({ length: output[axis + 2] }, (_, o) => {
      let count = 0;
      for (let k = 0; k < extent; k++) {
        const at = o * strides[axis] - pads[axis] + k * dilations[axis];
        if (at >= first && at < last) count++;
      }
      return count;
    });
  });
  const counts = perAxis.reduce<readonly number[]>(
    (list, axis) => list.flatMap((head) => axis.map((count) => head * count)),
    [1],
  );
  return Float32Array.from(counts);
}
