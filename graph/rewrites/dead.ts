/**
 * Removal of channels that make no difference.
 *
 * @module
 */

import type { Model } from "../model.ts";
import { type Tensor, values } from "../tensor.ts";
import { type ChannelReader, type Channels, traceChannels } from "./channels.ts";
import { filtersOf, removeBundles } from "./shrink.ts";

/**
 * Removes channels that no weight reads, as all that read them are zero, and channels of filters
 * whose weights are all zero. The former are removed whatever they hold. The latter hold a constant,
 * their bias and what operators make of it, which is folded into the biases of the layers that read
 * them; where that is not exact, as padding lies beside it, they stay. So the result computes what
 * `model` computes. The same model comes back when there are none.
 *
 * @param layers names of layers whose filters stay, dead or not
 * @throws {RangeError} when a structure has blocks that would be cut.
 */
export function removeDeadChannels(
  model: Model,
  layers: ReadonlySet<string> = new Set(),
): Model {
  const channels = traceChannels(model, "emptied");
  const unread = marked(channels, channels.readers, model);
  const empty = marked(channels, makersOf(model, channels), model);
  const kept = new Uint8Array(channels.count).fill(1);
  for (let bundle = 0; bundle < channels.count; bundle++) {
    const dead = unread[bundle] && channels.obstacle(bundle) === undefined ||
      empty[bundle] && channels.reason(bundle) === undefined;
    if (dead) kept[bundle] = 0;
  }
  for (const [name, bundles] of filtersOf(model, channels)) {
    if (layers.has(name)) bundles.forEach((bundle) => kept[bundle] = 1);
  }
  // Where a layer would lose all its channels, one stays.
  for (const { bundles } of channels.values.values()) {
    if (bundles.every((bundle) => !kept[bundle])) kept[bundles[0]] = 1;
  }
  if (!kept.includes(0)) return model;
  return removeDeadChannels(removeBundles(model, channels, kept), layers);
}

/** The axes of weights along which the filters of layers lie, depthwise ones apart. */
function makersOf(model: Model, { weights }: Channels): ChannelReader[] {
  return model.nodes.flatMap((node) => {
    const { op, inputs: [, weight] } = node;
    const [outer, inner] = weights.get(weight) ?? [];
    if (op === "ConvTranspose" || op === "MatMul") return inner ? [{ weight, axis: 1 }] : [];
    if (!outer || !(op === "Conv" || op === "Gemm")) return [];
    // A depthwise convolution has channels of its input along the axis of its filters.
    const depthwise = op === "Conv" && node.attributes.group > 1 &&
      model.weights.get(weight)!.shape[1] === 1;
    return depthwise ? [] : [{ weight, axis: 0 }];
  });
}

/** 1 for bundles at whose positions along the given axes of weights there are only zeros. */
function marked(
  { count, weights }: Channels,
  axes: readonly ChannelReader[],
  model: Model,
): Uint8Array {
  const zero = new Uint8Array(count);
  const other = new Uint8Array(count);
  for (const { weight, axis } of axes) {
    const used = nonZero(model.weights.get(weight)!, axis);
    weights.get(weight)![axis]!.forEach((bundle, i) => (used[i] ? other : zero)[bundle] = 1);
  }
  return zero.map((bit, bundle) => bit && !other[bundle] ? 1 : 0);
}

/** 1 for positions along an axis where a tensor is not all zeros. */
function nonZero(t: Tensor, axis: number): Uint8Array {
  const inner = t.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const result = new Uint8Array(t.shape[axis]);
  const data = values(t);
  for (let start = 0, at = 0; start < data.length; start += inner, at = (at + 1) % result.length) {
    if (result[at]) continue;
    for (let i = start; i < start + inner; i++) {
      if (data[i] === 0) continue;
      result[at] = 1;
      break;
    }
  }
  return result;
}
