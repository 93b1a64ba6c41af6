/**
 * Matrix products in double precision.
 *
 * @module
 */

import { broadcastAt, generate } from "./doubles.ts";
import { type Evaluators, shapeOf } from "./evaluator.ts";

/** Evaluators of matrix products. */
export const PRODUCT_EVALUATORS: Evaluators<"Gemm" | "MatMul"> = {
  Gemm(node, inputs) {
    const [x, weight, bias] = inputs;
    const length = x.shape[1];
    return [generate(shapeOf(node, inputs), ([row, column]) => {
      let sum = bias ? bias.data[column] : 0;
      for (let i = 0; i < length; i++) {
        sum += x.data[row * length + i] * weight.data[column * length + i];
      }
      return sum;
    })];
  },

  // A vector is a matrix of one row in front, of one column behind.
  MatMul(node, inputs) {
    const [a, b] = inputs;
    const left = a.shape.length === 1 ? { ...a, shape: [1, ...a.shape] } : a;
    const right = b.shape.length === 1 ? { ...b, shape: [...b.shape, 1] } : b;
    const length = left.shape.at(-1)!;
    return [generate(shapeOf(node, inputs), (position) => {
      const axes = [...position];
      const column = b.shape.length === 1 ? 0 : axes.pop()!;
      const row = a.shape.length === 1 ? 0 : axes.pop()!;
      let sum = 0;
      for (let i = 0; i < length; i++) {
        sum += broadcastAt(left, [...axes, row, i]) * broadcastAt(right, [...axes, i, column]);
      }
      return sum;
    })];
  },
};
