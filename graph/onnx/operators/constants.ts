/**
 * Reads operators whose values are known when the file is read: constants, shapes, and arithmetic
 * on them that the normal form has no operator for.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../tensor.ts";
import { type Constant, type ElementKind, newConstant } from "../constants.ts";
import { combine } from "../evaluate.ts";
import { ELEMENT_TYPES } from "../file_tensor.ts";
import type { NodeReader, OperatorReader } from "../node_reader.ts";

function ints(values: readonly number[], shape: Shape = [values.length]): Constant {
  return { kind: "int", shape, data: Float64Array.from(values) };
}

function floats(values: readonly number[], shape: Shape = [values.length]): Constant {
  return { kind: "float", shape, data: Float32Array.from(values) };
}

function readConstantNode(node: NodeReader): void {
  const { attributes } = node;
  if (attributes.has("value_float")) node.fold(floats([attributes.float("value_float", 0)], []));
  else if (attributes.has("value_floats")) {
    node.fold(floats(attributes.floats("value_floats") ?? []));
  } else if (attributes.has("value_int")) node.fold(ints([attributes.int("value_int", 0)], []));
  else if (attributes.has("value_ints")) node.fold(ints(attributes.ints("value_ints", [])));
  else node.fold(node.tensorAttribute("value") ?? node.fail("a constant that is not a tensor"));
}

function readConstantOfShape(node: NodeReader): void {
  const shape = node.values(0, "the shape") ?? [];
  const value = node.tensorAttribute("value") ?? floats([0]);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new RangeError(`the shape must have no negative extents: current value is [${shape}]`);
  }
  node.charge(sizeOf(shape));
  const constant = newConstant(value.kind, shape);
  if (value.data[0]) constant.data.fill(value.data[0]);
  node.fold(constant);
}

function readShape(node: NodeReader): void {
  const shape = node.shape(0);
  const start = node.attributes.int("start", 0);
  const end = node.attributes.int("end", shape.length);
  node.fold(ints(shape.slice(start, end)));
}

function readRange(node: NodeReader): void {
  const [start, limit, delta] = [0, 1, 2].map((i) => node.constantInput(i, "a bound"));
  const [from, to, step] = [start.data[0], limit.data[0], delta.data[0]];
  const count = Math.max(0, Math.ceil((to - from) / step));
  node.charge(count);
  const constant = newConstant(start.kind, [count]);
  for (let i = 0; i < count; i++) constant.data[i] = from + i * step;
  node.fold(constant);
}

/** Kinds of the element types that a cast may give. */
const KINDS: Readonly<Record<string, ElementKind>> = {
  FLOAT: "float",
  FLOAT16: "float",
  BFLOAT16: "float",
  DOUBLE: "float",
  BOOL: "bool",
  INT32: "int",
  INT64: "int",
};

/** All floats are float32 here, so between them a cast of values of the network is nothing. */
function readCast(node: NodeReader): void {
  const to = ELEMENT_TYPES[node.attributes.int("to", 0)] ?? "an unknown type";
  node.attributes.ignore("saturate");
  const kind = KINDS[to];
  const constant = node.constant(0);
  if (kind === undefined || (!constant && kind !== "float")) node.fail(`to ${to}`);
  if (!constant) return node.pass();
  if (constant.kind === kind) return node.fold(constant);
  node.charge(constant.data.length);
  const cast = newConstant(kind, constant.shape);
  for (let i = 0; i < cast.data.length; i++) {
    const value = constant.data[i];
    cast.data[i] = kind === "float"
      ? value
      : kind === "bool"
      ? Number(value !== 0)
      : Math.trunc(value);
  }
  node.fold(cast);
}

type Compare = (a: number, b: number) => number | boolean;

/** An operator of two constants, broadcast. */
const readPair = (f: Compare, kind?: ElementKind): OperatorReader => (node) => {
  const [a, b] = [node.constantInput(0, "operand"), node.constantInput(1, "operand")];
  const shape = broadcastShape(a.shape, b.shape);
  node.charge(sizeOf(shape));
  const result = combine(a, b, shape, (a, b) => Number(f(a, b)));
  node.fold({
    ...result,
    kind: kind ?? result.kind,
    data: kind === "bool" ? Float64Array.from(result.data) : result.data,
  });
};

function readNot(node: NodeReader): void {
  const { kind, shape, data } = node.constantInput(0, "operand");
  node.fold({ kind, shape, data: Float64Array.from(data, (value) => Number(!value)) });
}

function readWhere(node: NodeReader): void {
  const [condition, a, b] = [0, 1, 2].map((i) => node.constantInput(i, "operand"));
  const shape = broadcastShape(broadcastShape(condition.shape, a.shape), b.shape);
  node.charge(4 * sizeOf(shape));
  const full = (constant: Constant) => combine(constant, constant, shape, (value) => value).data;
  const [which, yes, no] = [condition, a, b].map(full);
  const result = newConstant(a.kind, shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = which[i] ? yes[i] : no[i];
  node.fold(result);
}

function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [m, n] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (m !== n && m !== 1 && n !== 1) {
      throw new RangeError(`operands must broadcast: current value is [${a}] and [${b}]`);
    }
    return m === 1 ? n : m;
  });
}

/** By operator. */
export const CONSTANT_READERS: Readonly<Record<string, OperatorReader>> = {
  Constant: readConstantNode,
  ConstantOfShape: readConstantOfShape,
  Shape: readShape,
  Size: (node) => node.fold(ints([sizeOf(node.shape(0))], [])),
  Range: readRange,
  Cast: readCast,
  Where: readWhere,
  Not: readNot,
  Equal: readPair((a, b) => a === b, "bool"),
  Less: readPair((a, b) => a < b, "bool"),
  LessOrEqual: readPair((a, b) => a <= b, "bool"),
  Greater: readPair((a, b) => a > b, "bool"),
  GreaterOrEqual: readPair((a, b) => a >= b, "bool"),
  And: readPair((a, b) => a !== 0 && b !== 0, "bool"),
  Or: readPair((a, b) => a !== 0 || b !== 0, "bool"),
  Mod: readPair((a, b) => a - b * Math.floor(a / b)),
};
