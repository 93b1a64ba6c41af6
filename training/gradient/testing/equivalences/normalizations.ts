/**
 * Pairs of normalizations.
 *
 * @module
 */

import type { GraphBuilder } from "../../../../graph/builder.ts";
import { randomBatchNorm } from "../../../../graph/testing.ts";
import { type Equivalence, scalar } from "./equivalence.ts";

/** `(x - mean) / sqrt(variance + epsilon) * scale + shift`, statistics over some axes. */
function normalized(
  g: GraphBuilder,
  [x, scale, shift]: readonly string[],
  axes: readonly number[],
  epsilon: number,
): string {
  const perChannel = (value: string) =>
    g.reshape(value, [-1, ...g.shapeOf(x).slice(2).map(() => 1)]);
  const centred = g.binary("Sub", x, g.reduce("ReduceMean", x, axes));
  const variance = g.reduce("ReduceMean", g.mul(centred, centred), axes);
  const deviation = g.unary(g.add(variance, scalar(g, epsilon)), "Sqrt");
  const unit = g.binary("Div", centred, deviation);
  return g.add(g.mul(unit, perChannel(scale), "scaled"), perChannel(shift), "shifted");
}

/** A normalization whose scale and shift are values. */
function batchNorm(g: GraphBuilder, [x, scale, shift]: readonly string[]): string {
  const { mean, variance } = randomBatchNorm("norm");
  const statistic = (name: string, source: typeof mean) =>
    g.weight(name, typeof source === "function" ? source(g.shapeOf(scale), name) : source);
  return g.append({
    name: "norm",
    op: "BatchNormalization",
    inputs: [x, scale, shift, statistic("norm.mean", mean), statistic("norm.var", variance)],
    outputs: ["norm"],
    attributes: { epsilon: 1e-3 },
  })[0];
}

/** Pairs of normalizations. */
export const NORMALIZATION_EQUIVALENCES: readonly Equivalence[] = [
  {
    name: "a batch normalization and means over the batch",
    shapes: [[3, 4, 3, 5], [4], [4]],
    direct: (g, ...inputs) => batchNorm(g, inputs),
    composed: (g, ...inputs) => normalized(g, inputs, [0, 2, 3], 1e-3),
    batchStatistics: true,
  },
  {
    name: "a batch normalization of features and means over the batch",
    shapes: [[5, 4], [4], [4]],
    direct: (g, ...inputs) => batchNorm(g, inputs),
    composed: (g, ...inputs) => normalized(g, inputs, [0], 1e-3),
    batchStatistics: true,
  },
  {
    name: "an instance normalization and means over each image",
    shapes: [[3, 4, 3, 5], [4], [4]],
    direct: (g, ...inputs) =>
      g.append({
        name: "norm",
        op: "InstanceNormalization",
        inputs,
        outputs: ["norm"],
        attributes: { epsilon: 1e-3 },
      })[0],
    composed: (g, ...inputs) => normalized(g, inputs, [2, 3], 1e-3),
  },
  {
    name: "a local response normalization and a sum over shifted channels",
    shapes: [[2, 6, 3, 4]],
    direct: (g, x) => g.lrn(x, { size: 3, alpha: 1.5, beta: 0.75, bias: 2 }),
    composed(g, x) {
      const padded = g.pad(g.mul(x, x), [0, 1, 0, 0, 0, 1, 0, 0]);
      const [before, own, after] = [0, 1, 2].map((begin) =>
        g.slice(padded, { 1: { begin, end: begin + 6 } }, `shifted${begin}`)
      );
      const squares = g.add(g.add(before, own), after, "squares");
      const base = g.add(g.mul(squares, scalar(g, 0.5)), scalar(g, 2));
      return g.binary("Div", x, g.binary("Pow", base, scalar(g, 0.75)));
    },
  },
];
