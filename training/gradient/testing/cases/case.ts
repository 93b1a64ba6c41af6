/**
 * One operator, or a few, of which gradients are checked.
 *
 * @module
 */

import type { GraphBuilder } from "../../../../graph/builder.ts";
import type { Shape } from "../../../../graph/tensor.ts";
import { randomWeights } from "../../../../graph/testing.ts";

/** A small graph whose gradients are checked with respect to all of its inputs and weights. */
export interface GradientCase {
  /** Starts with the operator. */
  readonly name: string;
  /** Adds inputs and nodes; the names of the outputs. */
  readonly build: (g: GraphBuilder) => string | readonly string[];
  /** Least and most value of inputs, by name. @default standard normal values */
  readonly ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** Whether batch normalizations take the statistics of the batch. @default {false} */
  readonly batchStatistics?: boolean;
}

/** Weights of all cases. */
export const weights = randomWeights(7);

/** A case with one input, `x`. */
export function ofOne(
  name: string,
  shape: Shape,
  build: (g: GraphBuilder, x: string) => string | readonly string[],
  rest: Partial<GradientCase> = {},
): GradientCase {
  return { name, build: (g) => build(g, g.input("x", shape)), ...rest };
}

/** A case with two inputs, `a` and `b`. */
export function ofTwo(
  name: string,
  shapes: readonly [a: Shape, b: Shape],
  build: (g: GraphBuilder, a: string, b: string) => string | readonly string[],
  rest: Partial<GradientCase> = {},
): GradientCase {
  const [a, b] = shapes;
  return { name, build: (g) => build(g, g.input("a", a), g.input("b", b)), ...rest };
}
