/**
 * Dropout in training: forward and backward the same product with a mask.
 *
 * @module
 */

import type { DropoutNode } from "../../../graph/model.ts";
import type { RuleContext, Rules } from "../rule.ts";
import type { Value } from "../step_graph.ts";

/** The rule of dropout. */
export const DROPOUT_RULES: Rules = {
  Dropout: {
    forward: (node, context) => [masked(node, context.value(node.inputs[0]), context)],
    backward: (node, [dy], context) => [
      dy && context.wants(node.inputs[0]) ? masked(node, dy, context) : undefined,
    ],
  },
};

function masked(node: DropoutNode, value: Value, context: RuleContext): Value {
  return context.graph.mul(value, context.dropoutMask(node, node.attributes.ratio));
}
