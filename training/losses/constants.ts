/**
 * Numbers in the graph of a loss.
 *
 * @module
 */

import type { GraphBuilder } from "../../graph/builder.ts";
import type { BinaryFunction } from "../../graph/model.ts";
import { tensor } from "../../graph/tensor.ts";

/** Appends `x op number`; the node is called `name`, the number a constant after it. */
export function withNumber(
  g: GraphBuilder,
  op: BinaryFunction,
  x: string,
  number: number,
  name: string,
): string {
  const constant = g.weight(`${name}/number`, tensor(Float32Array.of(number), []));
  return g.binary(op, x, constant, name);
}

/** Steps into which {@linkcode detached} divides `[0, 1]`: all of them are exact in float32. */
const STEPS = 2 ** 20;

/**
 * Values in `[0, 1]` as numbers that the loss does not learn from. The graph of a model has no
 * operator for that, so they are rounded down to whole millionths or so: the derivative of a rounded
 * value is zero.
 */
export function detached(g: GraphBuilder, x: string, name: string): string {
  const steps = withNumber(g, "Mul", x, STEPS, `${name}/steps`);
  const whole = g.unary(steps, "Floor", {}, `${name}/floor`);
  return withNumber(g, "Mul", whole, 1 / STEPS, name);
}
