/**
 * Evaluates nodes of the normal form on constants while a file is read, so that arithmetic on
 * shapes, and weights that are computed from others, disappear.
 *
 * @module
 */

import type { BinaryFunction, Node, PlainFunction, Reduction } from "../model.ts";
import { outputShapes } from "../shapes.ts";
import { type Shape, sizeOf } from "../tensor.ts";
import { checkRank, type Constant, newConstant } from "./constants.ts";

/**
 * The outputs of a node that reads only constants, or nothing when it is not one of the operators
 * that are worth it. Integers stay integers; floats are rounded to float32 after each operator.
 *
 * @param charge called with the number of elements that are about to be read and made
 * @throws {RangeError} when shapes do not fit.
 */
export function evaluate(
  node: Node,
  inputs: readonly Constant[],
  charge: (elements: number) => void,
): readonly Constant[] | undefined {
  const evaluator = evaluatorOf(node);
  if (!evaluator) return;
  // Shapes of rank 0 that end up concatenated are often empty; nothing else has empty constants.
  const full = inputs.filter(({ data }) => data.length > 0);
  if (node.op === "Concat" && full.length < inputs.length) {
    if (full.length === 0) return [inputs[0]];
    inputs = full;
  }
  const shapes = outputShapes(node, inputs.map(({ shape }) => shape));
  for (const shape of shapes) checkRank(shape);
  const view = VIEWS.has(node.op);
  if (!view) { for (const { data } of inputs) charge(data.length); }
  if (!view) { for (const shape of shapes) charge(sizeOf(shape)); }
  return evaluator(inputs, shapes);
}

/** Operators whose output is their input, under another shape at most. */
const VIEWS: ReadonlySet<Node["op"]> = new Set<Node["op"]>([
  "Reshape",
  "Flatten",
  "Identity",
  "Dropout",
]);

type Evaluator = (inputs: readonly Constant[], shapes: readonly Shape[]) => readonly Constant[];

function evaluatorOf(node: Node): Evaluator | undefined {
  const { op } = node;
  if (Object.hasOwn(PLAIN, op)) return mapped(PLAIN[op as PlainFunction]!);
  if (Object.hasOwn(BINARY, op)) return combined(BINARY[op as BinaryFunction]!);
  if (Object.hasOwn(REDUCTIONS, op) && "axes" in node.attributes) {
    return reduced(REDUCTIONS[op as Reduction]!, node.attributes.axes);
  }
  switch (node.op) {
    case "Clip": {
      const { min, max } = node.attributes;
      return mapped((x) => Math.min(Math.max(x, min), max));
    }
    case "Identity":
    case "Dropout":
    case "Reshape":
    case "Flatten":
      return ([input], [shape]) => [{ ...input, shape }];
    case "Transpose": {
      const { perm } = node.attributes;
      return ([input], [shape]) => {
        const strides = stridesOf(input.shape);
        return [picked(input, shape, perm.map((axis) => strides[axis]), 0)];
      };
    }
    case "Expand":
      return ([input], [shape]) => [picked(input, shape, broadcast(input.shape, shape), 0)];
    case "Slice": {
      const { starts, steps } = node.attributes;
      return ([input], [shape]) => {
        const strides = stridesOf(input.shape);
        const first = starts.reduce((at, start, axis) => at + start * strides[axis], 0);
        return [picked(input, shape, strides.map((stride, axis) => stride * steps[axis]), first)];
      };
    }
    case "Split": {
      const { axis } = node.attributes;
      return ([input], shapes) => {
        const strides = stridesOf(input.shape);
        let first = 0;
        return shapes.map((shape) => {
          const part = picked(input, shape, strides, first);
          first += shape[axis] * strides[axis];
          return part;
        });
      };
    }
    case "Concat":
      return joinedAlong(node.attributes.axis);
  }
}

const PLAIN: { readonly [Op in PlainFunction]?: (x: number) => number } = {
  Relu: (x) => Math.max(x, 0),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: Math.tanh,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Abs: Math.abs,
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Floor: Math.floor,
  Ceil: Math.ceil,
};

type Combine = (a: number, b: number, integers: boolean) => number;

const BINARY: { readonly [Op in BinaryFunction]?: Combine } = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b, integers) => integers ? Math.trunc(a / b) : a / b,
  Pow: (a, b) => a ** b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
};

/** What a reduction starts with, and how it goes on; the mean is divided at the end. */
const REDUCTIONS: { readonly [Op in Reduction]?: readonly [number, Combine, "mean"?] } = {
  ReduceSum: [0, (a, b) => a + b],
  ReduceMean: [0, (a, b) => a + b, "mean"],
  ReduceProd: [1, (a, b) => a * b],
  ReduceMax: [-Infinity, (a, b) => Math.max(a, b)],
  ReduceMin: [Infinity, (a, b) => Math.min(a, b)],
};

function mapped(f: (x: number) => number): Evaluator {
  return ([input], [shape]) => {
    const output = newConstant(input.kind, shape);
    for (let i = 0; i < output.data.length; i++) output.data[i] = f(input.data[i]);
    return [output];
  };
}

/** Elementwise with broadcasting; integers only when both are. */
function combined(f: Combine): Evaluator {
  return ([a, b], [shape]) => [combine(a, b, shape, f)];
}

/** Combines two constants elementwise, broadcast to `shape`; booleans count as integers. */
export function combine(a: Constant, b: Constant, shape: Shape, f: Combine): Constant {
  const integers = a.kind !== "float" && b.kind !== "float";
  const output = newConstant(integers ? "int" : "float", shape);
  const left = positions(shape, broadcast(a.shape, shape), 0);
  const right = positions(shape, broadcast(b.shape, shape), 0);
  for (let i = 0; i < output.data.length; i++) {
    output.data[i] = f(a.data[left()], b.data[right()], integers);
  }
  return output;
}

function reduced([start, f, mean]: readonly [number, Combine, "mean"?], axes: readonly number[]) {
  const evaluator: Evaluator = ([input], [shape]) => {
    const output = newConstant(input.kind, shape);
    const kept = input.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent);
    const strides = stridesOf(kept).map((stride, axis) => axes.includes(axis) ? 0 : stride);
    const at = positions(input.shape, strides, 0);
    const sums = new Float64Array(output.data.length).fill(start);
    for (let i = 0; i < input.data.length; i++) {
      const to = at();
      sums[to] = f(sums[to], input.data[i], false);
    }
    const count = mean ? input.data.length / sums.length : 1;
    const whole = input.kind !== "float";
    for (let i = 0; i < sums.length; i++) {
      output.data[i] = whole ? Math.trunc(sums[i] / count) : sums[i] / count;
    }
    return [output];
  };
  return evaluator;
}

function joinedAlong(axis: number): Evaluator {
  return (inputs, [shape]) => {
    const output = newConstant(inputs[0].kind, shape);
    const row = sizeOf(shape.slice(axis));
    let first = 0;
    for (const { data, shape } of inputs) {
      const part = sizeOf(shape.slice(axis));
      for (let from = 0, to = first; from < data.length; from += part, to += row) {
        output.data.set(data.subarray(from, from + part), to);
      }
      first += part;
    }
    return [output];
  };
}

/** The elements of `input` that strides and the position of the first select. */
function picked(input: Constant, shape: Shape, strides: readonly number[], first: number) {
  const output = newConstant(input.kind, shape);
  const at = positions(shape, strides, first);
  for (let i = 0; i < output.data.length; i++) output.data[i] = input.data[at()];
  return output;
}

/** Steps through all positions of a strided view in row-major order. */
function positions(shape: Shape, strides: readonly number[], first: number): () => number {
  const index = new Array<number>(shape.length).fill(0);
  let next = first;
  return () => {
    const at = next;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      next += strides[axis];
      if (++index[axis] < shape[axis]) break;
      next -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
    return at;
  };
}

/** Row-major strides. */
function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Strides that repeat a constant of shape `from` over the shape `to`. */
function broadcast(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => from[axis - missing] > 1 ? strides[axis - missing] : 0);
}
