/**
 * Gradients of functions of two values, summed over the axes along which either was broadcast.
 *
 * @module
 */

import type { BinaryNode } from "../../../graph/model.ts";
import type { Rule, Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { asNumber, isPositive } from "./switches.ts";

/** What a gradient is made of: inputs, output and its gradient. */
interface Site {
  readonly graph: StepGraph;
  readonly a: Value;
  readonly b: Value;
  readonly y: Value;
  readonly dy: Value;
}

/** How both gradients are made, in the shape of the output; each only when it is wanted. */
type Derivation = (site: Site) => readonly [() => Value, () => Value];

function twoInputs(derive: Derivation): Rule<BinaryNode> {
  return {
    backward(node, [dy], context) {
      if (!dy) return [undefined, undefined];
      const { graph } = context;
      const [a, b] = node.inputs.map((name) => context.value(name));
      const makers = derive({ graph, a, b, y: context.value(node.outputs[0]), dy });
      return [a, b].map((input, i) =>
        context.wants(node.inputs[i]) ? graph.sumTo(makers[i](), input.shape) : undefined
      );
    },
  };
}

/** All of the gradient goes to one input: to the first where it compares so, else to the second. */
const choice = (comparison: "GreaterOrEqual" | "LessOrEqual") =>
  twoInputs(({ graph, a, b, dy }) => {
    const first = asNumber(graph, graph.binary(comparison, a, b));
    const toFirst = graph.mul(dy, first);
    return [() => toFirst, () => graph.sub(dy, toFirst)];
  });

/** `b a^(b - 1)`, which is 0 for `b = 0` even where `a` is 0. */
function powerSlope({ graph, a, b }: Site): Value {
  const exponent = graph.where(graph.binary("Equal", b, 0), 0, graph.sub(b, 1));
  return graph.mul(graph.binary("Pow", a, exponent), b);
}

/** `log(a)`, but 0 where `a` is 0: there, `a^b` does not change with a positive exponent. */
function exponentSlope({ graph, a }: Site): Value {
  return graph.where(graph.binary("Equal", a, 0), 0, graph.unary("Log", a));
}

/**
 * Rules of functions of two values. Of two equal values, Max and Min give all of the gradient to
 * the first. At 0, PRelu has the slope of the left side. The exponent of a negative base gets NaN,
 * as it has no derivative.
 */
export const BINARY_RULES: Rules = {
  Add: twoInputs(({ dy }) => [() => dy, () => dy]),
  Sub: twoInputs(({ graph, dy }) => [() => dy, () => graph.unary("Neg", dy)]),
  Mul: twoInputs(({ graph, a, b, dy }) => [() => graph.mul(dy, b), () => graph.mul(dy, a)]),
  Div: twoInputs(({ graph, b, y, dy }) => {
    const toFirst = graph.div(dy, b);
    return [() => toFirst, () => graph.unary("Neg", graph.mul(toFirst, y))];
  }),
  Pow: twoInputs((site) => {
    const { graph, y, dy } = site;
    return [
      () => graph.mul(dy, powerSlope(site)),
      () => graph.mul(graph.mul(dy, y), exponentSlope(site)),
    ];
  }),
  Max: choice("GreaterOrEqual"),
  Min: choice("LessOrEqual"),
  PRelu: twoInputs(({ graph, a: x, b: slope, dy }) => [
    () => {
      const step = graph.mul(isPositive(graph, x), graph.sub(1, slope));
      return graph.mul(dy, graph.add(step, slope));
    },
    () => graph.mul(dy, graph.binary("Min", x, 0)),
  ]),
};
