/**
 * Checks that shape inference makes of nodes, and how it refuses them.
 *
 * @module
 */

import type { Node } from "../model.ts";
import { type Shape, sizeOf } from "../tensor.ts";

/** Most elements of one value: what 8 GiB of float32 hold. */
export const MAX_ELEMENTS = 2 ** 31;

/** Throws: names the node, what is wrong with it and what it must be. */
export function refuse(node: Node, what: string, expected: string, current: unknown): never {
  throw new RangeError(
    `Cannot infer the shape of ${node.op} "${node.name}" as ${what} must be ${expected}: ` +
      `current value is ${Array.isArray(current) ? `[${current}]` : current}`,
  );
}

/** What is wrong with a shape, if anything is: extents that no value can have, or too many. */
export function misshapen(shape: Shape): { expected: string; current: string } | undefined {
  const current = `[${shape}]`;
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    return { expected: "integers, at least 1", current };
  }
  // An infinite product compares like any other.
  if (sizeOf(shape) > MAX_ELEMENTS) {
    return { expected: `a shape of at most ${MAX_ELEMENTS} elements`, current };
  }
}

/** Refuses a node that reads or writes another number of values. */
export function expectCounts(
  node: Node,
  inputs: readonly Shape[],
  least: number,
  most = least,
  outputs = 1,
) {
  if (inputs.length < least || inputs.length > most || node.outputs.length !== outputs) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    const current = `${inputs.length} and ${node.outputs.length}`;
    refuse(node, "the numbers of inputs and outputs", `${range} and ${outputs}`, current);
  }
}

/** Refuses an input of fewer or more axes. */
export function expectRank(node: Node, input: number, shape: Shape, least: number, most = least) {
  if (shape.length < least || shape.length > most) {
    const range = least === most
      ? `${least}`
      : most === Infinity
      ? `at least ${least}`
      : `${least} to ${most}`;
    refuse(node, `input "${node.inputs[input]}"`, `of rank ${range}`, shape);
  }
}

/** Refuses an input of another shape. */
export function expectShape(node: Node, input: number, shape: Shape, expected: Shape) {
  if (String(shape) !== String(expected) || shape.length !== expected.length) {
    refuse(node, `input "${node.inputs[input]}"`, `[${expected}]`, shape);
  }
}

/** Refuses a list attribute that is not `count` integers, `least` or more. */
export function expectIntegers(
  node: Node,
  name: string,
  list: readonly number[],
  count: number,
  least = -Infinity,
) {
  if (list.length !== count || !list.every((v) => Number.isSafeInteger(v) && v >= least)) {
    const range = least === -Infinity ? "" : `, at least ${least}`;
    refuse(node, name, `${count} integers${range}`, list);
  }
}

/** Refuses an axis that is not one of `rank`. */
export function expectAxis(node: Node, axis: number, rank: number, what = "axis") {
  if (!(Number.isInteger(axis) && axis >= 0 && axis < rank)) {
    refuse(node, what, `an integer in [0, ${rank})`, axis);
  }
}

/** Refuses a numeric attribute that is not a number, or not finite, or below `least`. */
export function expectNumbers(node: Node, attributes: object, least = -Infinity) {
  for (const [name, value] of Object.entries(attributes)) {
    if (!(Number.isFinite(value) && value >= least)) {
      const range = least === -Infinity ? "" : `, at least ${least}`;
      refuse(node, name, `a finite number${range}`, value);
    }
  }
}
