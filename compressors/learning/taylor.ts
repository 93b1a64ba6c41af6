/**
 * Importance of groups to first order: by how much the loss would change without them.
 *
 * @module
 */

import { groupGrid, groupSizes, spreadGroups } from "../../graph/structure.ts";
import type { GroupLayout } from "../../graph/structure.ts";
import { sizeOf, type Tensor, values } from "../../graph/tensor.ts";
import type { Model } from "../../graph/model.ts";
import type { ChannelPlan } from "../channels.ts";
import { bundleParts } from "../filters.ts";

/** Mean gradients of the loss by name of the weight. */
export type Gradients = ReadonlyMap<string, Float32Array>;

/** Options of {@linkcode taylorScores} and {@linkcode taylorBundleScores}. */
export interface TaylorOptions {
  /** Divide by the number of weights, so that groups of different sizes compare. @default {false} */
  readonly normalised?: boolean;
}

/**
 * `|sum_G w * dL/dw|` of the groups that `layout` lays over `weight` `[M, N, K...]`: `[P, Q,
 * positions]` row-major.
 *
 * @param gradient As many values as the weight has.
 */
export function taylorScores(
  weight: Tensor,
  layout: GroupLayout,
  gradient: Float32Array,
  { normalised = false }: TaylorOptions = {},
): Float32Array {
  const { shape } = weight, w = values(weight);
  const { groups } = groupGrid(shape, layout);
  const places = Uint32Array.from({ length: groups }, (_, g) => g);
  const group = spreadGroups(places, shape, layout, new Uint32Array(sizeOf(shape)));
  const sums = new Float64Array(groups);
  for (let i = 0; i < w.length; i++) sums[group[i]] += w[i] * gradient[i];
  const sizes = normalised ? groupSizes(shape, layout) : undefined;
  return Float32Array.from(sums, (sum, g) => Math.abs(sum) / (sizes?.[g] ?? 1));
}

/**
 * `|sum w * dL/dw|` over all that makes the channels of a bundle: weights of filters in all layers that
 * are coupled, their biases, and scale and shift of normalizations. (The weights of a filter alone
 * say nothing where a batch normalization follows: it undoes their scale, so their sum is zero.)
 */
export function taylorBundleScores(
  model: Model,
  plan: ChannelPlan,
  gradients: Gradients,
  { normalised = false }: TaylorOptions = {},
): Float32Array {
  const { count } = plan.channels;
  const sums = new Float64Array(count), sizes = new Float64Array(count);
  for (const { weight: name, axis, bundles } of bundleParts(model, plan)) {
    const gradient = gradients.get(name), weight = model.weights.get(name)!;
    if (!gradient) continue;
    const w = values(weight), inner = sizeOf(weight.shape.slice(axis + 1));
    for (let i = 0; i < w.length; i++) {
      const bundle = bundles[Math.floor(i / inner) % bundles.length];
      sums[bundle] += w[i] * gradient[i];
      sizes[bundle]++;
    }
  }
  return Float32Array.from(
    sums,
    (sum, i) => Math.abs(sum) / (normalised ? Math.max(1, sizes[i]) : 1),
  );
}
