/**
 * Which layers of a model a method may touch.
 *
 * @module
 */

import { hasWeights } from "../graph/costs.ts";
import type { ConvNode, ConvTransposeNode, GemmNode, MatMulNode, Model } from "../graph/model.ts";
import type { Shape } from "../graph/tensor.ts";
import type { Support } from "./compressor.ts";

/** A layer whose weight is filters by channels. */
export type WeightedNode = ConvNode | GemmNode;

/** A layer with a weight of any form. */
export type LayerNode = WeightedNode | ConvTransposeNode | MatMulNode;

/** Options of {@link prunableLayers}. */
export interface PrunableLayersOptions {
  /**
   * Whether fully connected layers take part.
   *
   * @default {false}
   */
  readonly fullyConnected?: boolean;
}

/** The layers of a model, in its order: whatever multiplies values by a weight. */
export function layersOf({ nodes, weights }: Model): LayerNode[] {
  return nodes.filter((node): node is LayerNode =>
    hasWeights(node) || node.op === "ConvTranspose" ||
    (node.op === "MatMul" && node.inputs.some((name) => weights.has(name)))
  );
}

/**
 * The layers that pruning may touch: all but the first convolution and the heads (layers whose
 * result leaves the model with no layer after it), which the configurations of RT3D and YOLObile
 * leave dense; depthwise convolutions; and weights that several layers share.
 */
export function prunableLayers(
  model: Model,
  options: PrunableLayersOptions = {},
): WeightedNode[] {
  const reasons = untouchedLayers(model, options);
  return model.nodes.filter(hasWeights).filter(({ name }) => !reasons.has(name));
}

/** Why layers that are not {@link prunableLayers} are left alone, by name. */
export function untouchedLayers(
  model: Model,
  { fullyConnected = false }: PrunableLayersOptions = {},
): Map<string, string> {
  const reasons = cornerLayers(model);
  for (const node of layersOf(model)) {
    const reason = reasons.get(node.name) ?? kindReason(model, node, fullyConnected);
    if (reason !== undefined) reasons.set(node.name, reason);
  }
  return reasons;
}

/**
 * Layers that stay as they are whatever is removed of a model, by name and with the reason: the
 * first convolution, the heads and those that share a weight.
 */
export function cornerLayers(model: Model): Map<string, string> {
  const layers = layersOf(model);
  const first = layers.find(({ op }) => op === "Conv");
  const heads = headsOf(model, layers);
  return new Map(layers.flatMap((node) => {
    const reason = node === first
      ? "the first convolution"
      : heads.has(node)
      ? "a head"
      : ownsWeights(model, node)
      ? undefined
      : "it shares its weight";
    return reason === undefined ? [] : [[node.name, reason] as const];
  }));
}

function kindReason(
  model: Model,
  node: LayerNode,
  fullyConnected: boolean,
): string | undefined {
  switch (node.op) {
    case "Conv":
      return isDepthwise(model, node) ? "depthwise" : undefined;
    case "Gemm":
      return fullyConnected ? undefined : "fully connected";
    case "ConvTranspose":
      return "transposed";
    case "MatMul":
      return "a product of matrices";
  }
}

/** Extents of a layer's kernel along its spatial axes; none for a fully connected layer. */
export function kernelOf({ weights }: Model, { inputs: [, weight] }: WeightedNode): Shape {
  return weights.get(weight)!.shape.slice(2);
}

/** How many groups the filters of a layer are in; a filter reads the channels of its group only. */
export function filterGroups(node: LayerNode): number {
  return node.op === "Conv" ? node.attributes.group : 1;
}

/** Whether a layer is a grouped convolution, each of whose filters reads one channel. */
export function isDepthwise(model: Model, node: LayerNode): boolean {
  return filterGroups(node) > 1 && model.weights.get(node.inputs[1])!.shape[1] === 1;
}

/** Whether no other layer reads the weight or the bias of a layer. */
export function ownsWeights({ nodes, weights }: Model, node: LayerNode): boolean {
  const own = node.inputs.filter((name) => weights.has(name));
  return nodes.every(({ name, inputs }) =>
    name === node.name || !inputs.some((input) => own.includes(input))
  );
}

/** Answers for methods that prune: yes when some layer of a dense model may be pruned. */
export function supportsPruning(model: Model, options?: PrunableLayersOptions): Support {
  if (model.structures.size > 0) {
    return { ok: false, reason: `model "${model.name}" is already pruned` };
  }
  if (prunableLayers(model, options).length === 0) {
    return {
      ok: false,
      reason:
        `model "${model.name}" has no layer to prune besides its first convolution and its heads`,
    };
  }
  return { ok: true };
}

/**
 * Refuses a model that a method does not support.
 *
 * @throws {TypeError} with the reason.
 */
export function refuseUnsupported(id: string, support: Support): void {
  if (!support.ok) throw new TypeError(`Cannot compress by "${id}" as ${support.reason}`);
}

function headsOf(model: Model, layers: readonly LayerNode[]): Set<LayerNode> {
  const heads = new Set<LayerNode>();
  const byOutput = new Map(layers.map((node) => [node.outputs[0], node]));
  const leaving = new Set(model.outputs.map(({ name }) => name));
  for (const node of model.nodes.toReversed()) {
    if (!node.outputs.some((name) => leaving.has(name))) continue;
    const layer = byOutput.get(node.outputs[0]);
    if (layer) heads.add(layer);
    else node.inputs.forEach((name) => leaving.add(name));
  }
  return heads;
}
