/**
 * The gradient of interpolation, which is a linear map along each axis.
 *
 * @module
 */

import type { ResizeAttributes, ResizeNode } from "../../../graph/model.ts";
import type { Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { adjointAlong, around } from "./linear_axis.ts";
import { oneInput, type Site } from "./one_input.ts";

/** The rule of interpolation, in every mode. */
export const RESIZE_RULES: Rules = { Resize: oneInput(resize) };

function resize({ graph, node, x, dy }: Site<ResizeNode>): Value {
  const factors = x.shape.map((extent, axis) => repeats(node.attributes, extent, axis));
  let gradient = sumBlocks(graph, dy, factors.map((factor) => factor ?? 1));
  for (const [axis, factor] of factors.entries()) {
    if (factor) continue;
    const extent = x.shape[axis];
    gradient = adjointAlong(graph, gradient, axis, rowOf(node, extent, axis), extent);
  }
  return gradient;
}

/** How often an axis repeats each of its positions; undefined when it does anything else. */
function repeats(attributes: ResizeAttributes, extent: number, axis: number): number | undefined {
  const { mode, coordinate_transformation_mode: transformation, nearest_mode } = attributes;
  const size = attributes.sizes[axis], scale = attributes.scales[axis];
  if (extent === 1 || (size === extent && scale === 1)) return size / extent;
  if (mode !== "nearest" || !Number.isInteger(scale) || size !== scale * extent) return undefined;
  // With centred positions, all those made of one lie nearer to it than to its neighbours.
  const centred = transformation.includes("half_pixel") && nearest_mode.startsWith("round");
  const counted = transformation === "asymmetric" && nearest_mode === "floor";
  return centred || counted ? scale : undefined;
}

/**
 * Sums blocks of so many neighbours along each axis. Of the last two axes an average pool is the
 * fastest: 1.6 ms for `[16, 64, 64, 64]` by 2 x 2 with 2 threads, where ReduceSum took 3.7 ms.
 */
function sumBlocks(graph: StepGraph, dy: Value, factors: readonly number[]): Value {
  let sum = dy;
  for (const [axis, factor] of factors.slice(0, -2).entries()) {
    if (factor === 1) continue;
    const { before, behind } = around(sum.shape, axis);
    const extent = sum.shape[axis] / factor;
    const blocks = graph.reshape(sum, [before * extent, factor, behind]);
    sum = graph.reshape(graph.reduce("ReduceSum", blocks, [1]), sum.shape.with(axis, extent));
  }
  const [down = 1, across] = factors.slice(-2);
  const [height = 1, width] = sum.shape.slice(-2);
  if (down * across === 1) return sum;
  const { before } = around(sum.shape, Math.max(0, sum.shape.length - 2));
  const mean = graph.op(
    "AveragePool",
    [graph.reshape(sum, [1, before, height, width])],
    [1, before, height / down, width / across],
    { kernel_shape: [down, across], strides: [down, across] },
  );
  const shape = dy.shape.map((extent, axis) => extent / factors[axis]);
  return graph.reshape(graph.mul(mean, down * across), shape);
}

/** The same interpolation of the last axis of `[1, 1, extent, extent]`. */
function rowOf(node: ResizeNode, extent: number, axis: number): ResizeNode {
  const { scales, sizes } = node.attributes;
  return {
    ...node,
    name: `${node.name}/matrix${axis}`,
    attributes: {
      ...node.attributes,
      scales: [1, 1, 1, scales[axis]],
      sizes: [1, 1, extent, sizes[axis]],
    },
  };
}
