/**
 * Shapes of operators that move values: joining, cutting, reordering, padding, interpolation.
 *
 * @module
 */

import type {
  ConcatNode,
  ExpandNode,
  FlattenNode,
  PadNode,
  ReshapeNode,
  ResizeNode,
  SliceNode,
  SplitNode,
  TransposeNode,
} from "../model.ts";
import { type Shape, sizeOf } from "../tensor.ts";
import { broadcast } from "./broadcast.ts";
import { expectAxis, expectCounts, expectIntegers, expectRank, refuse } from "./expect.ts";
import { scaledExtent } from "./resize.ts";

/** Extents along the axis add up; the others agree. */
export function concatShape(node: ConcatNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1, Infinity);
  const { axis } = node.attributes;
  const [first] = inputs;
  expectAxis(node, axis, first.length);
  const others = (shape: Shape) => String(shape.with(axis, -1));
  inputs.forEach((shape, i) => {
    expectRank(node, i, shape, first.length);
    if (others(shape) !== others(first)) {
      refuse(node, `input "${node.inputs[i]}"`, `[${first}] except on axis ${axis}`, shape);
    }
  });
  return first.with(axis, inputs.reduce((sum, shape) => sum + shape[axis], 0));
}

/** One shape for each part. */
export function splitShapes(node: SplitNode, inputs: readonly Shape[]): readonly Shape[] {
  const { axis, split } = node.attributes;
  expectCounts(node, inputs, 1, 1, split.length);
  expectAxis(node, axis, inputs[0].length);
  expectIntegers(node, "split", split, split.length, 1);
  const extent = inputs[0][axis];
  if (split.reduce((sum, part) => sum + part, 0) !== extent) {
    refuse(node, "split", `${extent} in all`, split);
  }
  return split.map((part) => inputs[0].with(axis, part));
}

/** As many positions of each axis as are taken. */
export function sliceShape(node: SliceNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const [x] = inputs;
  const { starts, counts, steps } = node.attributes;
  expectIntegers(node, "starts", starts, x.length, 0);
  expectIntegers(node, "counts", counts, x.length, 1);
  expectIntegers(node, "steps", steps, x.length);
  if (steps.includes(0)) refuse(node, "steps", "other than 0", steps);
  x.forEach((extent, axis) => {
    const last = starts[axis] + (counts[axis] - 1) * steps[axis];
    if (starts[axis] >= extent || last < 0 || last >= extent) {
      refuse(
        node,
        `the range of axis ${axis}`,
        `in [0, ${extent})`,
        `${starts[axis]} to ${last}`,
      );
    }
  });
  return counts;
}

/** The shape that is asked for. */
export function reshapeShape(node: ReshapeNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const { shape } = node.attributes;
  expectIntegers(node, "shape", shape, shape.length, 1);
  if (sizeOf(shape) !== sizeOf(inputs[0])) {
    refuse(node, "shape", `one of ${sizeOf(inputs[0])} elements`, shape);
  }
  return shape;
}

/** Two axes. */
export function flattenShape(node: FlattenNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const { axis } = node.attributes;
  // All axes may lie before the cut, so the rank itself is allowed too.
  expectAxis(node, axis, inputs[0].length + 1);
  return [sizeOf(inputs[0].slice(0, axis)), sizeOf(inputs[0].slice(axis))];
}

/** The extents in another order. */
export function transposeShape(node: TransposeNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const { perm } = node.attributes;
  const axes = inputs[0].map((_, axis) => axis);
  if (String(perm.toSorted((a, b) => a - b)) !== String(axes)) {
    refuse(node, "perm", `a permutation of [${axes}]`, perm);
  }
  return perm.map((axis) => inputs[0][axis]);
}

/** Extents with what is added on both sides. */
export function padShape(node: PadNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const { pads, mode, value } = node.attributes;
  const [x] = inputs;
  expectIntegers(node, "pads", pads, 2 * x.length);
  if (Number.isNaN(value)) refuse(node, "value", "a number", value);
  return x.map((extent, axis) => {
    const sides = [pads[axis], pads[axis + x.length]];
    const left = sides.reduce((left, side) => left + Math.min(side, 0), extent);
    if (left < 1) refuse(node, "pads", `such that some of axis ${axis} is left`, pads);
    // A reflection does not repeat the border, so it is one shorter than what is reflected.
    if (mode === "reflect" && sides.some((side) => side >= left)) {
      refuse(node, "pads", `below ${left} on axis ${axis} to reflect it`, pads);
    }
    return extent + sides[0] + sides[1];
  });
}

/** The sizes, which the scales must lead to when these were given. */
export function resizeShape(node: ResizeNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const [x] = inputs;
  const { scales, sizes, given } = node.attributes;
  expectIntegers(node, "sizes", sizes, x.length, 1);
  if (scales.length !== x.length || !scales.every((s) => Number.isFinite(s) && s > 0)) {
    refuse(node, "scales", `${x.length} positive numbers`, scales);
  }
  const scaled = x.map((extent, axis) => scaledExtent(extent, scales[axis]));
  if (given === "scales" && String(scaled) !== String(sizes)) {
    refuse(node, "sizes", `[${scaled}], as the scales [${scales}] give`, sizes);
  }
  return sizes;
}

/** The shape that is asked for, which the input broadcasts to. */
export function expandShape(node: ExpandNode, inputs: readonly Shape[]): Shape {
  expectCounts(node, inputs, 1);
  const { shape } = node.attributes;
  expectIntegers(node, "shape", shape, shape.length, 1);
  if (String(broadcast(inputs[0], shape)) !== String(shape)) {
    refuse(node, "shape", `one that [${inputs[0]}] broadcasts to`, shape);
  }
  return shape;
}
