/**
 * Physical removal of channels: the filters that make them, and everything that belongs to them
 * wherever they go.
 *
 * @module
 */

import type { Model, Node } from "../model.ts";
import { inferShapes } from "../shapes.ts";
import { type ChannelAxis, type Channels, traceChannels } from "./channels.ts";
import { foldedBias } from "./channels/fold.ts";
import { cropStructure, cropTensor, type Mask } from "./crop.ts";

/**
 * Removes filters. Their channels are followed to everything that is tied to them: filters that are
 * added to them, depthwise convolutions, parameters of normalizations, weights that read them. The
 * result computes what `model` computes with the weights and biases of the removed filters, and
 * the parameters and addends of their channels, set to zero. Where zero becomes another number on
 * its way (a sigmoid makes it 1/2), that is folded into the biases of the layers that read it.
 *
 * Structures are cropped along. A block of a structure must lie wholly on one side, or span the
 * whole axis: so filter, channel, column and unstructured pruning compose with this, and block
 * schemes do where whole blocks go.
 *
 * @param kept by name of a layer: 1 for each filter that stays, 0 for each that goes; filters of
 * other layers go along when they are tied to one that goes
 * @throws {RangeError} when a layer is unknown, a mask has the wrong length or does not agree with
 * the mask of a tied layer, a layer would be left without filters, channels must stay for a reason,
 * which is named, or a structure cannot be cropped.
 */
export function removeFilters(model: Model, kept: ReadonlyMap<string, Uint8Array>): Model {
  const channels = traceChannels(model);
  const layers = filtersOf(model, channels);
  const stays = new Uint8Array(channels.count).fill(1);
  for (const [name, mask] of kept) {
    const filters = layers.get(name);
    if (!filters) refuse(name, "it", "the name of a layer with filters");
    if (mask.length !== filters.length) {
      refuse(name, "the mask", `${filters.length} long`, mask.length);
    }
    if (!mask.includes(1)) refuse(name, "the number of filters kept", "at least 1", 0);
    filters.forEach((bundle, filter) => {
      if (!mask[filter]) stays[bundle] = 0;
    });
  }
  for (const [name, filters] of layers) {
    const mask = kept.get(name);
    filters.forEach((bundle, filter) => {
      const reason = stays[bundle] ? undefined : channels.reason(bundle);
      if (reason) refuse(name, `filter ${filter}`, `left alone (${reason})`);
      if (mask?.[filter] && !stays[bundle]) {
        refuse(name, `filter ${filter}`, "removed together with those that it is tied to");
      }
    });
  }
  return removeBundles(model, channels, stays);
}

/**
 * The bundle of each filter, by name of the layer that makes it: convolutions, transposed ones,
 * fully connected layers and products with a weight.
 */
export function filtersOf(model: Model, { values }: Channels): Map<string, Int32Array> {
  return new Map(model.nodes.flatMap(({ name, op, outputs }) => {
    const made = op === "Conv" || op === "ConvTranspose" || op === "Gemm" || op === "MatMul";
    const filters = made ? values.get(outputs[0]) : undefined;
    return filters ? [[name, filters.bundles] as const] : [];
  }));
}

/**
 * Removes bundles of channels from a model.
 *
 * @param kept 1 for each bundle that stays; those that go have no reason to stay, or an obstacle of
 * none and no weight that reads them
 * @throws {RangeError} when a value would be left without channels, or a structure cannot be
 * cropped.
 */
export function removeBundles(model: Model, channels: Channels, kept: Mask): Model {
  if (!kept.includes(0)) return model;
  const mask = ({ bundles }: { readonly bundles: Int32Array }): Mask =>
    Uint8Array.from(bundles, (bundle) => kept[bundle]);
  for (const [name, axis] of channels.values) {
    if (!mask(axis).includes(1)) refuse(name, "the number of channels left", "at least 1", 0);
  }
  const weights = new Map(model.weights);
  const structures = new Map(model.structures);
  for (const [name, axes] of channels.weights) {
    const masks = axes.map((bundles) => {
      const own = bundles && mask({ bundles });
      return own?.includes(0) ? own : undefined;
    });
    if (masks.every((own) => own === undefined)) continue;
    const weight = model.weights.get(name)!;
    weights.set(name, cropTensor(weight, masks));
    const structure = structures.get(name);
    if (structure) {
      const { shape } = weight;
      structures.set(name, cropStructure({ name, shape }, structure, masks[0], masks[1]));
    }
  }
  const nodes = model.nodes.map((node) => {
    const bias = foldedBias(model, channels, node, kept);
    if (!bias) return shrinkNode(node, channels, mask);
    const name = `${node.name}.folded_bias`;
    const filters = channels.values.get(node.outputs[0]);
    weights.set(name, cropTensor(bias, [filters && mask(filters)]));
    return { ...node, inputs: [...node.inputs.slice(0, 2), name] } as Node;
  });
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  for (const name of model.weights.keys()) if (!read.has(name)) weights.delete(name);
  const shrunk: Model = { ...model, nodes, weights, structures };
  inferShapes(shrunk);
  return shrunk;
}

/** The node with attributes that fit the channels that are left. */
function shrinkNode(node: Node, { values }: Channels, mask: (x: ChannelAxis) => Mask): Node {
  const x = values.get(node.inputs[0]);
  const y = values.get(node.outputs[0]);
  if (!x || !y) return node;
  const left = (axis: ChannelAxis) => count(mask(axis));
  const withLeft = (list: readonly number[], axis: ChannelAxis) => list.with(axis.axis, left(axis));
  switch (node.op) {
    case "Conv":
    case "ConvTranspose": {
      const { group } = node.attributes;
      const depthwise = group > 1 && group === x.bundles.length;
      return depthwise ? withAttributes(node, { group: left(x) }) : node;
    }
    case "Split": {
      if (node.attributes.axis !== x.axis) return node;
      return withAttributes(node, { split: node.outputs.map((name) => left(values.get(name)!)) });
    }
    case "Slice": {
      const start = count(mask(x).subarray(0, node.attributes.starts[x.axis]));
      return withAttributes(node, {
        starts: node.attributes.starts.with(x.axis, start),
        counts: withLeft(node.attributes.counts, y),
      });
    }
    case "Reshape":
    case "Expand":
      return withAttributes(node, { shape: withLeft(node.attributes.shape, y) });
    case "Resize":
      return withAttributes(node, { sizes: withLeft(node.attributes.sizes, y) });
    default:
      return node;
  }
}

/** Some attributes changed; which ones a node has is checked where this is called. */
function withAttributes<N extends Node>(node: N, changed: Partial<N["attributes"]>): N {
  return { ...node, attributes: { ...node.attributes, ...changed } };
}

function count(mask: Mask): number {
  return mask.reduce((sum, bit) => sum + bit, 0);
}

function refuse(layer: string, what: string, expected: string, current?: number): never {
  const found = current === undefined ? "" : `: current value is ${current}`;
  throw new RangeError(
    `Cannot remove filters at "${layer}" as ${what} must be ${expected}${found}`,
  );
}
