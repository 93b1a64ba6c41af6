/**
 * Pairs of pools, functions and movements.
 *
 * @module
 */

import { type Equivalence, scalar, underKernel } from "./equivalence.ts";

/** Pairs of pools, functions and movements. */
export const FUNCTION_EQUIVALENCES: readonly Equivalence[] = [
  {
    name: "an average pool with overlap and a sum under its kernel",
    shapes: [[2, 3, 5, 6]],
    direct: (g, x) =>
      g.averagePool(x, { name: "pool", kernel: 3, stride: 2, pad: 1, countPadding: true }),
    composed(g, x) {
      const sum = underKernel(g, x, 2).reduce((a, b) => g.add(a, b));
      return g.mul(sum, scalar(g, 1 / 9));
    },
  },
  {
    name: "a max pool with overlap and the largest of what is under its kernel",
    shapes: [[2, 3, 5, 6]],
    // All values are above the zeros of the padding.
    direct: (g, x) => g.maxPool(g.unary(x, "Exp"), { name: "pool", kernel: 3, stride: 2, pad: 1 }),
    composed: (g, x) =>
      underKernel(g, g.unary(x, "Exp"), 2).reduce((a, b) => g.binary("Max", a, b)),
  },
  {
    name: "a max pool in tiles and the largest of two axes",
    shapes: [[2, 3, 4, 6]],
    direct: (g, x) => g.maxPool(x, { name: "pool", kernel: 2 }),
    composed: (g, x) => g.reduce("ReduceMax", g.reshape(x, [2, 3, 2, 2, 3, 2]), [3, 5], false),
  },
  {
    name: "a pool of norms and the root of a mean of squares",
    shapes: [[2, 3, 5, 6]],
    direct: (g, x) => g.lpPool(x, { name: "pool", kernel: 2 }),
    composed: (g, x) => {
      const mean = g.averagePool(g.mul(x, x), { name: "pool", kernel: 2 });
      return g.unary(g.mul(mean, scalar(g, 4)), "Sqrt");
    },
  },
  {
    name: "pools of all positions and reductions",
    shapes: [[2, 3, 4, 3]],
    direct: (g, x) => g.add(g.globalAveragePool(x), g.globalMaxPool(x)),
    composed: (g, x) => g.add(g.reduce("ReduceMean", x, [2, 3]), g.reduce("ReduceMax", x, [2, 3])),
  },
  {
    name: "a softmax and quotients of exponentials",
    shapes: [[3, 4, 2]],
    direct: (g, x) => g.softmax(x, 1),
    composed(g, x) {
      const powers = g.unary(x, "Exp");
      return g.binary("Div", powers, g.reduce("ReduceSum", powers, [1]));
    },
  },
  {
    name: "a logarithm of a softmax in one and in two",
    shapes: [[3, 4]],
    direct: (g, inputs) =>
      g.append({
        name: "log",
        op: "LogSoftmax",
        inputs: [inputs],
        outputs: ["log"],
        attributes: { axis: 1 },
      })[0],
    composed: (g, x) => g.unary(g.softmax(x), "Log"),
  },
  {
    name: "Mish and its definition",
    shapes: [[4, 10]],
    direct: (g, x) => g.unary(x, "Mish"),
    composed: (g, x) => g.mul(x, g.unary(g.unary(x, "Softplus"), "Tanh")),
  },
  {
    name: "hard swish and its definition",
    shapes: [[4, 10]],
    direct: (g, x) => g.unary(x, "HardSwish"),
    composed: (g, x) => g.mul(x, g.unary(x, "HardSigmoid", { alpha: 1 / 6 })),
  },
  {
    name: "GELU and its definition",
    shapes: [[4, 10]],
    direct: (g, x) => g.unary(x, "Gelu"),
    composed(g, x) {
      const erf = g.unary(g.mul(x, scalar(g, Math.SQRT1_2)), "Erf");
      return g.mul(g.mul(x, scalar(g, 0.5), "half"), g.add(erf, scalar(g, 1)), "gelu");
    },
  },
  {
    name: "PReLU and the sum of two halves",
    shapes: [[2, 3, 4], [3, 1]],
    direct: (g, x, slope) => g.binary("PRelu", x, slope),
    composed: (g, x, slope) => {
      const below = g.mul(slope, g.unary(x, "Clip", { max: 0 }), "below");
      return g.add(g.relu(x), below);
    },
  },
  {
    name: "upsampling to the nearest and broadcasting",
    shapes: [[2, 3, 4, 2]],
    direct: (g, x) => g.resize(x, { scale: 2 }),
    composed: (g, x) =>
      g.reshape(
        g.expand(g.reshape(x, [2, 3, 4, 1, 2, 1]), [2, 3, 4, 2, 2, 2]),
        [2, 3, 8, 4],
        "joined",
      ),
  },
];
