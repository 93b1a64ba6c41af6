/**
 * Coupled groups of filters: what they score, in which steps they go, what is told of it.
 *
 * @module
 */

import { learnedInputs } from "../graph/costs.ts";
import type { GroupNormsOptions, Norm } from "../graph/group_norms.ts";
import type { Model } from "../graph/model.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { GroupLayout } from "../graph/structure.ts";
import type { Shape } from "../graph/tensor.ts";
import type { ChannelGroup, ChannelPlan } from "./channels.ts";
import { type LayerNode, layersOf } from "./layers.ts";
import { groupScores } from "./sparsity/scores.ts";
import { rankDescending } from "./sparsity/topk.ts";
import type { Steps } from "./steps.ts";

/** Counts of filters are multiples of this unless the caller wants it otherwise: vector registers. */
export const DEFAULT_ALIGN = 8;

/**
 * Counts of bundles that a group may keep: those that make the filters of its layers multiples of
 * `align`; any where it has no more filters than that.
 */
export function groupSteps({ bundles, width }: ChannelGroup, align: number = DEFAULT_ALIGN): Steps {
  let step = 1;
  while (step * width % align !== 0) step++;
  return { step: step < bundles.length ? step : 1, most: bundles.length };
}

/**
 * Scores of all bundles: the root of the sum of squares of the norms of their filters, in all layers
 * of their groups; or the root of the mean of squares of size-normalised norms, so that bundles of
 * different groups compare.
 */
export function bundleScores(
  model: Model,
  plan: ChannelPlan,
  norm: Norm,
  { normalised = false }: GroupNormsOptions = {},
): Float32Array {
  const squares = new Float64Array(plan.channels.count);
  const filters = new Uint32Array(plan.channels.count);
  const layers = new Set(plan.groups.flatMap(({ layers }) => layers));
  for (const node of layersOf(model)) {
    if (!layers.has(node.name)) continue;
    const [, weight] = node.inputs;
    const tensor = model.weights.get(weight)!;
    const layout = filterLayout(plan, node, tensor.shape);
    const bundles = plan.channels.weights.get(weight)![filterAxis(plan, node)]!;
    groupScores(tensor, layout, norm, { normalised }).forEach((score, i) => {
      squares[bundles[i]] += score * score;
      filters[bundles[i]]++;
    });
  }
  return Float32Array.from(
    squares,
    (sum, bundle) => Math.sqrt(normalised ? sum / Math.max(1, filters[bundle]) : sum),
  );
}

/** The groups of a layer's weight `[M, N, K...]` that are one filter each, in their order. */
export function filterLayout(plan: ChannelPlan, node: LayerNode, [M, N]: Shape): GroupLayout {
  return filterAxis(plan, node) === 1
    ? { filters: M, channels: 1, positions: "all" }
    : { filters: 1, channels: N, positions: "all" };
}

/** The axis of a layer's weight along which its filters lie. */
export function filterAxis(
  { channels }: ChannelPlan,
  { op, inputs: [, weight] }: LayerNode,
): 0 | 1 {
  // Of a transposed convolution axis 0 is what it reads, unless it is depthwise.
  return op === "ConvTranspose" && channels.weights.get(weight)?.[1] ? 1 : 0;
}

/** What makes channels in one weight. */
export interface BundlePart {
  /** Name of the weight. */
  readonly weight: string;
  /** The axis along which it makes channels. */
  readonly axis: number;
  /** The bundle of each position along the axis. */
  readonly bundles: Int32Array;
}

/**
 * All that is learnt and makes the channels of bundles, in the order of the model's weights: filters of
 * all layers that are coupled, their biases, scale and shift of normalizations. (What reads the channels
 * is not among it.)
 */
export function bundleParts(model: Model, plan: ChannelPlan): BundlePart[] {
  const learnt = new Set(model.nodes.flatMap(learnedInputs));
  const axes = new Map(layersOf(model).map((node) => [node.inputs[1], filterAxis(plan, node)]));
  return [...model.weights].flatMap(([weight, { shape }]) => {
    const axis = axes.get(weight) ?? (shape.length === 1 ? 0 : undefined);
    const bundles = axis === undefined ? undefined : plan.channels.weights.get(weight)?.[axis];
    return bundles && learnt.has(weight) ? [{ weight, axis: axis!, bundles }] : [];
  });
}

/** The bundles of a group, best first. */
export function rankBundles({ bundles }: ChannelGroup, scores: Float32Array): Int32Array {
  const order = rankDescending(Float32Array.from(bundles, (bundle) => scores[bundle]));
  return Int32Array.from(order, (i) => bundles[i]);
}

/** 1 for each bundle that stays when group g keeps the first `counts[g]` of `orders[g]`. */
export function keptBundles(
  { channels }: ChannelPlan,
  orders: readonly Int32Array[],
  counts: readonly number[],
): Uint8Array {
  const kept = new Uint8Array(channels.count).fill(1);
  orders.forEach((order, g) => {
    for (const bundle of order.subarray(counts[g])) kept[bundle] = 0;
  });
  return kept;
}

/** `"keep 24 of 64 filters"`, by name of the layers that may lose some. */
export function filterDecisions(
  plan: ChannelPlan,
  dense: Model,
  pruned: Model,
): Map<string, string> {
  const layers = new Set(plan.groups.flatMap(({ layers }) => layers));
  const [before, after] = [inferShapes(dense), inferShapes(pruned)];
  return new Map(
    dense.nodes.filter(({ name }) => layers.has(name)).map(({ name, outputs: [y] }) =>
      [name, `keep ${after.get(y)![1]} of ${before.get(y)![1]} filters`] as const
    ),
  );
}
