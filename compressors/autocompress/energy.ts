/**
 * How much weight energy pruning keeps: the quick evaluation where there is no accuracy to ask for.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { ChannelLink } from "../channels.ts";
import { filterScores } from "../filters.ts";
import { findScheme } from "../sparsity/schemes.ts";
import { groupScores } from "../sparsity/scores.ts";
import { rankDescending } from "../sparsity/topk.ts";

/** Energy that a layer keeps, as fractions of its whole: entry k is that of the best k. */
export interface LayerEnergy {
  /** Filters by norm, best first. */
  readonly order: Uint32Array;
  /** Of the best k filters. */
  readonly filters: Float64Array;
  /** Of the input channels that the producer's best k filters make; absent for the model's input. */
  readonly inputs?: Float64Array;
  /** Of the best k columns of the whole layer. */
  readonly columns: Float64Array;
}

/** Energies of all layers, measured once. */
export function layerEnergies(model: Model, links: readonly ChannelLink[]): LayerEnergy[] {
  const orders = links.map((link) => rankDescending(filterScores(model, link, "l2")));
  return links.map((link, i) => {
    const weight = model.weights.get(link.node.inputs[1])!;
    const layout = findScheme("column").layout(weight.shape, { filters: 1, channels: 1 });
    const columns = squares(groupScores(weight, layout, "l2"));
    const filters = squares(filterScores(model, link, "l2"));
    const producer = link.producer;
    return {
      order: orders[i],
      filters: prefixes(filters, orders[i]),
      inputs: producer === undefined
        ? undefined
        : prefixes(perChannel(columns, links[producer].filters), orders[producer]),
      columns: prefixes(columns, rankDescending(Float32Array.from(columns))),
    };
  });
}

/**
 * Estimated energy kept, in per cent, geometric mean over the layers: as if filters, input channels and columns
 * shared the energy independently of one another.
 *
 * @param filters Filters kept per layer.
 * @param density Fraction kept of the columns of the remaining input channels, per layer.
 */
export function estimatedEnergy(
  energies: readonly LayerEnergy[],
  links: readonly ChannelLink[],
  filters: readonly number[],
  density: readonly number[],
): number {
  return geometricMean(energies.map((energy, i) => {
    const producer = links[i].producer;
    const inputs = producer === undefined ? 1 : at(energy.inputs!, filters[producer]);
    const columns = at(energy.columns, density[i] * (energy.columns.length - 1));
    return at(energy.filters, filters[i]) * inputs * columns;
  }));
}

/** Energy that `compressed` keeps of `dense`, in per cent, geometric mean over the layers: exact. */
export function keptEnergy(
  dense: Model,
  compressed: Model,
  links: readonly ChannelLink[],
): number {
  const energy = (model: Model, { node }: ChannelLink) => {
    const { data } = model.weights.get(node.inputs[1])!;
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
    return sum;
  };
  return geometricMean(links.map((link) => {
    const whole = energy(dense, link);
    return whole === 0 ? 1 : energy(compressed, link) / whole;
  }));
}

/** In per cent. The signal passes through all layers, so one that is nearly empty spoils the rest. */
function geometricMean(parts: readonly number[]): number {
  const logs = parts.reduce((sum, part) => sum + Math.log(part), 0);
  return 100 * Math.exp(logs / parts.length);
}

const squares = (norms: Float32Array) => Float64Array.from(norms, (norm) => norm * norm);

/** Sums of `columns` over equal runs, one for each of `channels`. */
function perChannel(columns: Float64Array, channels: number): Float64Array {
  const run = columns.length / channels;
  return Float64Array.from(
    { length: channels },
    (_, c) => columns.subarray(c * run, (c + 1) * run).reduce((a, b) => a + b, 0),
  );
}

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
