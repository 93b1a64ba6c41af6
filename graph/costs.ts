/**
 * What a model costs by count: multiply-accumulates, parameters, activations.
 *
 * @module
 */

import type { ConvNode, GemmNode, Model, Node } from "./model.ts";
import { inferShapes } from "./shapes.ts";
import { keptWeights } from "./structure.ts";
import { type Shape, sizeOf } from "./tensor.ts";

/** Counts of one node. */
export interface LayerCosts {
  /** Name of the node. */
  readonly name: string;
  /** ONNX operator type. */
  readonly op: Node["op"];
  /** Shape of the first input, batch included. */
  readonly input: Shape;
  /** Shape of the first output, batch included. */
  readonly output: Shape;
  /** Elements of the weight tensor of a product or convolution, bias apart; 0 without one. */
  readonly weights: number;
  /** Elements of all initializers that are learned. */
  readonly denseParams: number;
  /** The same, but of a structured weight only what is kept. */
  readonly params: number;
  /** Multiply-accumulates of a product or convolution; comparisons, sums and bias count 0. */
  readonly denseMacs: number;
  /** The same, but of a structured weight only what is kept. */
  readonly macs: number;
}

/** Counts of a model. A weight that several nodes share is one set of parameters. */
export interface ModelCosts {
  /** One entry per node, in the order of the graph. */
  readonly layers: readonly LayerCosts[];
  /** Elements of all initializers that are learned. */
  readonly denseParams: number;
  /** The same, but of structured weights only what is kept. */
  readonly params: number;
  /** Sum over the layers. */
  readonly denseMacs: number;
  /** Sum over the layers. */
  readonly macs: number;
  /** Elements of the outputs of all nodes: activations written in one run. */
  readonly outputElements: number;
}

/**
 * Counts the costs of `model` per node and in total.
 *
 * Parameters are what training learns: weights and biases of `Conv`, `ConvTranspose`, `Gemm` and
 * `MatMul`, scale and shift of normalizations, slopes of `PRelu`. The running mean and variance of
 * a batch normalization are statistics, and initializers that other operators read, such as the
 * grid of anchors that a detector adds, are constants: neither counts.
 *
 * @throws {RangeError} when the model's shapes do not fit.
 */
export function modelCosts(model: Model): ModelCosts {
  const shapes = inferShapes(model);
  const kept = (name: string) => {
    const structure = model.structures.get(name);
    return structure ? keptWeights(shapes.get(name)!, structure) : sizeOf(shapes.get(name)!);
  };
  const all = new Set<string>();

  const layers = model.nodes.map((node): LayerCosts => {
    const input = shapes.get(node.inputs[0])!;
    const output = shapes.get(node.outputs[0])!;
    const learned = new Set(learnedInputs(node).filter((name) => model.weights.has(name)));
    learned.forEach((name) => all.add(name));
    const denseMacs = macsOf(node, shapes);
    const weight = denseMacs > 0 ? weightOf(node, model) : undefined;
    const weights = weight === undefined ? 0 : sizeOf(shapes.get(weight)!);
    return {
      name: node.name,
      op: node.op,
      input,
      output,
      weights,
      denseParams: sum(learned, (name) => sizeOf(shapes.get(name)!)),
      params: sum(learned, kept),
      denseMacs,
      // Each weight is used equally often, so the quotient is whole.
      macs: weight === undefined ? denseMacs : kept(weight) * (denseMacs / weights),
    };
  });

  return {
    layers,
    denseParams: sum(all, (name) => sizeOf(shapes.get(name)!)),
    params: sum(all, kept),
    denseMacs: sum(layers, ({ denseMacs }) => denseMacs),
    macs: sum(layers, ({ macs }) => macs),
    outputElements: sum(
      model.nodes.flatMap(({ outputs }) => outputs),
      (name) => sizeOf(shapes.get(name)!),
    ),
  };
}

/** Inputs of a node that are parameters when they are initializers. */
export function learnedInputs({ op, inputs }: Node): readonly string[] {
  switch (op) {
    case "Conv":
    case "ConvTranspose":
    case "Gemm":
    case "BatchNormalization":
    case "InstanceNormalization":
      return inputs.slice(1, 3);
    case "MatMul":
      return inputs;
    case "PRelu":
      return inputs.slice(1);
    default:
      return [];
  }
}

/** The weight of a node that multiplies and accumulates; none in a product of two activations. */
function weightOf({ op, inputs }: Node, model: Model): string | undefined {
  const candidates = op === "MatMul" ? inputs.toReversed() : inputs.slice(1, 2);
  return candidates.find((name) => model.weights.has(name));
}

/** Multiply-accumulates of a node, structure apart. */
function macsOf(node: Node, shapes: ReadonlyMap<string, Shape>): number {
  const [x, weight] = node.inputs.map((name) => shapes.get(name)!);
  const output = shapes.get(node.outputs[0])!;
  switch (node.op) {
    case "Conv":
    case "Gemm":
      // Every weight is used once at each output position of its filter.
      return sizeOf(weight) * (sizeOf(output) / output[1]);
    case "ConvTranspose":
      // Every weight is used once at each input position of its channel.
      return sizeOf(weight) * (sizeOf(x) / x[1]);
    case "MatMul":
      return sizeOf(output) * x[x.length - 1];
    default:
      return 0;
  }
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

/** Whether a node is a layer with weights: a convolution or a fully connected layer. */
export function hasWeights(node: Node): node is ConvNode | GemmNode {
  return node.op === "Conv" || node.op === "Gemm";
}
