/**
 * Gradients of functions of one value. Where the derivative can be told from the output it is, so
 * that the input need not be kept.
 *
 * @module
 */

import type { GeluNode } from "../../../graph/model.ts";
import type { Rule, Rules } from "../rule.ts";
import type { Value } from "../step_graph.ts";
import { poolsRectified } from "./pooling.ts";
import { oneInput, type Site } from "./one_input.ts";
import { bySign, isPositive } from "./switches.ts";

/**
 * Mish is `x t` with `t = tanh(softplus(x))`. With `n = e^x (e^x + 2)`, `t` is `n / (n + 2)`: ONNX
 * Runtime, whose Softplus is slow, computes that in a fifth of the time of Mish. With
 * `s = sigmoid(x)` and `q = 1 - s`, `t` is `s (1 + q) / (1 + q^2)`, and the derivative
 * `t + 4 x s q^2 / (1 + q^2)^2`. Both ways have nothing in common but `x` on purpose, for what a
 * runtime finds twice it keeps from the forward computation to the backward one.
 */
const MISH: Rule = {
  forward(node, context) {
    const { graph } = context, x = context.value(node.inputs[0]);
    // Behind 20, t is 1 in float32, and the square of e^x would soon overflow.
    const e = graph.unary("Exp", graph.op("Clip", [x, undefined, graph.constant(20)], x.shape));
    const n = graph.mul(e, graph.add(e, 2));
    return [graph.mul(x, graph.div(n, graph.add(n, 2)))];
  },
  ...oneInput(({ graph, x, dy }) => {
    const s = graph.unary("Sigmoid", x);
    const q = graph.sub(1, s);
    const q2 = graph.mul(q, q);
    const root = graph.add(q2, 1);
    const bend = graph.mul(graph.mul(graph.div(q2, root), x), 4);
    const slope = graph.div(graph.mul(s, graph.add(graph.sub(2, s), bend)), root);
    return graph.mul(dy, slope);
  }),
};

/**
 * `h(x) = clip(x / 6 + 1 / 2, 0, 1)` is the gate of `x h(x)`; the derivative is `h + x h'`, where
 * `x h'` is `x / 6 = h - 1 / 2` on the slope of the gate and 0 elsewhere.
 */
function hardSwish({ graph, x, dy }: Site): Value {
  const gate = graph.unary("HardSigmoid", x, { alpha: 1 / 6, beta: 0.5 });
  const onSlope = isPositive(graph, graph.sub(gate, graph.mul(gate, gate)));
  const slope = graph.add(gate, graph.mul(onSlope, graph.sub(gate, 0.5)));
  return graph.mul(dy, slope);
}

/** Where the output lies strictly between its bounds. */
function clip({ graph, y, dy }: Site, min: number, max: number): Value {
  const above = min === 0 ? y : Number.isFinite(min) ? graph.sub(y, min) : undefined;
  const below = Number.isFinite(max) ? graph.sub(max, y) : undefined;
  if (above && below) return graph.mul(dy, isPositive(graph, graph.mul(above, below)));
  const inside = above ?? below;
  return inside ? graph.mul(dy, isPositive(graph, inside)) : dy;
}

/** `x > 0 ? linear : exponential`. */
function exponentialUnit(
  { graph, x, dy }: Site,
  linear: number,
  exponential: Value,
): Value {
  return graph.mul(dy, graph.where(graph.binary("Greater", x, 0), linear, exponential));
}

function gelu(site: Site<GeluNode>): Value {
  const { graph, dy } = site;
  return graph.mul(
    dy,
    site.node.attributes.approximate === "tanh" ? tanhGelu(site) : erfGelu(site),
  );
}

/** Derivative of `x F(x)`: `F(x) + x f(x)`, of the normal distribution. */
function erfGelu({ graph, x }: Site): Value {
  const u = graph.mul(x, Math.SQRT1_2);
  const F = graph.add(graph.mul(graph.unary("Erf", u), 0.5), 0.5);
  const f = graph.unary("Exp", graph.sub(-0.5 * Math.log(2 * Math.PI), graph.mul(u, u)));
  return graph.add(F, graph.mul(x, f));
}

/** Derivative of `x s(x (a + b x^2))`, with s the logistic function: `(1 + tanh(u)) / 2 = s(2 u)`. */
function tanhGelu({ graph, x }: Site): Value {
  const a = 2 * Math.sqrt(2 / Math.PI), b = 0.044715 * a;
  const x2 = graph.mul(x, x);
  const s = graph.unary("Sigmoid", graph.mul(x, graph.add(graph.mul(x2, b), a)));
  const inner = graph.mul(x, graph.add(graph.mul(x2, 3 * b), a));
  return graph.mul(s, graph.add(graph.mul(inner, graph.sub(1, s)), 1));
}

/**
 * Rules of functions of one value.
 *
 * Where a function has a bend, its gradient is that of one of the sides, or 0 where the sides have
 * different signs: of Relu, Clip and HardSigmoid 0 at the bounds, of LeakyRelu, Elu, Celu and Selu
 * that of the left side, of Abs 0. Floor and Ceil pass no gradient.
 */
export const ELEMENTWISE_RULES: Rules = {
  Relu: {
    backward({ inputs, outputs }, [dy], context) {
      const { graph } = context;
      if (!context.wants(inputs[0])) return [undefined];
      if (poolsRectified(context, outputs[0])) return [dy];
      return [graph.mul(dy!, isPositive(graph, context.value(outputs[0])))];
    },
  },
  LeakyRelu: oneInput(({ graph, node: { attributes: { alpha } }, x, y, dy }) =>
    // The output has the sign of the input unless the slope is negative.
    graph.mul(dy, bySign(graph, alpha < 0 ? x : y, 1, alpha))
  ),
  Elu: oneInput((site) => {
    const { graph, node: { attributes: { alpha } }, y } = site;
    return exponentialUnit(site, 1, graph.add(y, alpha));
  }),
  Celu: oneInput((site) => {
    const { graph, node: { attributes: { alpha } }, y } = site;
    return exponentialUnit(site, 1, graph.add(graph.mul(y, 1 / alpha), 1));
  }),
  Selu: oneInput((site) => {
    const { graph, node: { attributes: { alpha, gamma } }, y } = site;
    return exponentialUnit(site, gamma, graph.add(y, alpha * gamma));
  }),
  Sigmoid: oneInput(({ graph, y, dy }) => graph.mul(dy, graph.sub(y, graph.mul(y, y)))),
  HardSigmoid: oneInput(({ graph, node: { attributes: { alpha } }, y, dy }) =>
    graph.mul(dy, bySign(graph, graph.sub(y, graph.mul(y, y)), alpha, 0))
  ),
  Tanh: oneInput(({ graph, y, dy }) => graph.mul(dy, graph.sub(1, graph.mul(y, y)))),
  Mish: MISH,
  HardSwish: oneInput(hardSwish),
  Softplus: oneInput(({ graph, x, dy }) => graph.mul(dy, graph.unary("Sigmoid", x))),
  Softsign: oneInput(({ graph, y, dy }) => {
    // y = x / (1 + |x|), so 1 - |y| = 1 / (1 + |x|).
    const root = graph.sub(1, graph.unary("Abs", y));
    return graph.mul(dy, graph.mul(root, root));
  }),
  Erf: oneInput(({ graph, x, dy }) =>
    graph.mul(
      dy,
      graph.unary("Exp", graph.sub(Math.log(2 / Math.sqrt(Math.PI)), graph.mul(x, x))),
    )
  ),
  Gelu: oneInput(gelu),
  Exp: oneInput(({ graph, y, dy }) => graph.mul(dy, y)),
  Log: oneInput(({ graph, x, dy }) => graph.div(dy, x)),
  Sqrt: oneInput(({ graph, y, dy }) => graph.div(graph.mul(dy, 0.5), y)),
  Abs: oneInput(({ graph, x, dy }) => graph.mul(dy, bySign(graph, x, 1, -1))),
  Neg: oneInput(({ graph, dy }) => graph.unary("Neg", dy)),
  Reciprocal: oneInput(({ graph, y, dy }) => graph.unary("Neg", graph.mul(dy, graph.mul(y, y)))),
  Clip: oneInput((site) => clip(site, site.node.attributes.min, site.node.attributes.max)),
  Floor: { backward: () => [undefined] },
  Ceil: { backward: () => [undefined] },
};
