/**
 * What it costs to say which weights were kept.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { groupGrid, keptWeights } from "../../graph/structure.ts";
import type { WeightStructure } from "../../graph/structure.ts";
import type { Shape } from "../../graph/tensor.ts";
import { layersOf } from "../layers.ts";
import type { Trace } from "../trace.ts";

/** Bytes that say which weights of a layer were kept, in three formats. */
export interface IndexBytes {
  /** Blocks of filters and channels. */
  readonly blocks: number;
  /** Groups that were kept. */
  readonly groups: number;
  /** Weights that were kept. */
  readonly weights: number;
  /** One bit for each position of a block, each block in whole bytes where it has positions. */
  readonly masks: number;
  /** Lists of kept positions, of blocks in an order of their own. */
  readonly lists: number;
  /** Compressed sparse rows: the column of every weight, and where rows begin. */
  readonly csr: number;
}

/**
 * Index bytes of one weight of `shape`. The compact formats index groups, whose weights share what is
 * said of them:
 * - masks: a block with `S` positions has a word of `S` bits, of 1, 2, 4, ... bytes (3x3: 9 bits in
 *   2 bytes); without positions, as for 1x1 and fully connected layers, it has one bit;
 * - lists: the order of the block rows (2 bytes each), where blocks begin (4 bytes each) and a byte
 *   for each kept position; without positions, where block rows begin and 2 bytes for each kept block.
 *
 * CSR takes 4 bytes for the column of each weight and for the beginning of each row.
 */
export function indexBytes(shape: Shape, structure: WeightStructure): IndexBytes {
  const { M, P, Q, positions } = groupGrid(shape, structure.layout);
  const blocks = P * Q, single = positions === 1;
  const groups = structure.kept.reduce((sum, bit) => sum + bit, 0);
  const weights = keptWeights(shape, structure);
  return {
    blocks,
    groups,
    weights,
    masks: single ? Math.ceil(blocks / 8) : blocks * wordBytes(positions),
    lists: 2 * P + 4 * ((single ? P : blocks) + 1) +
      groups * (single ? 2 : positions > 256 ? 2 : 1),
    csr: csrIndexBytes(weights, M),
  };
}

/** Index bytes of compressed sparse rows: 4 for the column of each weight and for each row's start. */
export function csrIndexBytes(weights: number, rows: number): number {
  return 4 * (weights + rows + 1);
}

/** The smallest word of 1, 2, 4, ... bytes that has so many bits. */
const wordBytes = (bits: number) => 2 ** Math.max(0, Math.ceil(Math.log2(bits / 8)));

/** Index bytes of every pruned layer, and of all together. */
export function indexBytesTrace(model: Model): Trace {
  const columns = ["blocks", "groups", "weights", "masks", "lists", "csr"] as const;
  const found = layersOf(model).flatMap(({ name, inputs }) => {
    const weight = inputs.find((input) => model.structures.has(input));
    if (weight === undefined) return [];
    const structure = model.structures.get(weight)!;
    return [{ name, bytes: indexBytes(model.weights.get(weight)!.shape, structure) }];
  });
  const row = (name: string, of: (column: typeof columns[number]) => number) => {
    const [blocks, groups, weights, masks, lists, csr] = columns.map(of);
    const share = weights === 0 ? 0 : 100 * Math.min(masks, lists) / (4 * weights);
    return [name, blocks, groups, weights, masks, lists, csr, 4 * weights, share];
  };
  const sum = (column: typeof columns[number]) =>
    found.reduce((total, { bytes }) => total + bytes[column], 0);
  return {
    id: "index-bytes",
    title: "Bytes that say which weights were kept, against compressed sparse rows (CSR)",
    columns: [
      "layer",
      "blocks",
      "kept groups",
      "kept weights",
      "masks (bytes)",
      "lists (bytes)",
      "CSR (bytes)",
      "values (bytes)",
      "smaller of masks and lists by values (%)",
    ],
    rows: [
      ...found.map(({ name, bytes }) => row(name, (column) => bytes[column])),
      row("sum", sum),
    ],
  };
}
