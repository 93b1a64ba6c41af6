/**
 * Shapes of operators that work position by position, or along whole axes: functions,
 * normalizations, softmax and reductions.
 *
 * @module
 */

import type {
  BatchNormalizationNode,
  BinaryNode,
  InstanceNormalizationNode,
  LrnNode,
  Node,
  ReduceNode,
  SoftmaxNode,
} from "../model.ts";
import type { Shape } from "../tensor.ts";
import { broadcast } from "./broadcast.ts";
import {
  expectAxis,
  expectCounts,
  expectNumbers,
  expectRank,
  expectShape,
  refuse,
} from "./expect.ts";

/** The shape of the one input. */
export function unaryShape(node: Node, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  if (node.op === "Clip") {
    for (const [name, bound] of Object.entries(node.attributes)) {
      if (Number.isNaN(bound)) refuse(node, name, "a number", bound);
    }
  } else if (node.op !== "Gelu") {
    expectNumbers(node, node.attributes);
  }
  if (node.op === "Dropout" && !(node.attributes.ratio >= 0 && node.attributes.ratio < 1)) {
    refuse(node, "ratio", "in [0, 1)", node.attributes.ratio);
  }
  return inputs[0];
}

/** What both inputs broadcast to; of PRelu the shape of `x`, which the slope broadcasts to. */
export function binaryShape(node: BinaryNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 2);
  const [a, b] = inputs;
  const shape = broadcast(a, b);
  if (!shape || (node.op === "PRelu" && String(shape) !== String(a))) {
    refuse(node, `input "${node.inputs[1]}"`, `of a shape that broadcasts with [${a}]`, b);
  }
  return shape;
}

/** The shape of `x [N, C, ...]`; scale, shift and statistics have one value for each channel. */
export function channelNormShape(
  node: BatchNormalizationNode | InstanceNormalizationNode,
  inputs: readonly Shape[],
): Shape {
  const parameters = node.op === "BatchNormalization" ? 4 : 2;
  expectCounts(node, inputs, 1 + parameters);
  const [x, ...rest] = inputs;
  expectRank(node, 0, x, node.op === "BatchNormalization" ? 2 : 3, Infinity);
  rest.forEach((shape, i) => expectShape(node, i + 1, shape, [x[1]]));
  expectNumbers(node, node.attributes, 0);
  return x;
}

/** The shape of `x [N, C, ...]`. */
export function lrnShape(node: LrnNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  expectRank(node, 0, inputs[0], 2, Infinity);
  const { size, ...rest } = node.attributes;
  expectNumbers(node, rest);
  if (!(Number.isSafeInteger(size) && size >= 1)) refuse(node, "size", "a positive integer", size);
  return inputs[0];
}

/** The shape of the one input. */
export function softmaxShape(node: SoftmaxNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  expectAxis(node, node.attributes.axis, inputs[0].length);
  return inputs[0];
}

/** Reduced axes have extent 1, or are gone. */
export function reduceShape(node: ReduceNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const { axes, keepdims } = node.attributes;
  axes.forEach((axis) => expectAxis(node, axis, inputs[0].length, "axes"));
  if (axes.length === 0 || axes.some((axis, i) => i > 0 && axis <= axes[i - 1])) {
    refuse(node, "axes", "ascending, at least one", axes);
  }
  const shape = inputs[0].map((extent, axis) => axes.includes(axis) ? 1 : extent);
  return keepdims ? shape : shape.filter((_, axis) => !axes.includes(axis));
}
