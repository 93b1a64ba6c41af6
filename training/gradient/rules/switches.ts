/**
 * Values that depend on a sign, in operators that ONNX Runtime computes vectorised and in parallel.
 * Of `[64, 64, 32, 32]` with 2 threads, `dy * isPositive(y)` took 2.0 ms, a comparison, cast and
 * product 2.7 ms, `Where` 4.0 ms, and a product with `Sign` 7.8 ms.
 *
 * @module
 */

import type { StepGraph, Value } from "../step_graph.ts";

/** `TensorProto.DataType.FLOAT`. */
const FLOAT = 1;

/** 1 where a condition, a value of booleans, holds, else 0. */
export function asNumber(graph: StepGraph, condition: Value): Value {
  return graph.unary("Cast", condition, { to: FLOAT });
}

/**
 * 1 where `x > 0`, else 0: a HardSigmoid so steep that only numbers below the smallest normal one
 * lie between.
 */
export function isPositive(graph: StepGraph, x: Value): Value {
  return graph.unary("HardSigmoid", x, { alpha: 3e38, beta: 0 });
}

/**
 * One number where `x > 0` and another where `x < 0`; where `x` is 0, of what lies between the two
 * what is nearest to 0.
 */
export function bySign(graph: StepGraph, x: Value, positive: number, negative: number): Value {
  const far = graph.mul(x, positive < negative ? -1e38 : 1e38);
  const [least, most] = [Math.min(positive, negative), Math.max(positive, negative)];
  return graph.op("Clip", [far, graph.constant(least), graph.constant(most)], x.shape);
}
