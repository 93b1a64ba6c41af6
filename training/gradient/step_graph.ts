/**
 * An ONNX graph as it grows, of any operator that ONNX Runtime executes. What trains a network needs
 * operators, and integers as values, that the normal form of a model does not have.
 *
 * @module
 */

import proto, { type onnx } from "onnx-proto";
import type { Node } from "../../graph/model.ts";
import { Names } from "../../graph/onnx/names.ts";
import { plain, type PlainAttributes } from "../../graph/onnx/node_forms.ts";
import { attributeProto, nodeProto, valueInfoProto } from "../../graph/onnx/node_proto.ts";
import { outputShapes } from "../../graph/shapes.ts";
import { broadcast } from "../../graph/shapes/broadcast.ts";
import { type Shape, sizeOf } from "../../graph/tensor.ts";
import { inFileOrder } from "./node_order.ts";

/** The lowest that has all operators. */
const OPSET = 20;

const { GraphProto, ModelProto, TensorProto } = proto.onnx;

/** A value of the graph. Float32 unless the method that made it says otherwise. */
export interface Value {
  /** Unique in the graph. */
  readonly name: string;
  /** Static. */
  readonly shape: Shape;
}

/** Builds a graph. Every method appends nodes and returns the values that they write. */
export class StepGraph {
  readonly #names = new Names();
  readonly #inputs: Value[] = [];
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #constants: onnx.ITensorProto[] = [];
  /** Constants by what they hold, so that each is stored once. */
  readonly #known = new Map<string, Value>();

  /** Adds a graph input (float32). @throws {RangeError} when the name is taken. */
  input(name: string, shape: Shape): Value {
    const free = this.#names.free(name);
    if (free !== name) {
      throw new RangeError(
        `Cannot build a training step as names must be unique: current value is "${name}" twice`,
      );
    }
    const value = { name, shape };
    this.#inputs.push(value);
    return value;
  }

  /** A constant of float32; one number may stand for all elements. */
  constant(values: number | ArrayLike<number>, shape: Shape = []): Value {
    const list = typeof values === "number"
      ? new Float32Array(sizeOf(shape)).fill(values)
      : Float32Array.from(values);
    return this.#constant(TensorProto.DataType.FLOAT, shape, new Uint8Array(list.buffer));
  }

  /** A list of integers (int64), as operators take shapes, axes and bounds. */
  integers(values: readonly number[]): Value {
    const list = BigInt64Array.from(values, BigInt);
    return this.#constant(
      TensorProto.DataType.INT64,
      [values.length],
      new Uint8Array(list.buffer),
    );
  }

  #constant(dataType: number, shape: Shape, bytes: Uint8Array): Value {
    const key = bytes.length <= 256 ? `${dataType}:${shape}:${bytes}` : undefined;
    const known = key && this.#known.get(key);
    if (known) return known;
    const name = this.#names.free("constant");
    this.#constants.push({ name, dataType, dims: [...shape], rawData: bytes });
    const value = { name, shape };
    if (key) this.#known.set(key, value);
    return value;
  }

  /** Appends a node of a model, its inputs and outputs under the names that they have there. */
  node(node: Node, inputs: readonly Value[]): readonly Value[] {
    const shapes = outputShapes(node, inputs.map(({ shape }) => shape));
    const outputs = node.outputs.map((name, i) => ({
      name: this.#names.free(name),
      shape: shapes[i],
    }));
    const renamed = {
      ...node,
      inputs: inputs.map(({ name }) => name),
      outputs: outputs.map(({ name }) => name),
    };
    this.#nodes.push(nodeProto(renamed, OPSET, this.#names, this.#constants));
    return outputs;
  }

  /** Appends any operator with one output of a known shape. Left-out inputs are `undefined`. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: PlainAttributes = {},
  ): Value {
    return this.ops(op, inputs, [shape], attributes)[0];
  }

  /** Appends any operator with outputs of known shapes. */
  ops(
    op: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly Shape[],
    attributes: PlainAttributes = {},
  ): readonly Value[] {
    const outputs = shapes.map((shape) => ({ name: this.#names.free(`grad/${op}`), shape }));
    this.#nodes.push({
      name: outputs[0].name,
      opType: op,
      input: inputs.map((value) => value?.name ?? ""),
      output: outputs.map(({ name }) => name),
      attribute: Object.entries(plain(attributes)).map(([name, value]) =>
        attributeProto(name, value)
      ),
    });
    return outputs;
  }

  /** A function of one value that keeps its shape. */
  unary(op: string, x: Value, attributes: PlainAttributes = {}): Value {
    return this.op(op, [x], x.shape, attributes);
  }

  /** A function of two values, broadcast; a number stands for a constant. */
  binary(op: string, a: Value | number, b: Value | number): Value {
    const [x, y] = [a, b].map((v) => typeof v === "number" ? this.constant(v) : v);
    return this.op(op, [x, y], broadcast(x.shape, y.shape)!);
  }

  /** `a + b`, broadcast. */
  add(a: Value | number, b: Value | number): Value {
    return this.binary("Add", a, b);
  }

  /** `a - b`, broadcast. */
  sub(a: Value | number, b: Value | number): Value {
    return this.binary("Sub", a, b);
  }

  /** `a * b`, broadcast. */
  mul(a: Value | number, b: Value | number): Value {
    return this.binary("Mul", a, b);
  }

  /** `a / b`, broadcast. */
  div(a: Value | number, b: Value | number): Value {
    return this.binary("Div", a, b);
  }

  /** `condition ? a : b`, broadcast; the condition is a value of booleans. */
  where(condition: Value, a: Value | number, b: Value | number): Value {
    const [x, y] = [a, b].map((v) => typeof v === "number" ? this.constant(v) : v);
    const shape = broadcast(condition.shape, broadcast(x.shape, y.shape)!)!;
    return this.op("Where", [condition, x, y], shape);
  }

  /** The same values, in row-major order, under another shape. */
  reshape(x: Value, shape: Shape): Value {
    if (`${x.shape}` === `${shape}`) return x;
    return this.op("Reshape", [x, this.integers(shape)], shape);
  }

  /** Axis `i` of the result is axis `perm[i]` of `x`. */
  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((from, to) => from === to)) return x;
    return this.op("Transpose", [x], perm.map((axis) => x.shape[axis]), { perm });
  }

  /** Part of `x`: `count` positions from `start` on, by `step`, for each axis that is named. */
  slice(
    x: Value,
    ranges: Readonly<
      Record<number, { readonly start: number; readonly count: number; readonly step?: number }>
    >,
  ): Value {
    const entries = Object.entries(ranges).map(([axis, range]) => ({
      axis: Number(axis),
      step: 1,
      ...range,
    })).filter(({ axis, start, count, step }) =>
      !(start === 0 && step === 1 && count === x.shape[axis])
    );
    if (entries.length === 0) return x;
    const shape = [...x.shape];
    for (const { axis, count } of entries) shape[axis] = count;
    const ends = entries.map(({ start, count, step }) => {
      const end = start + count * step;
      return end < 0 ? -(2 ** 31) : end;
    });
    return this.op("Slice", [
      x,
      this.integers(entries.map(({ start }) => start)),
      this.integers(ends),
      this.integers(entries.map(({ axis }) => axis)),
      this.integers(entries.map(({ step }) => step)),
    ], shape);
  }

  /** Zeros around `x`: begins of all axes, then ends; negative ones crop. */
  pad(x: Value, pads: readonly number[]): Value {
    if (pads.every((pad) => pad === 0)) return x;
    const rank = x.shape.length;
    const shape = x.shape.map((extent, axis) => extent + pads[axis] + pads[rank + axis]);
    return this.op("Pad", [x, this.integers(pads)], shape, { mode: "constant" });
  }

  /** Joins values along one axis. */
  concat(list: readonly Value[], axis: number): Value {
    if (list.length === 1) return list[0];
    const shape = [...list[0].shape];
    shape[axis] = list.reduce((sum, value) => sum + value.shape[axis], 0);
    return this.op("Concat", list, shape, { axis });
  }

  /** Matrix product of the last two axes, batch axes broadcast. */
  matMul(a: Value, b: Value): Value {
    const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))!;
    return this.op("MatMul", [a, b], [...batch, a.shape.at(-2)!, b.shape.at(-1)!]);
  }

  /** Matrix product of two matrices, each as it is or transposed. */
  gemm(a: Value, b: Value, { transA = false, transB = false } = {}): Value {
    const shape = [a.shape[transA ? 1 : 0], b.shape[transB ? 0 : 1]];
    return this.op("Gemm", [a, b], shape, { transA: Number(transA), transB: Number(transB) });
  }

  /** A reduction, e.g. `"ReduceSum"`, along some axes. */
  reduce(op: string, x: Value, axes: readonly number[], keepdims = false): Value {
    if (axes.length === 0) return x;
    const shape = keepdims
      ? x.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent)
      : x.shape.filter((_, axis) => !axes.includes(axis));
    return this.op(op, [x, this.integers(axes)], shape, { keepdims: Number(keepdims) });
  }

  /** Broadcasts to a shape. */
  expand(x: Value, shape: Shape): Value {
    if (`${x.shape}` === `${shape}`) return x;
    return this.op("Expand", [x, this.integers(shape)], shape);
  }

  /** Sums a gradient over the axes along which a value of `shape` was broadcast. */
  sumTo(gradient: Value, shape: Shape): Value {
    if (`${gradient.shape}` === `${shape}`) return gradient;
    const added = gradient.shape.length - shape.length;
    const axes = gradient.shape.flatMap((extent, axis) =>
      axis < added || (shape[axis - added] === 1 && extent !== 1) ? [axis] : []
    );
    return this.reshape(this.reduce("ReduceSum", gradient, axes), shape);
  }

  /** Gives a value the name under which a run returns it. */
  name(x: Value, name: string): Value {
    const free = this.#names.free(name);
    this.#nodes.push({ name: free, opType: "Identity", input: [x.name], output: [free] });
    return { name: free, shape: x.shape };
  }

  /** The graph as an ONNX file that returns `outputs`. */
  encode(name: string, outputs: readonly Value[]): Uint8Array<ArrayBuffer> {
    const graph = GraphProto.create({
      name,
      input: this.#inputs.map(valueInfoProto),
      output: outputs.map(valueInfoProto),
      node: inFileOrder(this.#nodes),
      initializer: this.#constants,
    });
    return Uint8Array.from(
      ModelProto.encode({
        irVersion: 9,
        producerName: "kerf",
        opsetImport: [{ domain: "", version: OPSET }],
        graph,
      }).finish(),
    );
  }
}
