/**
 * Operators that map each axis linearly, whatever the map is: interpolation, reflection.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import { type Shape, sizeOf } from "../../../graph/tensor.ts";
import type { StepGraph, Value } from "../step_graph.ts";

/**
 * Multiplies by the transpose of the matrix of a linear map, along one axis.
 *
 * @param axis Of `dy`.
 * @param row A node that maps the last axis of `[1, 1, n, n]` so, and no other. What it makes of the
 *   identity is the matrix, so that it is exactly what the runtime computes; it is constant, and so
 *   made once, when the graph is loaded.
 * @param n Extent of the axis before the map.
 */
export function adjointAlong(
  graph: StepGraph,
  dy: Value,
  axis: number,
  row: Node,
  n: number,
): Value {
  const identity = Float32Array.from({ length: n * n }, (_, i) => i % (n + 1) === 0 ? 1 : 0);
  const [mapped] = graph.node(row, [graph.constant(identity, [1, 1, n, n])]);
  const extent = dy.shape[axis];
  const matrix = graph.reshape(mapped, [n, extent]);
  const { before, behind } = around(dy.shape, axis);
  const product = behind === 1
    ? graph.matMul(graph.reshape(dy, [before, extent]), graph.transpose(matrix, [1, 0]))
    : graph.matMul(matrix, graph.reshape(dy, [before, extent, behind]));
  return graph.reshape(product, dy.shape.with(axis, n));
}

/** Elements before and behind an axis: the value seen as `[before, extent, behind]`. */
export function around(shape: Shape, axis: number): { before: number; behind: number } {
  return { before: sizeOf(shape.slice(0, axis)), behind: sizeOf(shape.slice(axis + 1)) };
}
