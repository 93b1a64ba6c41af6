/**
 * Gradients of reductions.
 *
 * @module
 */

import type { ReduceNode } from "../../../graph/model.ts";
import { sizeOf } from "../../../graph/tensor.ts";
import type { Rule, Rules } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";
import { oneInput } from "./one_input.ts";
import { asNumber, bySign } from "./switches.ts";

/** What a gradient is made of; `y` and `dy` have extent 1 along reduced axes. */
interface Site {
  readonly graph: StepGraph;
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
  readonly axes: readonly number[];
}

const reduction = (derive: (site: Site) => Value): Rule<ReduceNode> =>
  oneInput(({ graph, node: { attributes: { axes } }, x, y, dy }) => {
    const kept = x.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent);
    return derive({ graph, x, y: graph.reshape(y, kept), dy: graph.reshape(dy, kept), axes });
  });

/** 1 where two values are equal, else 0. */
function areEqual(graph: StepGraph, a: Value, b: Value | number): Value {
  return asNumber(graph, graph.binary("Equal", a, b));
}

/** Values that are equally extreme share the gradient. */
function extreme({ graph, x, y, dy, axes }: Site): Value {
  const isExtreme = areEqual(graph, x, y);
  const count = graph.reduce("ReduceSum", isExtreme, axes, true);
  return graph.mul(isExtreme, graph.div(dy, count));
}

/** The product of the others, which beside a zero cannot be had by division. */
function product({ graph, x, dy, axes }: Site): Value {
  const isZero = areEqual(graph, x, 0);
  const zeros = graph.reduce("ReduceSum", isZero, axes, true);
  const nonzero = graph.add(x, isZero);
  const ofNonzero = graph.mul(dy, graph.reduce("ReduceProd", nonzero, axes, true));
  return graph.mul(graph.div(ofNonzero, nonzero), areEqual(graph, zeros, isZero));
}

/**
 * Rules of reductions. Maxima (minima) that are equal share the gradient evenly; a norm has the
 * gradient 0 where it is 0, and so has each term of `ReduceL1`. Products are exact beside zeros.
 */
export const REDUCTION_RULES: Rules = {
  ReduceSum: reduction(({ graph, x, dy }) => graph.expand(dy, x.shape)),
  ReduceMean: reduction(({ graph, x, dy, axes }) => {
    const count = sizeOf(axes.map((axis) => x.shape[axis]));
    return graph.expand(graph.mul(dy, 1 / count), x.shape);
  }),
  ReduceMax: reduction(extreme),
  ReduceMin: reduction(extreme),
  ReduceProd: reduction(product),
  ReduceSumSquare: reduction(({ graph, x, dy }) => graph.mul(x, graph.mul(dy, 2))),
  ReduceL1: reduction(({ graph, x, dy }) => graph.mul(bySign(graph, x, 1, -1), dy)),
  ReduceL2: reduction(({ graph, x, y, dy }) => {
    const perUnit = graph.where(graph.binary("Equal", y, 0), 0, graph.div(dy, y));
    return graph.mul(x, perUnit);
  }),
};
