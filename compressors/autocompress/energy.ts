/**
 * How much weight energy pruning keeps: the quick evaluation where there is no accuracy to ask for.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { findScheme, type Scheme } from "../sparsity/schemes.ts";
import { groupScores } from "../sparsity/scores.ts";
import { rankDescending } from "../sparsity/topk.ts";
import type { HybridLayer, HybridSpace, Kept } from "./space.ts";

/** Energy along one axis of a weight, as fractions of the whole. */
interface AxisEnergy {
  /** At positions that stay. */
  readonly fixed: number;
  /** Of each group's best k bundles: entry k. */
  readonly groups: readonly { readonly group: number; readonly best: Float64Array }[];
}

/** Energy that a layer keeps. */
export interface LayerEnergy {
  /** Along its filters. */
  readonly filters: AxisEnergy;
  /** Along its input channels. */
  readonly inputs: AxisEnergy;
  /** Of the best k columns of the whole layer: entry k. */
  readonly columns: Float64Array;
}

const ONE = { filters: 1, channels: 1 };

/**
 * Energies of all layers, measured once.
 *
 * @param orders Bundles of every group, best first.
 */
export function layerEnergies(
  model: Model,
  { plan, layers, scheme }: HybridSpace,
  orders: readonly Int32Array[],
): LayerEnergy[] {
  const place = new Map<number, { group: number; rank: number }>();
  orders.forEach((order, group) =>
    order.forEach((bundle, rank) => place.set(bundle, { group, rank }))
  );
  return layers.map(({ weight: name }) => {
    const weight = model.weights.get(name)!;
    const energyBy = (own: Scheme) =>
      squares(groupScores(weight, own.layout(weight.shape, ONE), "l2"));
    const columns = energyBy(scheme);
    const axes = plan.channels.weights.get(name);
    const along = (energy: Float64Array, bundles: Int32Array | undefined) =>
      axisEnergy(energy, bundles, place, orders);
    return {
      filters: along(energyBy(findScheme("filter")), axes?.[0]),
      inputs: along(energyBy(findScheme("channel")), axes?.[1]),
      columns: prefixes(columns, rankDescending(Float32Array.from(columns))),
    };
  });
}

function axisEnergy(
  energy: Float64Array,
  bundles: Int32Array | undefined,
  place: ReadonlyMap<number, { readonly group: number; readonly rank: number }>,
  orders: readonly Int32Array[],
): AxisEnergy {
  const whole = energy.reduce((a, b) => a + b, 0);
  const groups = new Map<number, Float64Array>();
  let fixed = whole === 0 ? 1 : 0;
  energy.forEach((e, i) => {
    const at = bundles && place.get(bundles[i]);
    if (whole === 0) return;
    if (!at) {
      fixed += e / whole;
      return;
    }
    const best = groups.get(at.group) ?? new Float64Array(orders[at.group].length + 1);
    best[at.rank + 1] += e / whole;
    groups.set(at.group, best);
  });
  for (const best of groups.values()) for (let k = 1; k < best.length; k++) best[k] += best[k - 1];
  return { fixed, groups: [...groups].map(([group, best]) => ({ group, best })) };
}

/**
 * Estimated energy kept, in per cent, geometric mean over the layers: as if filters, input channels
 * and columns shared the energy independently of one another.
 */
export function estimatedEnergy(
  energies: readonly LayerEnergy[],
  { filters, density }: Kept,
): number {
  const along = ({ fixed, groups }: AxisEnergy) =>
    groups.reduce((sum, { group, best }) => sum + at(best, filters[group]), fixed);
  return geometricMean(energies.map((energy, i) => {
    const columns = at(energy.columns, density[i] * (energy.columns.length - 1));
    return along(energy.filters) * along(energy.inputs) * columns;
  }));
}

/** Energy that `compressed` keeps of `dense`, in per cent, geometric mean over the layers: exact. */
export function keptEnergy(
  dense: Model,
  compressed: Model,
  layers: readonly HybridLayer[],
): number {
  const energy = (model: Model, { weight }: HybridLayer) => {
    const { data } = model.weights.get(weight)!;
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
    return sum;
  };
  return geometricMean(layers.map((layer) => {
    const whole = energy(dense, layer);
    return whole === 0 ? 1 : energy(compressed, layer) / whole;
  }));
}

/** In per cent. The signal passes through all layers, so one that is nearly empty spoils the rest. */
function geometricMean(parts: readonly number[]): number {
  const logs = parts.reduce((sum, part) => sum + Math.log(part), 0);
  return 100 * Math.exp(logs / parts.length);
}

const squares = (norms: Float32Array) => Float64Array.from(norms, (norm) => norm * norm);

/** Fractions of the whole that the first k of `order` hold; all 1 when there is no energy. */
function prefixes(energy: Float64Array, order: Uint32Array): Float64Array {
  const sums = new Float64Array(order.length + 1);
  order.forEach((index, k) => sums[k + 1] = sums[k] + energy[index]);
  const whole = sums[order.length];
  return whole === 0 ? sums.fill(1) : sums.map((sum) => sum / whole);
}

/** Linear interpolation between the entries around `k`. */
function at(table: Float64Array, k: number): number {
  const low = Math.floor(k), high = Math.min(low + 1, table.length - 1);
  return table[low] + (k - low) * (table[high] - table[low]);
}
