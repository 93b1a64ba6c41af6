/**
 * Reductions in double precision.
 *
 * @module
 */

import type { ReduceNode, Reduction } from "../../../graph/model.ts";
import { sizeOf } from "../../../graph/tensor.ts";
import { generate, offsetIn } from "./doubles.ts";
import { type Evaluator, type Evaluators, shapeOf } from "./evaluator.ts";

const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);

/** Evaluators of reductions. */
export const REDUCTION_EVALUATORS: Evaluators<Reduction> = {
  ReduceMean: reduction((list) => sum(list) / list.length),
  ReduceSum: reduction(sum),
  ReduceMax: reduction((list) => Math.max(...list)),
  ReduceMin: reduction((list) => Math.min(...list)),
  ReduceProd: reduction((list) => list.reduce((a, b) => a * b, 1)),
  ReduceSumSquare: reduction((list) => sum(list.map((v) => v * v))),
  ReduceL1: reduction((list) => sum(list.map(Math.abs))),
  ReduceL2: reduction((list) => Math.sqrt(sum(list.map((v) => v * v)))),
};

/** Reduces the elements that meet at each position of the output. */
function reduction(reduce: (list: readonly number[]) => number): Evaluator<ReduceNode> {
  return (node, inputs) => {
    const [x] = inputs;
    const { axes } = node.attributes;
    const kept = x.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent);
    const lists = Array.from({ length: sizeOf(kept) }, (): number[] => []);
    let i = 0;
    generate(x.shape, (position) => {
      const group = position.map((p, axis) => axes.includes(axis) ? 0 : p);
      return lists[offsetIn(kept, group)!].push(x.data[i++]);
    });
    return [{ shape: shapeOf(node, inputs), data: Float64Array.from(lists, reduce) }];
  };
}
