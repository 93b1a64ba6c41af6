/**
 * How each operator of the normal form is written: which attributes, which small constants as
 * inputs, and which opset has it first.
 *
 * @module
 */

import type { Node } from "../model.ts";

/** An attribute as it is written. */
export type WrittenAttribute =
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string };

/** An input that is a constant of the file and an attribute of the normal form. */
export interface ConstantInput {
  /** What it is; part of its name. */
  readonly what: string;
  /** Element type. */
  readonly kind: "int" | "float";
  /** A scalar, or a list. */
  readonly value: number | readonly number[];
}

/** A node as it is written. */
export interface NodeForm {
  /** By name. */
  readonly attributes: Readonly<Record<string, WrittenAttribute>>;
  /** Behind the node's own inputs; nothing where an optional one is left out. */
  readonly constants: readonly (ConstantInput | undefined)[];
}

/** The opset that has all operators unless something newer is used. */
const LOWEST_OPSET = 17;
/** Behind any end that goes backwards to the first position: so far before it as it may be. */
const BEFORE_FIRST = -(2 ** 31);

const int = (value: number): WrittenAttribute => ({ kind: "int", value });
const float = (value: number): WrittenAttribute => ({ kind: "float", value });
const ints = (value: readonly number[]): WrittenAttribute => ({ kind: "ints", value });
const string = (value: string): WrittenAttribute => ({ kind: "string", value });
const intInput = (what: string, value: readonly number[]): ConstantInput => ({
  what,
  kind: "int",
  value,
});

/** The lowest opset, 17 to 20, that has a node. */
export function opsetOf(node: Node): number {
  switch (node.op) {
    case "Mish":
      return 18;
    case "Gelu":
      return 20;
    case "Pad":
      return node.attributes.mode === "wrap" ? 19 : LOWEST_OPSET;
    case "AveragePool":
      return node.attributes.dilations.some((dilation) => dilation !== 1) ? 19 : LOWEST_OPSET;
    case "LpPool": {
      const { dilations, ceil_mode } = node.attributes;
      return ceil_mode || dilations.some((dilation) => dilation !== 1) ? 18 : LOWEST_OPSET;
    }
    case "Resize": {
      const { coordinate_transformation_mode, antialias } = node.attributes;
      if (coordinate_transformation_mode === "half_pixel_symmetric") return 19;
      return antialias ? 18 : LOWEST_OPSET;
    }
    default:
      return LOWEST_OPSET;
  }
}

/** How a node is written in a file of `opset`. */
export function formOf(node: Node, opset: number): NodeForm {
  switch (node.op) {
    case "Reshape":
    case "Expand":
      return { attributes: {}, constants: [intInput("shape", node.attributes.shape)] };
    case "Split": {
      const { axis, split } = node.attributes;
      return { attributes: { axis: int(axis) }, constants: [intInput("split", split)] };
    }
    case "Slice": {
      const { starts, counts, steps } = node.attributes;
      const ends = starts.map((start, axis) => {
        const end = start + counts[axis] * steps[axis];
        return end < 0 ? BEFORE_FIRST : end;
      });
      const axes = starts.map((_, axis) => axis);
      const bounds = { starts, ends, axes, steps };
      return {
        attributes: {},
        constants: Object.entries(bounds).map(([what, values]) => intInput(what, values)),
      };
    }
    case "Pad": {
      const { pads, mode, value } = node.attributes;
      const constants: ConstantInput[] = [intInput("pads", pads)];
      if (mode === "constant") constants.push({ what: "value", kind: "float", value });
      return { attributes: { mode: string(mode) }, constants };
    }
    case "Clip": {
      const { min, max } = node.attributes;
      const bound = (what: string, value: number): ConstantInput | undefined =>
        Number.isFinite(value) ? { what, kind: "float", value } : undefined;
      return { attributes: {}, constants: [bound("min", min), bound("max", max)] };
    }
    case "Dropout":
      return {
        attributes: {},
        constants: [{ what: "ratio", kind: "float", value: node.attributes.ratio }],
      };
    case "Resize": {
      const { scales, sizes, given, ...rest } = node.attributes;
      const constants = given === "scales"
        ? [undefined, { what: "scales", kind: "float", value: scales } as const]
        : [undefined, undefined, intInput("sizes", sizes)];
      const { antialias, ...older } = rest;
      const written = { ...plain(older), cubic_coeff_a: float(rest.cubic_coeff_a) };
      return {
        attributes: opset < 18 ? written : { ...written, antialias: int(antialias) },
        constants,
      };
    }
    case "ReduceMean":
    case "ReduceSum":
    case "ReduceMax":
    case "ReduceMin":
    case "ReduceProd":
    case "ReduceSumSquare":
    case "ReduceL1":
    case "ReduceL2": {
      const { axes, keepdims } = node.attributes;
      const asInput = opset >= (node.op === "ReduceSum" ? 13 : 18);
      return asInput
        ? { attributes: { keepdims: int(keepdims) }, constants: [intInput("axes", axes)] }
        : { attributes: { keepdims: int(keepdims), axes: ints(axes) }, constants: [] };
    }
    case "AveragePool":
    case "LpPool": {
      const { dilations, ceil_mode, ...rest } = node.attributes;
      const dilated = { dilations: ints(dilations) };
      const ceil = { ceil_mode: int(ceil_mode) };
      const isNew = node.op === "LpPool" ? opset >= 18 : opset >= 19;
      return {
        attributes: {
          ...plain(rest),
          ...(isNew ? dilated : {}),
          ...(isNew || node.op === "AveragePool" ? ceil : {}),
        },
        constants: [],
      };
    }
    default:
      return { attributes: plain({ ...node.attributes }), constants: [] };
  }
}

/** Attributes as they are held in memory, by the names of the standard. */
export type PlainAttributes = Readonly<Record<string, number | string | readonly number[]>>;

/** Attributes that the standard has by the same names. */
export function plain(
  attributes: PlainAttributes,
): Record<string, WrittenAttribute> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (typeof value === "string") return [name, string(value)];
      if (typeof value === "object") return [name, ints(value)];
      return [name, FLOATS.has(name) ? float(value) : int(value)];
    }),
  );
}

/** Attributes that are floats, even when their value is whole. */
const FLOATS = new Set(["alpha", "beta", "gamma", "bias", "epsilon"]);
