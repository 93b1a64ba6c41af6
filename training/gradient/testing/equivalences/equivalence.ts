/**
 * What pairs of graphs that compute the same are made of.
 *
 * @module
 */

import { GraphBuilder } from "../../../../graph/builder.ts";
import type { Model } from "../../../../graph/model.ts";
import { type Shape, tensor } from "../../../../graph/tensor.ts";
import { positionsOf } from "../doubles.ts";

/** Builds on the inputs of a pair; returns the output. */
export type Build = (g: GraphBuilder, ...inputs: readonly string[]) => string;

/** Two graphs with the same inputs and the same output. */
export interface Equivalence {
  /** What is compared. */
  readonly name: string;
  /** Shapes of the inputs, which are called `x0`, `x1` and so on. */
  readonly shapes: readonly Shape[];
  /** With the operator. */
  readonly direct: Build;
  /** Composed of others. */
  readonly composed: Build;
  /** Whether batch normalizations take the statistics of the batch. @default {false} */
  readonly batchStatistics?: boolean;
}

/** The model of one side of a pair; its output is called `y`. */
export function modelOf({ name, shapes }: Equivalence, build: Build): Model {
  const g = new GraphBuilder(name);
  const inputs = shapes.map((shape, i) => g.input(`x${i}`, shape));
  return g.output(g.identity(build(g, ...inputs), "y")).build();
}

/** A constant of one element. */
export function scalar(g: GraphBuilder, value: number): string {
  return g.weight(`constant ${value}`, tensor(Float32Array.of(value), []));
}

/** Parts of `x [N, C, H, W]`, padded by 1, that lie under each position of a 3x3 kernel. */
export function underKernel(g: GraphBuilder, x: string, stride: number): readonly string[] {
  const [, , height, width] = g.shapeOf(x);
  const padded = g.pad(x, [0, 0, 1, 1, 0, 0, 1, 1]);
  return positionsOf([3, 3]).map(([row, column]) =>
    g.slice(padded, {
      2: { begin: row, end: row + height, step: stride },
      3: { begin: column, end: column + width, step: stride },
    }, `under ${row} ${column}`)
  );
}
