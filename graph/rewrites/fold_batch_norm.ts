/**
 * Folds batch normalizations into the layers that they follow.
 *
 * @module
 */

import type {
  BatchNormalizationNode,
  ConvNode,
  ConvTransposeNode,
  GemmNode,
  Model,
  Node,
} from "../model.ts";
import { inferShapes } from "../shapes.ts";
import { sizeOf, type Tensor, tensor, values } from "../tensor.ts";

/** A layer that is linear in its weight, so that a factor of its output is one of its weight. */
type LinearNode = ConvNode | ConvTransposeNode | GemmNode;

/**
 * Folds each `BatchNormalization` behind a `Conv`, `ConvTranspose` or `Gemm` into the layer: with
 * `a = scale / sqrt(variance + epsilon)` of each channel, the weight becomes `a * W` and the bias
 * `a * (b - mean) + shift`, computed in float64. The layer keeps its name and writes what the
 * normalization wrote; a layer without bias gets one, `NAME.bias`. Zeros stay zeros, so structures
 * of weights stay valid.
 *
 * A normalization stays where the value between both is read by another node or is a graph output,
 * where a weight is shared or is no initializer, or where its factors are not finite.
 */
export function foldBatchNorm(model: Model): Model {
  const weights = new Map(model.weights);
  const uses = countUses(model);
  const nodes: Node[] = [];
  /** Index in `nodes` of what writes a value. */
  const writers = new Map<string, number>();

  for (const node of model.nodes) {
    const [x, ...parameters] = node.inputs;
    const at = writers.get(x);
    if (node.op === "BatchNormalization" && at !== undefined && uses.get(x) === 1) {
      const layer = nodes[at];
      const own = (name: string) => weights.has(name) && uses.get(name) === 1;
      const affine = parameters.every((name) => weights.has(name))
        ? affineOf(node, parameters.map((name) => values(weights.get(name)!)))
        : undefined;
      if (affine && isLinear(layer) && layer.inputs.slice(1).every(own)) {
        const bias = layer.inputs[2] ?? freeName(`${layer.name}.bias`, uses);
        uses.set(bias, 1);
        fold(layer, bias, affine, weights);
        const inputs = [layer.inputs[0], layer.inputs[1], bias];
        // Only inputs and outputs differ, so the kind of the node stays.
        nodes[at] = { ...layer, inputs, outputs: node.outputs } as LinearNode;
        writers.set(node.outputs[0], at);
        for (const name of parameters) {
          uses.set(name, uses.get(name)! - 1);
          if (uses.get(name) === 0) weights.delete(name);
        }
        continue;
      }
    }
    for (const name of node.outputs) writers.set(name, nodes.length);
    nodes.push(node);
  }

  if (nodes.length === model.nodes.length) return model;
  const folded: Model = { ...model, nodes, weights };
  inferShapes(folded);
  return folded;
}

/** How often each value and weight is read, as a graph output too; 0 for those that never are. */
function countUses(model: Model): Map<string, number> {
  const uses = new Map<string, number>();
  const add = (name: string, count: number) => uses.set(name, (uses.get(name) ?? 0) + count);
  for (const name of model.weights.keys()) add(name, 0);
  for (const { name } of model.inputs) add(name, 0);
  for (const { inputs, outputs } of model.nodes) {
    for (const name of inputs) add(name, 1);
    for (const name of outputs) add(name, 0);
  }
  for (const { name } of model.outputs) add(name, 1);
  return uses;
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  return taken.has(name) ? freeName(`${name}_`, taken) : name;
}

function isLinear(node: Node): node is LinearNode {
  return node.op === "Conv" || node.op === "ConvTranspose" || node.op === "Gemm";
}

/** What a normalization does to each channel: `y = factor * x + offset`. */
interface Affine {
  readonly factors: Float64Array;
  readonly offsets: Float64Array;
}

function affineOf(
  { attributes: { epsilon } }: BatchNormalizationNode,
  [scale, shift, mean, variance]: readonly Float32Array[],
): Affine | undefined {
  const factors = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c] + epsilon));
  const offsets = Float64Array.from(shift, (s, c) => s - factors[c] * mean[c]);
  return offsets.every(Number.isFinite) ? { factors, offsets } : undefined;
}

/** Puts the scaled weight and the new bias of a layer in the place of the old ones. */
function fold(layer: LinearNode, bias: string, affine: Affine, weights: Map<string, Tensor>) {
  const { factors, offsets } = affine;
  const weight = weights.get(layer.inputs[1])!;
  weights.set(layer.inputs[1], scaled(weight, channelsOf(layer, weight), factors));
  const old = weights.has(bias) ? values(weights.get(bias)!) : undefined;
  const sums = Float32Array.from(offsets, (o, c) => o + factors[c] * (old ? old[c] : 0));
  weights.set(bias, tensor(sums, [sums.length]));
}

/** Output channel of each kernel of a weight, kernels in row-major order of the first two axes. */
function channelsOf(layer: LinearNode, { shape }: Tensor): (kernel: number) => number {
  const [rows, columns] = shape;
  if (layer.op !== "ConvTranspose") return (kernel) => Math.floor(kernel / columns);
  // `[C, M / group, K...]`: rows of one group share its output channels.
  const rowsInGroup = rows / layer.attributes.group;
  return (kernel) =>
    Math.floor(Math.floor(kernel / columns) / rowsInGroup) * columns + kernel % columns;
}

function scaled(weight: Tensor, channelOf: (kernel: number) => number, factors: Float64Array) {
  const data = values(weight).slice();
  const taps = sizeOf(weight.shape.slice(2));
  for (let i = 0; i < data.length; i++) data[i] *= factors[channelOf(Math.floor(i / taps))];
  return tensor(data, weight.shape);
}
