/**
 * Reads reductions.
 *
 * @module
 */

import type { Reduction } from "../../model.ts";
import type { OperatorReader } from "../node_reader.ts";

/** Reductions whose value of one element is that element. */
const IDEMPOTENT: readonly Reduction[] = [
  "ReduceMean",
  "ReduceSum",
  "ReduceMax",
  "ReduceMin",
  "ReduceProd",
];
const OTHERS: readonly Reduction[] = ["ReduceSumSquare", "ReduceL1", "ReduceL2"];

/** Axes are an attribute before opset 18, of sums before 13, and an input since. */
const readReduction = (op: Reduction): OperatorReader => (node) => {
  const rank = node.shape(0).length;
  const asInput = node.opset >= (op === "ReduceSum" ? 13 : 18);
  const given = asInput ? node.values(1, "axes") : node.attributes.ints("axes");
  const keepdims = node.attributes.int("keepdims", 1) === 0 ? 0 : 1;
  const none = node.attributes.int("noop_with_empty_axes", 0) !== 0;
  if (none && !given?.length) {
    if (!IDEMPOTENT.includes(op)) node.fail("noop_with_empty_axes=1");
    return node.pass();
  }
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const axes = given?.length ? node.axes(given, rank).sort((a, b) => a - b) : all;
  if (axes.length === 0) node.pass();
  else node.end(op, [node.input(0)], { axes, keepdims });
};

/** By operator. */
export const REDUCTION_READERS: Readonly<Record<string, OperatorReader>> = Object.fromEntries(
  [...IDEMPOTENT, ...OTHERS].map((op) => [op, readReduction(op)]),
);
