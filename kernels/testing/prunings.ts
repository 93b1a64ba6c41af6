/**
 * The table of sparsity patterns that every network of the tests is pruned by.
 *
 * @module
 */

import { project } from "../../compressors/sparsity/mask.ts";
import { findScheme, parseBlock } from "../../compressors/sparsity/schemes.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { groupGrid, type WeightStructure } from "../../graph/structure.ts";
import type { Shape } from "../../graph/tensor.ts";

/** Which groups of a weight to keep. */
export interface Pruning {
  /** Scheme, block and density. */
  readonly name: string;
  /** The structure of a weight of `shape`; absent for dense. */
  structure?(shape: Shape, random: Random): WeightStructure;
}

/** Keeps groups of a scheme at random; `keeps` may decide otherwise for a group. */
function pruning(
  scheme: string,
  block: string,
  density: number,
  keeps: (g: number, random: Random) => boolean = (_, random) => random.uniform() < density,
): Pruning {
  return {
    name: [scheme, block, density].filter((part) => part !== "").join(" "),
    structure(shape, random) {
      const layout = findScheme(scheme).layout(shape, parseBlock(block || "1x1"));
      const kept = Uint8Array.from(
        { length: groupGrid(shape, layout).groups },
        (_, g) => Number(keeps(g, random)),
      );
      return { scheme, layout, kept };
    },
  };
}

/** The patterns: every scheme, several blocks and densities, and the extremes. */
export const PRUNINGS: readonly Pruning[] = [
  { name: "dense" },
  pruning("filter", "", 0.5),
  pruning("channel", "", 0.5),
  pruning("column", "", 0.4),
  pruning("vanilla", "8x4", 0.4),
  pruning("kgs", "8x4", 0.28),
  pruning("kgs", "4x4", 0.28),
  pruning("kgs", "2x2", 0.5),
  pruning("kgs", "16x4", 0.3),
  pruning("block-punched", "8x1", 0.3),
  pruning("unstructured", "", 0.6),
  pruning("unstructured", "", 0.28),
  pruning("unstructured", "", 0.05),
  { ...pruning("kgs", "8x4", 0), name: "nothing kept" },
  { ...pruning("column", "", 0, (g) => g === 0), name: "one column kept" },
];

/** The model with every weight of two axes or more pruned. */
export function prune(model: Model, { name, structure }: Pruning, seed: number): Model {
  if (!structure) return model;
  const weights = new Map(model.weights), structures = new Map<string, WeightStructure>();
  for (const [id, weight] of model.weights) {
    if (weight.shape.length < 2) continue;
    const kept = structure(weight.shape, new Random(seed, `${name}/${id}`));
    structures.set(id, kept);
    weights.set(id, project(weight, kept));
  }
  return { ...model, weights, structures };
}
