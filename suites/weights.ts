/**
 * Trained weights for the networks of the suites.
 *
 * @module
 */

import type { BatchNormalizationNode, Model, Node } from "../graph/model.ts";
import { type Shape, type Tensor, tensor } from "../graph/tensor.ts";

/** Operators whose initializers are learnt. */
const LEARNT: readonly Node["op"][] = [
  "Conv",
  "ConvTranspose",
  "Gemm",
  "MatMul",
  "BatchNormalization",
  "InstanceNormalization",
  "PRelu",
];

/** Misfits that a message lists; more are counted. */
const MOST_LISTED = 12;

/** A layer with weights, and the batch normalisation that follows it. */
interface Layer {
  readonly node: Node;
  /** Initializers of the node. */
  readonly weights: readonly string[];
  /** Absent when none follows. */
  readonly norm?: BatchNormalizationNode;
}

/**
 * Gives `model` the weights of `from`, e.g. of a trained network read from ONNX. Where every weight
 * of the model has a namesake of its shape there, names decide. Elsewhere layers are paired in the
 * order of both graphs, and must be of one kind and of the same shapes; a convolution that has its
 * batch normalisation folded in leaves that of the model to add the bias and nothing else.
 *
 * Values are taken, not the structure of pruned weights: what was pruned is zero.
 *
 * @throws {RangeError} when weights do not fit; the message lists them.
 */
export function takeWeights(model: Model, from: Model): Model {
  const taken = byName(model, from) ?? byOrder(model, from);
  return { ...model, weights: new Map([...model.weights, ...taken]) };
}

type Taken = readonly (readonly [name: string, weight: Tensor])[];

function byName(model: Model, from: Model): Taken | undefined {
  const taken = [...model.weights].flatMap(([name, { shape }]) => {
    const weight = from.weights.get(name);
    return weight && sameShape(weight.shape, shape) ? [[name, weight] as const] : [];
  });
  return taken.length === model.weights.size ? taken : undefined;
}

function byOrder(model: Model, from: Model): Taken {
  const layers = layersOf(model), others = layersOf(from);
  const taken: (readonly [string, Tensor])[] = [];
  const misfits: string[] = [];
  for (let i = 0; i < Math.max(layers.length, others.length); i++) {
    const layer = layers.at(i), other = others.at(i);
    const found = layer && other && layerWeights(model, layer, from, other);
    if (found) taken.push(...found);
    else misfits.push(`${describe(model, layer)}: current value is ${describe(from, other)}`);
  }
  if (misfits.length === 0) return taken;
  const listed = misfits.slice(0, MOST_LISTED);
  if (misfits.length > listed.length) listed.push(`and ${misfits.length - listed.length} more`);
  throw new RangeError(
    `Cannot take the weights of "${from.name}" for "${model.name}" as its layers must be, in this ` +
      `order,\n  ${listed.join("\n  ")}`,
  );
}

function layersOf({ nodes, weights }: Model): Layer[] {
  const layers: Layer[] = [];
  const producers = new Map<string, number>();
  for (const node of nodes) {
    const own = node.inputs.filter((name) => weights.has(name));
    if (!LEARNT.includes(node.op) || own.length === 0) continue;
    const producer = producers.get(node.inputs[0]);
    if (node.op === "BatchNormalization" && producer !== undefined) {
      layers[producer] = { ...layers[producer], norm: node };
    } else {
      producers.set(node.outputs[0], layers.length);
      layers.push({ node, weights: own });
    }
  }
  return layers;
}

/** Weights for `layer` out of `other`, `undefined` when these do not fit. */
function layerWeights(model: Model, layer: Layer, from: Model, other: Layer): Taken | undefined {
  if (layer.node.op !== other.node.op) return undefined;
  const names = namesOf(layer), others = namesOf(other);
  const source = (name: string) => from.weights.get(name)!;
  const fits = (name: string, weight: Tensor) =>
    sameShape(model.weights.get(name)!.shape, weight.shape);
  if (names.length === others.length) {
    const taken = names.map((name, i) => [name, source(others[i])] as const);
    return taken.every(([name, weight]) => fits(name, weight)) ? taken : undefined;
  }
  const [weight, bias] = others.map(source);
  if (!layer.norm || layer.weights.length > 1 || other.norm || !bias) return undefined;
  if (!fits(layer.weights[0], weight) || !fits(layer.norm.inputs[2], bias)) return undefined;
  return [[layer.weights[0], weight], ...addingOnly(layer.norm, bias)];
}

/** Weights under which a batch normalisation adds `bias` and does nothing else. */
function addingOnly({ inputs, attributes }: BatchNormalizationNode, bias: Tensor): Taken {
  const [, scale, shift, mean, variance] = inputs;
  const filled = (value: number) => tensor(new Float32Array(bias.shape[0]).fill(value), bias.shape);
  return [
    [scale, filled(1)],
    [shift, bias],
    [mean, filled(0)],
    [variance, filled(1 - attributes.epsilon)],
  ];
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

function namesOf({ weights, norm }: Layer): readonly string[] {
  return [...weights, ...norm?.inputs.slice(1) ?? []];
}

function describe(model: Model, layer: Layer | undefined): string {
  if (!layer) return "no layer";
  const shapes = layer.weights.map((name) => `[${model.weights.get(name)!.shape.join(", ")}]`);
  const norm = layer.norm ? " and BatchNormalization" : "";
  return `${layer.node.op} "${layer.node.name}" ${shapes.join(" ")}${norm}`;
}
