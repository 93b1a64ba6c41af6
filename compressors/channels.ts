/**
 * Whose filters are whose input channels.
 *
 * @module
 */

import { hasWeights } from "../graph/costs.ts";
import type { Model, Node } from "../graph/model.ts";
import { ownsWeights, prunableLayers } from "./layers.ts";
import type { WeightedNode } from "./layers.ts";

/** One layer with weights, as a link of the graph of channels. */
export interface ChannelLink {
  /** The layer. */
  readonly node: WeightedNode;
  /** M. */
  readonly filters: number;
  /** Input channels, or input features of a fully connected layer. */
  readonly inputs: number;
  /** Whether weights of this layer may be pruned at all. */
  readonly prunable: boolean;
  /** Whether filters of this layer can be removed together with what reads them. */
  readonly removable: boolean;
  /** Index of the link whose filters are the input channels; absent for the model's input. */
  readonly producer?: number;
}

/**
 * The layers with weights in topological order, each with the layer that it reads. Filters are
 * removable of the layers that {@link prunableLayers} names, when all that reads them are layers
 * without groups and with weights of their own.
 */
export function channelLinks(model: Model): ChannelLink[] {
  const weighted = model.nodes.filter(hasWeights);
  const prunable = new Set(prunableLayers(model));
  const producerOf = new Map<string, number>();
  const fixed = new Set<number | undefined>();
  for (const node of model.nodes) {
    const producer = producerOf.get(node.inputs[0]);
    if (hasWeights(node)) {
      const grouped = node.op === "Conv" && node.attributes.group !== 1;
      if (grouped || !ownsWeights(model, node)) fixed.add(producer);
      producerOf.set(node.outputs[0], weighted.indexOf(node));
    } else if (treatsChannelsApart(node)) {
      if (producer !== undefined) producerOf.set(node.outputs[0], producer);
    } else {
      node.inputs.forEach((name) => fixed.add(producerOf.get(name)));
    }
  }
  return weighted.map((node, i) => {
    const [filters, inputs] = model.weights.get(node.inputs[1])!.shape;
    return {
      node,
      filters,
      inputs,
      prunable: prunable.has(node),
      removable: prunable.has(node) && !fixed.has(i),
      producer: producerOf.get(node.inputs[0]),
    };
  });
}

/** Whether no output of an operator without weights mixes channels, and their order is kept. */
function treatsChannelsApart(node: Node): boolean {
  return node.op === "Relu" || node.op === "MaxPool" ||
    (node.op === "Flatten" && node.attributes.axis === 1);
}
