/**
 * An oracle: evaluates models in double precision, by the definitions of the operators.
 *
 * @module
 */

import type { Model, Node } from "../../../graph/model.ts";
import { type Doubles, doublesOf } from "./doubles.ts";
import type { Evaluator, Evaluators, Mode } from "./evaluator.ts";
import { FUNCTION_EVALUATORS } from "./functions.ts";
import { MOVEMENT_EVALUATORS } from "./movement.ts";
import { NORMALIZATION_EVALUATORS } from "./normalizations.ts";
import { PRODUCT_EVALUATORS } from "./products.ts";
import { REDUCTION_EVALUATORS } from "./reductions.ts";
import { RESIZE_EVALUATORS } from "./resize.ts";
import { WINDOW_EVALUATORS } from "./windows.ts";

/** All operators of the normal form. */
export const EVALUATORS: Evaluators = {
  ...WINDOW_EVALUATORS,
  ...PRODUCT_EVALUATORS,
  ...NORMALIZATION_EVALUATORS,
  ...FUNCTION_EVALUATORS,
  ...REDUCTION_EVALUATORS,
  ...MOVEMENT_EVALUATORS,
  ...RESIZE_EVALUATORS,
};

/** Values of a model by name: inputs, weights and what nodes make. */
export type ModelValues = ReadonlyMap<string, Doubles>;

/** All values of a model, given those of its inputs. */
export function evaluate(model: Model, inputs: ModelValues, mode: Mode = {}): ModelValues {
  const values = new Map([...model.weights].map(([name, t]) => [name, doublesOf(t)]));
  for (const [name, value] of inputs) values.set(name, value);
  for (const node of model.nodes) evaluateNode(node, values, values, mode);
  return values;
}

/** The values that become others when one input or weight does; that one included. */
export function evaluateChange(
  model: Model,
  values: ModelValues,
  change: readonly [name: string, value: Doubles],
  mode: Mode = {},
): ModelValues {
  const changed = new Map([change]);
  const read = { get: (name: string) => changed.get(name) ?? values.get(name) };
  for (const node of model.nodes) {
    if (node.inputs.some((name) => changed.has(name))) evaluateNode(node, read, changed, mode);
  }
  return changed;
}

function evaluateNode(
  node: Node,
  values: { get(name: string): Doubles | undefined },
  outputs: Map<string, Doubles>,
  mode: Mode,
): void {
  // A node and the evaluator of its operator belong together, which the table says only by operator.
  const evaluator = EVALUATORS[node.op] as Evaluator;
  const made = evaluator(node, node.inputs.map((name) => values.get(name)!), mode);
  node.outputs.forEach((name, i) => outputs.set(name, made[i]));
}
