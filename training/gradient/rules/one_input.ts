/**
 * What rules of operators with one input and one output have in common.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import type { Rule } from "../rule.ts";
import type { StepGraph, Value } from "../step_graph.ts";

/** What a gradient is made of. */
export interface Site<N extends Node = Node> {
  /** Where operators are appended. */
  readonly graph: StepGraph;
  /** The operator. */
  readonly node: N;
  /** Its input. */
  readonly x: Value;
  /** Its output. */
  readonly y: Value;
  /** Gradient with respect to the output. */
  readonly dy: Value;
}

/** A rule by the function that appends the gradient with respect to the only input. */
export function oneInput<N extends Node>(derive: (site: Site<N>) => Value): Rule<N> {
  return {
    backward(node, [dy], context) {
      const [input] = node.inputs;
      if (!dy || !context.wants(input)) return [undefined];
      const x = context.value(input), y = context.value(node.outputs[0]);
      return [derive({ graph: context.graph, node, x, y, dy })];
    },
  };
}
