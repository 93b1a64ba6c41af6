/**
 * Hybrid structured pruning: filters and columns of the same layers.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { removeFilters } from "../../graph/rewrites/shrink.ts";
import { groupGrid } from "../../graph/structure.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import type { ChannelLink } from "../channels.ts";
import { project } from "../sparsity/mask.ts";
import { findScheme } from "../sparsity/schemes.ts";
import { groupScores } from "../sparsity/scores.ts";
import { topK } from "../sparsity/topk.ts";

/** A model with fewer filters and, in the filters that are left, fewer columns. */
export interface Hybrid {
  /** The pruned model; columns are structures of its weights. */
  readonly model: Model;
  /** Filters left per layer. */
  readonly filters: readonly number[];
  /** Columns kept per layer. */
  readonly columns: readonly number[];
  /** Filters removed as nothing reads them any more, in all layers. */
  readonly dead: number;
}

/**
 * Removes filters physically, then columns by mask: the columns with the smallest norm over the
 * filters that are left. A filter whose channel has lost all columns in every layer that reads it is
 * dead: to remove it, too, changes no output, and what it cost is spent on other columns.
 *
 * @param orders Filters of every layer, best first.
 * @param filters Filters kept per layer, before dead ones are removed.
 * @param columnsFor Columns kept per layer when so many filters are left.
 */
export function pruneHybrid(
  dense: Model,
  links: readonly ChannelLink[],
  orders: readonly Uint32Array[],
  filters: readonly number[],
  columnsFor: (filters: readonly number[]) => number[],
): Hybrid {
  const kept = links.map((link, i) => {
    const mask = new Uint8Array(link.filters);
    for (const filter of orders[i].subarray(0, filters[i])) mask[filter] = 1;
    return mask;
  });
  for (let dead = 0;;) {
    const left = kept.map((mask) => mask.reduce((sum, keep) => sum + keep, 0));
    const columns = columnsFor(left);
    const removed = links.flatMap(({ node, removable }, i) =>
      removable ? [[node.name, kept[i]] as const] : []
    );
    const shrunk = removeFilters(dense, new Map(removed));
    const structures = new Map(links.flatMap(({ node, prunable }, i) => {
      const structure = prunable && columnStructure(shrunk, node.inputs[1], columns[i]);
      return structure ? [[node.inputs[1], structure] as const] : [];
    }));
    const found = removeDead(shrunk, links, structures, kept);
    if (found === 0) {
      const weights = new Map(shrunk.weights);
      for (const [name, structure] of structures) {
        weights.set(name, project(weights.get(name)!, structure));
      }
      return { model: { ...shrunk, weights, structures }, filters: left, columns, dead };
    }
    dead += found;
  }
}

/** The best `count` columns of a weight; undefined when these are all. */
function columnStructure(model: Model, name: string, count: number): WeightStructure | undefined {
  const weight = model.weights.get(name)!;
  const scheme = findScheme("column");
  const layout = scheme.layout(weight.shape, { filters: 1, channels: 1 });
  const scores = groupScores(weight, layout, "l2");
  if (count === scores.length) return undefined;
  return { scheme: scheme.id, layout, kept: topK(scores, count) };
}

/** Takes filters that nothing reads out of `kept`; returns their number. */
function removeDead(
  model: Model,
  links: readonly ChannelLink[],
  structures: ReadonlyMap<string, WeightStructure>,
  kept: readonly Uint8Array[],
): number {
  let dead = 0;
  links.forEach(({ removable }, producer) => {
    if (!removable) return;
    const readers = links.filter((link) => link.producer === producer);
    const read = new Uint8Array(kept[producer].length);
    let channel = 0;
    kept[producer].forEach((keep, filter) => {
      if (!keep) return;
      read[filter] = Number(
        readers.some(({ node }) => reads(model, node.inputs[1], structures, channel)),
      );
      channel++;
    });
    read.forEach((isRead, filter) => {
      if (!kept[producer][filter] || isRead) return;
      kept[producer][filter] = 0;
      dead++;
    });
  });
  return dead;
}

/** Whether a weight has kept a column of an input channel. */
function reads(
  model: Model,
  name: string,
  structures: ReadonlyMap<string, WeightStructure>,
  channel: number,
): boolean {
  const structure = structures.get(name);
  if (!structure) return true;
  const { S } = groupGrid(model.weights.get(name)!.shape, structure.layout);
  return structure.kept.subarray(channel * S, (channel + 1) * S).includes(1);
}
