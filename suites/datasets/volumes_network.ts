/**
 * Networks that divide volumes into classes voxel by voxel: how far they see, and the same for volumes of
 * other extents.
 *
 * @module
 */

import type { Model, Node } from "../../graph/model.ts";
import { outputShapes } from "../../graph/shapes.ts";
import type { Shape } from "../../graph/tensor.ts";

/** Operators that look at one position only. */
const POSITIONAL: ReadonlySet<string> = new Set([
  "Add",
  "BatchNormalization",
  "Clip",
  "Div",
  "Dropout",
  "Elu",
  "HardSigmoid",
  "HardSwish",
  "LeakyRelu",
  "Mul",
  "PRelu",
  "Relu",
  "Sigmoid",
  "Softplus",
  "Sub",
  "Tanh",
]);

/**
 * Requires a network from one channel `[N, 1, D, H, W]` to values of classes `[N, classes, D, H, W]`.
 *
 * @returns The number of classes.
 * @throws {RangeError} when it is another one.
 */
export function voxelClassesOf({ name, inputs, outputs }: Model): number {
  const [input, ...otherInputs] = inputs, [output, ...otherOutputs] = outputs;
  const fits = otherInputs.length + otherOutputs.length === 0 && input.shape.length === 5 &&
    input.shape[1] === 1 && output.shape.length === 5 && output.shape[1] > 1 &&
    [0, 2, 3, 4].every((axis) => input.shape[axis] === output.shape[axis]);
  if (fits) return output.shape[1];
  const described = [...inputs, ...outputs].map(({ name, shape }) => `"${name}" [${shape}]`);
  throw new RangeError(
    `Cannot use "${name}" for the classes of voxels as it must have one input [N, 1, D, H, W] and one ` +
      `output [N, classes, D, H, W]: current value is ${described.join(", ")}`,
  );
}

/**
 * How many voxels away an output may depend on an input, along any axis: so far from the faces of a part
 * of a volume, outputs are what they are for the whole of it.
 *
 * @throws {RangeError} when an operator is none by which that is known; the message names it.
 */
export function contextOf(model: Model): number {
  const context = new Map(model.inputs.map(({ name }) => [name, 0]));
  for (const node of model.nodes) {
    const seen = Math.max(...node.inputs.map((name) => context.get(name) ?? 0));
    for (const name of node.outputs) context.set(name, seen + reachOf(node, model));
  }
  return Math.max(...model.outputs.map(({ name }) => context.get(name) ?? 0));
}

function reachOf(node: Node, { name }: Model): number {
  if (POSITIONAL.has(node.op)) return 0;
  const acrossChannels = node.op === "Softmax" || node.op === "LogSoftmax" || node.op === "Concat";
  if (acrossChannels && node.attributes.axis === 1) return 0;
  if (node.op === "Conv") {
    const { strides, pads, dilations, kernel_shape: kernel } = node.attributes;
    const keepsExtents = kernel.every((extent, i) =>
      strides[i] === 1 && pads[i] + pads[i + kernel.length] === dilations[i] * (extent - 1)
    );
    if (keepsExtents) return Math.max(...pads);
  }
  throw new RangeError(
    `Cannot tell how far "${name}" sees as it must be made of convolutions that keep extents and of ` +
      `operators at one position: current value is ${node.op} "${node.name}"`,
  );
}

/**
 * The same network for another volume.
 *
 * @param model Like one that {@linkcode contextOf} takes, so that shapes are in no attribute.
 * @param extents `[D, H, W]`.
 */
export function withExtents(model: Model, extents: Shape): Model {
  const shapes = new Map<string, Shape>(
    [...model.weights].map(([name, { shape }]) => [name, shape]),
  );
  const inputs = model.inputs.map(({ name, shape }) => {
    shapes.set(name, [...shape.slice(0, 2), ...extents]);
    return { name, shape: shapeOf(shapes, name) };
  });
  for (const node of model.nodes) {
    const found = outputShapes(node, node.inputs.map((name) => shapeOf(shapes, name)));
    node.outputs.forEach((name, i) => shapes.set(name, found[i]));
  }
  const outputs = model.outputs.map(({ name }) => ({ name, shape: shapeOf(shapes, name) }));
  return { ...model, inputs, outputs };
}

function shapeOf(shapes: ReadonlyMap<string, Shape>, name: string): Shape {
  const shape = shapes.get(name);
  if (shape) return shape;
  throw new TypeError(`Cannot resize a network as value "${name}" must be defined`);
}
