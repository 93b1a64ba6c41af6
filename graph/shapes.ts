/**
 * Shape inference: the static shape of every value of a model. It is also the check that a model
 * is well formed, so rewrites and readers end with it.
 *
 * @module
 */

import type { Model, Node } from "./model.ts";
import {
  binaryShape,
  channelNormShape,
  lrnShape,
  reduceShape,
  softmaxShape,
  unaryShape,
} from "./shapes/elementwise.ts";
import { misshapen, refuse } from "./shapes/expect.ts";
import {
  concatShape,
  expandShape,
  flattenShape,
  padShape,
  reshapeShape,
  resizeShape,
  sliceShape,
  splitShapes,
  transposeShape,
} from "./shapes/movement.ts";
import { gemmShape, matMulShape } from "./shapes/products.ts";
import { convShape, convTransposeShape, globalPoolShape, poolShape } from "./shapes/windows.ts";
import type { Shape } from "./tensor.ts";

/**
 * Shapes of all values of `model` by name: graph inputs, weights and node outputs.
 *
 * @throws {RangeError} when a node reads a value that does not exist yet, the name of a value or a
 * node is there twice, shapes do not fit, a value is empty or has more than 2^31 elements, or a
 * graph output is missing or declared with another shape.
 */
export function inferShapes(model: Model): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  const define = (name: string, shape: Shape, what: string) => {
    if (shapes.has(name)) {
      refuseModel(model, "names of values", "unique", `"${name}", defined again by ${what}`);
    }
    shapes.set(name, shape);
  };
  for (const [name, shape, what] of sources(model)) {
    const wrong = misshapen(shape);
    if (wrong) refuseModel(model, `${what} "${name}"`, wrong.expected, wrong.current);
    define(name, shape, `an ${what}`);
  }
  const names = new Set<string>();
  for (const node of model.nodes) {
    if (names.has(node.name)) refuseModel(model, "names of nodes", "unique", `"${node.name}"`);
    names.add(node.name);
    const inputs = node.inputs.map((name) =>
      shapes.get(name) ?? refuse(node, `input "${name}"`, "defined before it is read", undefined)
    );
    const outputs = outputShapes(node, inputs);
    node.outputs.forEach((name, i) => define(name, outputs[i], `node "${node.name}"`));
  }
  for (const { name, shape } of model.outputs) {
    const actual = shapes.get(name);
    if (actual === undefined || String(actual) !== String(shape)) {
      refuseModel(model, `output "${name}"`, `[${shape}]`, actual ? `[${actual}]` : "undefined");
    }
  }
  return shapes;
}

/**
 * Shapes of the outputs of one node.
 *
 * @param inputs shapes of `node.inputs`, in that order
 * @throws {RangeError} naming the node, the value and what was expected.
 */
export function outputShapes(node: Node, inputs: readonly Shape[]): readonly Shape[] {
  const outputs = node.op === "Split" ? splitShapes(node, inputs) : [outputShape(node, inputs)];
  outputs.forEach((shape, i) => {
    const wrong = misshapen(shape);
    if (wrong) refuse(node, `output "${node.outputs[i]}"`, wrong.expected, wrong.current);
  });
  return outputs;
}

/** Shape of the only output of a node. */
function outputShape(node: Exclude<Node, { readonly op: "Split" }>, inputs: readonly Shape[]) {
  switch (node.op) {
    case "Conv":
      return convShape(node, inputs);
    case "ConvTranspose":
      return convTransposeShape(node, inputs);
    case "Gemm":
      return gemmShape(node, inputs);
    case "MatMul":
      return matMulShape(node, inputs);
    case "MaxPool":
    case "AveragePool":
    case "LpPool":
      return poolShape(node, inputs);
    case "GlobalAveragePool":
    case "GlobalMaxPool":
      return globalPoolShape(node, inputs);
    case "BatchNormalization":
    case "InstanceNormalization":
      return channelNormShape(node, inputs);
    case "LRN":
      return lrnShape(node, inputs);
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
    case "Pow":
    case "Max":
    case "Min":
    case "PRelu":
      return binaryShape(node, inputs);
    case "Softmax":
    case "LogSoftmax":
      return softmaxShape(node, inputs);
    case "ReduceMean":
    case "ReduceSum":
    case "ReduceMax":
    case "ReduceMin":
    case "ReduceProd":
    case "ReduceSumSquare":
    case "ReduceL1":
    case "ReduceL2":
      return reduceShape(node, inputs);
    case "Concat":
      return concatShape(node, inputs);
    case "Slice":
      return sliceShape(node, inputs);
    case "Reshape":
      return reshapeShape(node, inputs);
    case "Flatten":
      return flattenShape(node, inputs);
    case "Transpose":
      return transposeShape(node, inputs);
    case "Pad":
      return padShape(node, inputs);
    case "Resize":
      return resizeShape(node, inputs);
    case "Expand":
      return expandShape(node, inputs);
    default:
      return unaryShape(node, inputs);
  }
}

/** Values that are there before any node runs. */
function* sources(model: Model): Generator<readonly [name: string, Shape, what: string]> {
  for (const { name, shape } of model.inputs) yield [name, shape, "input"];
  for (const [name, { shape }] of model.weights) yield [name, shape, "initializer"];
}

function refuseModel(model: Model, what: string, expected: string, current: string): never {
  throw new RangeError(
    `Cannot infer shapes of model "${model.name}" as ${what} must be ${expected}: ` +
      `current value is ${current}`,
  );
}
