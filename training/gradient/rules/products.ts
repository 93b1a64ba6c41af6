/**
 * Gradients of matrix products.
 *
 * @module
 */

import type { Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";

/** Rules of matrix products. */
export const PRODUCT_RULES: Rules = {
  Gemm: {
    // y = x W^T + b: dx = dy W, dW = dy^T x, db = the sum of dy over the batch.
    backward({ inputs }, [gradient], context) {
      const { graph } = context;
      const [x, weight] = inputs.map((name) => context.value(name));
      const [wantsX, wantsWeight, wantsBias] = inputs.map((name) => context.wants(name));
      // What learns comes first, so that ONNX Runtime is done with this layer when it goes on.
      const learnt = [
        wantsWeight ? graph.gemm(gradient!, x, { transA: true }) : undefined,
        wantsBias
          ? graph.sumTo(graph.reduce("ReduceSum", gradient!, [0]), context.value(inputs[2]).shape)
          : undefined,
      ];
      return [wantsX ? graph.gemm(gradient!, weight) : undefined, ...learnt];
    },
  },
  MatMul: {
    // y = a b: da = dy b^T, db = a^T dy, summed over broadcast batch axes. A vector is a matrix of one
    // row in front, of one column behind.
    backward({ inputs }, [gradient], context) {
      const { graph } = context;
      const [a, b] = inputs.map((name) => context.value(name));
      const [wantsA, wantsB] = inputs.map((name) => context.wants(name));
      const left = a.shape.length === 1 ? graph.reshape(a, [1, ...a.shape]) : a;
      const right = b.shape.length === 1 ? graph.reshape(b, [...b.shape, 1]) : b;
      const rows = a.shape.length === 1 ? 1 : a.shape.at(-2)!;
      const columns = b.shape.length === 1 ? 1 : b.shape.at(-1)!;
      const behind = (a.shape.length === 1 ? 0 : 1) + (b.shape.length === 1 ? 0 : 1);
      const batch = gradient!.shape.slice(0, gradient!.shape.length - behind);
      const dy = graph.reshape(gradient!, [...batch, rows, columns]);
      const back = (product: Value, of: Value, matrix: Value) =>
        graph.reshape(graph.sumTo(product, matrix.shape), of.shape);
      return [
        wantsA ? back(graph.matMul(dy, transposed(graph, right)), a, left) : undefined,
        wantsB ? back(graph.matMul(transposed(graph, left), dy), b, right) : undefined,
      ];
    },
  },
};

/** The last two axes swapped. */
function transposed(graph: StepGraph, x: Value): Value {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  return graph.transpose(x, [...perm.slice(0, -2), rank - 1, rank - 2]);
}
