/**
 * Groups that reach over several weights.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../graph/tensor.ts";
import type { LiveWeights } from "./penalty.ts";
import { liveWeight } from "./state.ts";

/** What one weight has of joint groups: whole slices along one of its axes. */
export interface AxisGroups {
  /** Name of the weight in the model. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** The axis along which groups lie. */
  readonly axis: number;
  /** Group of each position along the axis; below 0 for positions that are in none. */
  readonly groups: Int32Array;
}

/**
 * Groups whose norm is that of all they have in several weights together, such as the filters that are
 * removed with one channel and the scales and shifts behind them.
 */
export interface JointGroups {
  /** What they are called together, in settings and checkpoints: no two may be called the same. */
  readonly name: string;
  /** How many there are. */
  readonly count: number;
  /** What they have in each weight. */
  readonly parts: readonly AxisGroups[];
  /** What the penalty's strength is multiplied with for them, above 0. @default {1} */
  readonly factor?: number;
}

/** Calls `visit` for every run of elements that lie side by side in one group. */
function eachRun(
  { shape, axis, groups }: AxisGroups,
  visit: (group: number, start: number, end: number) => void,
): void {
  const run = sizeOf(shape.slice(axis + 1)), size = sizeOf(shape);
  for (let start = 0, at = 0; start < size; start += run, at = (at + 1) % groups.length) {
    if (groups[at] >= 0) visit(groups[at], start, start + run);
  }
}

/**
 * L2 norms of joint groups, in double precision.
 *
 * @throws {RangeError} when a weight is missing or has another size.
 */
export function jointNorms(
  penalty: string,
  weights: LiveWeights,
  { count, parts }: JointGroups,
): Float64Array {
  const squares = new Float64Array(count);
  for (const part of parts) {
    const w = liveWeight(penalty, weights, part.name, sizeOf(part.shape));
    eachRun(part, (group, start, end) => {
      let sum = 0;
      for (let i = start; i < end; i++) sum += w[i] * w[i];
      squares[group] += sum;
    });
  }
  return squares.map(Math.sqrt);
}

/** Elements of one weight in each of `count` groups. */
export function elementsInGroups(part: AxisGroups, count: number): Float64Array {
  const elements = new Float64Array(count);
  eachRun(part, (group, start, end) => elements[group] += end - start);
  return elements;
}

/** Gives every element of a weight the value of its group; those in none keep what they have. */
export function spreadJoint(values: ArrayLike<number>, part: AxisGroups, out: Float32Array): void {
  eachRun(part, (group, start, end) => out.fill(values[group], start, end));
}
