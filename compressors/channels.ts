/**
 * Coupled groups of channels: what filter pruning ranks and removes.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { type Channels, traceChannels } from "../graph/rewrites/channels.ts";
import { filtersOf } from "../graph/rewrites/shrink.ts";
import { cornerLayers, layersOf } from "./layers.ts";
import type { Selection } from "./selection.ts";

/**
 * Channels that the same layers make and the same weights read: they differ in their weights only.
 * Each of its bundles is one filter of every layer, or the same number of filters.
 */
export interface ChannelGroup {
  /** Layers whose filters make the channels, in the order of the model. */
  readonly layers: readonly string[];
  /** Bundles that can be removed one by one. */
  readonly bundles: Int32Array;
  /** Filters of a layer in each bundle, the fewest of all layers. */
  readonly width: number;
}

/** What can be removed of a model. */
export interface ChannelPlan {
  /** All channels. */
  readonly channels: Channels;
  /** The groups whose channels can be removed, in the order of the model. */
  readonly groups: readonly ChannelGroup[];
  /** The bundle of each filter, by name of the layer. */
  readonly filters: ReadonlyMap<string, Int32Array>;
  /** Why layers that lose no filters are left alone, by name. */
  readonly reasons: ReadonlyMap<string, string>;
}

/**
 * The groups of a model. Those that reach the first convolution, a head, a fully connected layer or
 * a layer that the user keeps are left alone together.
 */
export function channelPlan(model: Model, selection: Selection): ChannelPlan {
  const channels = traceChannels(model);
  const filters = filtersOf(model, channels);
  const corners = cornerLayers(model);
  const layers = layersOf(model);
  const own = new Map(layers.flatMap(({ name, op }) => {
    const reason = selection.reason(name) ?? corners.get(name) ??
      (op === "Gemm" || op === "MatMul" ? "fully connected" : undefined);
    return reason === undefined ? [] : [[name, reason] as const];
  }));

  const makers: string[][] = Array.from({ length: channels.count }, () => []);
  for (const [name, bundles] of filters) {
    for (const bundle of new Set(bundles)) makers[bundle].push(name);
  }
  const keys = bundleKeys(channels);
  const groups = new Map<string, number[]>();
  const reasons = new Map<string, string>();
  makers.forEach((names, bundle) => {
    const reason = channels.reason(bundle);
    const stays = names.find((name) => own.has(name));
    for (const name of names) {
      if (own.has(name)) reasons.set(name, own.get(name)!);
      else if (reason !== undefined) reasons.set(name, reason);
      else if (stays) reasons.set(name, `coupled with "${stays}", ${own.get(stays)}`);
    }
    if (names.length === 0 || reason !== undefined || stays !== undefined) return;
    const group = groups.get(keys[bundle]) ?? groups.set(keys[bundle], []).get(keys[bundle])!;
    group.push(bundle);
  });

  const widths = new Map([...filters].map(([name, bundles]) => [name, counted(bundles)]));
  const removable = [...groups.values()].filter((bundles) => bundles.length > 1).map((bundles) => ({
    layers: makers[bundles[0]],
    bundles: Int32Array.from(bundles),
    width: Math.min(...makers[bundles[0]].map((name) => widths.get(name)!.get(bundles[0])!)),
  }));
  for (const name of removable.flatMap(({ layers }) => layers)) reasons.delete(name);
  const removed = new Set(removable.flatMap(({ layers }) => layers));
  for (const { name } of layers) {
    if (removed.has(name) || reasons.has(name)) continue;
    reasons.set(
      name,
      own.get(name) ?? "it has a single channel, or its channels cannot be followed",
    );
  }
  return { channels, groups: removable, filters, reasons };
}

/** Equal for bundles that are at equally many positions of the same axes of the same weights. */
function bundleKeys({ count, weights }: Channels): string[] {
  const keys: string[][] = Array.from({ length: count }, () => []);
  let id = 0;
  for (const axes of weights.values()) {
    for (const bundles of axes) {
      id++;
      if (!bundles) continue;
      for (const [bundle, positions] of counted(bundles)) keys[bundle].push(`${id}x${positions}`);
    }
  }
  return keys.map((parts) => parts.join());
}

/** How often each bundle is in a list. */
export function counted(bundles: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const bundle of bundles) counts.set(bundle, (counts.get(bundle) ?? 0) + 1);
  return counts;
}
