/**
 * Which layers of a model a method may touch.
 *
 * @module
 */

import { hasWeights } from "../graph/costs.ts";
import type { ConvNode, GemmNode, Model } from "../graph/model.ts";
import type { Support } from "./compressor.ts";

/** A layer with weights. */
export type WeightedNode = ConvNode | GemmNode;

/** Options of {@link prunableLayers}. */
export interface PrunableLayersOptions {
  /**
   * Whether fully connected layers take part.
   *
   * @default {false}
   */
  readonly fullyConnected?: boolean;
}

/**
 * The layers that pruning may touch: all but the first convolution and the heads (layers whose
 * result leaves the model with no layer with weights after it), which the configurations of RT3D
 * and YOLObile leave dense; grouped convolutions; and weights that several layers share.
 */
export function prunableLayers(
  model: Model,
  { fullyConnected = false }: PrunableLayersOptions = {},
): WeightedNode[] {
  const weighted = model.nodes.filter(hasWeights);
  const first = weighted.find(({ op }) => op === "Conv");
  const heads = headsOf(model);
  return weighted.filter((node) =>
    node !== first && !heads.has(node) &&
    (node.op === "Conv" ? node.attributes.group === 1 : fullyConnected) &&
    ownsWeights(model, node)
  );
}

/** Whether no other layer reads the weight or the bias of a layer. */
export function ownsWeights({ nodes }: Model, node: WeightedNode): boolean {
  const [, ...own] = node.inputs;
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

function headsOf(model: Model): Set<WeightedNode> {
  const heads = new Set<WeightedNode>();
  const leaving = new Set(model.outputs.map(({ name }) => name));
  for (const node of model.nodes.toReversed()) {
    if (!node.outputs.some((name) => leaving.has(name))) continue;
    if (hasWeights(node)) heads.add(node);
    else node.inputs.forEach((name) => leaving.add(name));
  }
  return heads;
}
