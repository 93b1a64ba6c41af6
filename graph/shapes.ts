/**
 * Shape inference: the static shape of every value of a model. It is also the check that a model
 * is well formed, so rewrites and readers end with it.
 *
 * @module
 */

import type { ConvNode, FlattenNode, GemmNode, MaxPoolNode, Model, Node } from "./model.ts";
import { type Shape, sizeOf } from "./tensor.ts";

/**
 * Shapes of all values of `model` by name: graph inputs, weights and node outputs.
 *
 * @throws {RangeError} when a node reads a value that does not exist yet, a name is defined twice,
 * shapes do not fit, or a graph output is missing or declared with another shape.
 */
export function inferShapes(model: Model): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  const define = (name: string, shape: Shape, what: string) => {
    if (shapes.has(name)) {
      throw new RangeError(
        `Cannot infer shapes of model "${model.name}" as names of values must be unique: ` +
          `current value is "${name}", defined again by ${what}`,
      );
    }
    shapes.set(name, shape);
  };
  for (const { name, shape } of model.inputs) define(name, shape, "an input");
  for (const [name, weight] of model.weights) define(name, weight.shape, "a weight");
  for (const node of model.nodes) {
    const inputs = node.inputs.map((name) => {
      const shape = shapes.get(name);
      if (shape) return shape;
      refuse(node, `input "${name}"`, "defined before it is read", "undefined");
    });
    define(node.outputs[0], outputShape(node, inputs), `node "${node.name}"`);
  }
  for (const { name, shape } of model.outputs) {
    const actual = shapes.get(name);
    if (actual === undefined || String(actual) !== String(shape)) {
      throw new RangeError(
        `Cannot infer shapes of model "${model.name}" as output "${name}" must be [${shape}]: ` +
          `current value is ${actual ? `[${actual}]` : "undefined"}`,
      );
    }
  }
  return shapes;
}

/**
 * Shape of the output of one node.
 *
 * @param inputs shapes of `node.inputs`, in that order
 * @throws {RangeError} naming the node, the value and what was expected.
 */
export function outputShape(node: Node, inputs: readonly Shape[]): Shape {
  switch (node.op) {
    case "Conv":
      return convShape(node, inputs);
    case "Gemm":
      return gemmShape(node, inputs);
    case "MaxPool":
      return maxPoolShape(node, inputs);
    case "Flatten":
      return flattenShape(node, inputs);
    case "Relu":
      expectInputs(node, inputs, 1, 1);
      return inputs[0];
  }
}

function convShape(node: ConvNode, inputs: readonly Shape[]): Shape {
  expectInputs(node, inputs, 2, 3);
  const [x, weight, bias] = inputs;
  const { kernel_shape, strides, pads, dilations, group } = node.attributes;
  const spatial = kernel_shape.length;
  expectRank(node, 0, x, spatial + 2);
  const [batch, channels, ...extents] = x;
  const [filters] = weight;
  if (!(Number.isInteger(group) && group >= 1 && channels % group === 0 && filters % group === 0)) {
    refuse(node, "group", `a divisor of ${channels} channels and ${filters} filters`, `${group}`);
  }
  expectShape(node, 1, weight, [filters, channels / group, ...kernel_shape]);
  if (bias) expectShape(node, 2, bias, [filters]);
  return [batch, filters, ...windowExtents(node, extents, kernel_shape, strides, pads, dilations)];
}

function gemmShape(node: GemmNode, inputs: readonly Shape[]): Shape {
  expectInputs(node, inputs, 2, 3);
  const [x, weight, bias] = inputs;
  expectRank(node, 0, x, 2);
  expectShape(node, 1, weight, [weight[0], x[1]]);
  if (bias) expectShape(node, 2, bias, [weight[0]]);
  return [x[0], weight[0]];
}

function maxPoolShape(node: MaxPoolNode, inputs: readonly Shape[]): Shape {
  expectInputs(node, inputs, 1, 1);
  const { kernel_shape, strides, pads } = node.attributes;
  expectRank(node, 0, inputs[0], kernel_shape.length + 2);
  const [batch, channels, ...extents] = inputs[0];
  const wide = pads.findIndex((pad, i) => pad >= kernel_shape[i % kernel_shape.length]);
  if (wide >= 0) {
    refuse(node, "pads", `smaller than the kernel [${kernel_shape}]`, `[${pads}]`);
  }
  return [batch, channels, ...windowExtents(node, extents, kernel_shape, strides, pads)];
}

function flattenShape(node: FlattenNode, inputs: readonly Shape[]): Shape {
  expectInputs(node, inputs, 1, 1);
  const { axis } = node.attributes;
  const rank = inputs[0].length;
  if (!(Number.isInteger(axis) && Math.abs(axis) <= rank)) {
    refuse(node, "axis", `an integer in [${-rank}, ${rank}]`, `${axis}`);
  }
  const split = axis < 0 ? axis + rank : axis;
  return [sizeOf(inputs[0].slice(0, split)), sizeOf(inputs[0].slice(split))];
}

/** Output extents of a sliding window: `floor((in + pads - dilated kernel) / stride) + 1`. */
function windowExtents(
  node: ConvNode | MaxPoolNode,
  extents: Shape,
  kernel: Shape,
  strides: readonly number[],
  pads: readonly number[],
  dilations: readonly number[] = kernel.map(() => 1),
): number[] {
  const spatial = kernel.length;
  const lists = { kernel_shape: kernel, strides, dilations, pads };
  for (const [name, list] of Object.entries(lists)) {
    const [count, least] = name === "pads" ? [2 * spatial, 0] : [spatial, 1];
    if (list.length !== count || !list.every((v) => Number.isInteger(v) && v >= least)) {
      refuse(node, name, `${count} integers, at least ${least}`, `[${list}]`);
    }
  }
  return extents.map((extent, axis) => {
    const padded = extent + pads[axis] + pads[axis + spatial];
    const window = (kernel[axis] - 1) * dilations[axis] + 1;
    if (window > padded) {
      refuse(
        node,
        `input "${node.inputs[0]}"`,
        `at least ${window} long on spatial axis ${axis}, padding included`,
        `${padded}`,
      );
    }
    return Math.floor((padded - window) / strides[axis]) + 1;
  });
}

function refuse(node: Node, what: string, expected: string, current: string): never {
  throw new RangeError(
    `Cannot infer the shape of ${node.op} "${node.name}" as ${what} must be ${expected}: ` +
      `current value is ${current}`,
  );
}

function expectInputs(node: Node, inputs: readonly Shape[], least: number, most: number) {
  if (inputs.length < least || inputs.length > most || node.outputs.length !== 1) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    const current = `${inputs.length} and ${node.outputs.length}`;
    refuse(node, "the numbers of inputs and outputs", `${range} and 1`, current);
  }
}

function expectRank(node: Node, input: number, shape: Shape, rank: number) {
  if (shape.length !== rank) {
    refuse(node, `input "${node.inputs[input]}"`, `of rank ${rank}`, `[${shape}]`);
  }
}

function expectShape(node: Node, input: number, shape: Shape, expected: Shape) {
  if (String(shape) !== String(expected)) {
    refuse(node, `input "${node.inputs[input]}"`, `[${expected}]`, `[${shape}]`);
  }
}
