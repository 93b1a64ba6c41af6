/**
 * What a model costs by count: multiply-accumulates, parameters, activations.
 *
 * @module
 */

import type { ConvNode, GemmNode, Model, Node } from "./model.ts";
import { inferShapes } from "./shapes.ts";
import { keptWeights } from "./structure.ts";
import { type Shape, sizeOf } from "./tensor.ts";

/** Counts of one node. Operators without weights have 0 MACs and 0 parameters. */
export interface LayerCosts {
  /** Name of the node. */
  readonly name: string;
  /** ONNX operator type. */
  readonly op: Node["op"];
  /** Shape of the first input, batch included. */
  readonly input: Shape;
  /** Shape of the output, batch included. */
  readonly output: Shape;
  /** Elements of the weight tensor, bias apart. */
  readonly weights: number;
  /** Weights and biases. */
  readonly denseParams: number;
  /** The same, but of a structured weight only what is kept. */
  readonly params: number;
  /** Multiply-accumulates: weights times output positions; comparisons and bias count 0. */
  readonly denseMacs: number;
  /** The same, but of a structured weight only what is kept. */
  readonly macs: number;
}

/** Counts of a model. A weight that several nodes share is one set of parameters. */
export interface ModelCosts {
  /** One entry per node, in the order of the graph. */
  readonly layers: readonly LayerCosts[];
  /** All weights and biases. */
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
 * @throws {RangeError} when the model's shapes do not fit.
 */
export function modelCosts(model: Model): ModelCosts {
  const shapes = inferShapes(model);
  const kept = new Map<string, number>();
  for (const [name, { shape }] of model.weights) {
    const structure = model.structures.get(name);
    kept.set(name, structure ? keptWeights(shape, structure) : sizeOf(shape));
  }

  const layers = model.nodes.map((node): LayerCosts => {
    const input = shapes.get(node.inputs[0])!;
    const output = shapes.get(node.outputs[0])!;
    const costs = { name: node.name, op: node.op, input, output };
    if (!hasWeights(node)) {
      return { ...costs, weights: 0, denseParams: 0, params: 0, denseMacs: 0, macs: 0 };
    }
    const [, weight, bias] = node.inputs;
    const weights = sizeOf(shapes.get(weight)!);
    const biases = bias ? sizeOf(shapes.get(bias)!) : 0;
    // Every weight is used once at each output position of its filter.
    const positions = sizeOf(output) / output[1];
    const keptHere = kept.get(weight) ?? weights;
    return {
      ...costs,
      weights,
      denseParams: weights + biases,
      params: keptHere + biases,
      denseMacs: weights * positions,
      macs: keptHere * positions,
    };
  });

  const total = (of: (layer: LayerCosts) => number) =>
    layers.reduce((sum, layer) => sum + of(layer), 0);
  return {
    layers,
    denseParams: [...model.weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    params: [...kept.values()].reduce((sum, n) => sum + n, 0),
    denseMacs: total(({ denseMacs }) => denseMacs),
    macs: total(({ macs }) => macs),
    outputElements: total(({ output }) => sizeOf(output)),
  };
}

/** Whether a node is a layer with weights: a convolution or a fully connected layer. */
export function hasWeights(node: Node): node is ConvNode | GemmNode {
  return node.op === "Conv" || node.op === "Gemm";
}
