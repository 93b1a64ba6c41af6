/**
 * What the rules of all kinds of operators are made of.
 *
 * @module
 */

import { type OperatorBase, type Plan, PlanFormatError, type PlanTensor } from "../plan.ts";

/** Larger than any real extent; small enough that no product of them overflows 64 bits. */
export const MAX_EXTENT = 2 ** 20;
/** Longest step from one position of an axis to the next, floats. */
export const MAX_STRIDE = 2 ** 31;
/** Longest row or plane of what a convolution reads, so that a tile's offsets fit 32 bits. */
export const MAX_PLANE = 2 ** 28;
/** Most floats of all activations, and most elements of a tensor. */
export const MAX_FLOATS = 2 ** 36;

/** An operator with its tensors, as a rule sees it. */
export interface Checked<Operator extends OperatorBase = OperatorBase> {
  /** The operator. */
  readonly op: Operator;
  /** What it reads. */
  readonly inputs: readonly PlanTensor[];
  /** What it writes. */
  readonly output: PlanTensor;
  /** The plan that it belongs to. */
  readonly plan: Plan;
  /** For messages. */
  readonly what: string;
}

/**
 * Demands a rule.
 *
 * @throws {PlanFormatError} saying `rule` when it does not hold.
 */
export function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new PlanFormatError(rule);
}

/** Whether all are integers from `least` to `most`. */
export function within(
  values: readonly number[],
  least: number,
  most = MAX_EXTENT,
): boolean {
  return values.every((n) => Number.isInteger(n) && n >= least && n <= most);
}

/** Least and largest offset of an element from a tensor's base, floats. */
export function reachOf({ extents, strides }: PlanTensor): { least: number; most: number } {
  let least = 0, most = 0;
  extents.forEach((n, axis) => {
    const last = (n - 1) * strides[axis];
    if (last < 0) least += last;
    else most += last;
  });
  return { least, most };
}

/** Whether a tensor has exactly these extents. */
export function hasExtents({ extents }: PlanTensor, wanted: readonly number[]): boolean {
  return extents.length === wanted.length && extents.every((n, axis) => n === wanted[axis]);
}

/** Whether positions of the last axis are neighbours. */
export function isContiguous({ extents, strides }: PlanTensor): boolean {
  return extents.at(-1) === 1 || strides.at(-1) === 1;
}

/** Demands a number of inputs. */
export function demandInputs({ inputs, what }: Checked, least: number, most = least): void {
  demand(
    inputs.length >= least && inputs.length <= most,
    `${what} has ${inputs.length} inputs, not ${least} to ${most}`,
  );
}

/** Demands that the output and the first input are volumes: `[C, D, H, W]`. */
export function demandVolumes({ inputs, output, what }: Checked): void {
  demand(
    inputs[0].extents.length === 4 && output.extents.length === 4,
    `${what} does not read and write volumes`,
  );
}
