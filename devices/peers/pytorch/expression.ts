/**
 * Python expressions, and what an operator's are made from.
 *
 * @module
 */

import type { Node } from "../../../graph/model.ts";
import type { Shape } from "../../../graph/tensor.ts";

/** Where an operator stands: everything that its expression may use. */
export interface Site {
  /** Expressions of its inputs. */
  readonly x: readonly string[];
  /** Shapes of its inputs. */
  readonly inputs: readonly Shape[];
  /** Shapes of its outputs. */
  readonly outputs: readonly Shape[];
  /** Adds a constant to the program, and gives its expression. */
  constant(values: ArrayLike<number>, shape: Shape): string;
  /** Adds a constant list of positions along an axis, and gives its expression. */
  positions(values: ArrayLike<number>): string;
}

/** A node of one operator. */
export type NodeWith<Op extends Node["op"]> = Extract<Node, { readonly op: Op }>;

/** Writes an operator: one expression for each output. */
export type Write<Op extends Node["op"]> = (node: NodeWith<Op>, site: Site) => string | string[];

/** Writes some operators. */
export type Writers<Op extends Node["op"]> = { readonly [O in Op]: Write<O> };

/** A number that Python takes for a float. */
export function float(value: number): string {
  if (!Number.isFinite(value)) return `float("${value > 0 ? "inf" : "-inf"}")`;
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A list of integers. */
export function list(values: readonly number[]): string {
  return `[${values.join(", ")}]`;
}

/** `True` or `False`. */
export function bool(value: boolean): string {
  return value ? "True" : "False";
}

/** A function that exists for 1 to 3 spatial axes, e.g. `torch.conv2d`. */
export function spatial(name: string, axes: number): string {
  return `${name}${axes}d`;
}

/** An expression with a constant border: begins of all spatial axes, then ends; negative ones crop. */
export function padded(x: string, pads: readonly number[], value = 0): string {
  if (pads.every((pad) => pad === 0)) return x;
  const axes = pads.length / 2;
  // PyTorch lists both ends of the last axis first.
  const pairs = Array.from({ length: axes }, (_, i) => axes - 1 - i)
    .flatMap((axis) => [pads[axis], pads[axis + axes]]);
  return `F.pad(${x}, ${list(pairs)}, "constant", ${float(value)})`;
}
