/**
 * Filter-kernel reordering: the rows of a weight matrix, grouped so that rows that keep the same
 * columns are neighbours and make full blocks, heaviest first. One algorithm serves every scheme;
 * what differs is only how many rows turn out to share a list. Parts of it can be left out, to see
 * what they bring.
 *
 * @module
 */

import type { WeightStructure } from "../../graph/structure.ts";

/** The ways to pack a sparse matrix: all that packing does, and with something left out. */
export const PACKINGS = ["full", "as-given", "own-lists", "csr"] as const;

/**
 * How a sparse matrix is packed. A matrix that keeps all columns has nothing to leave out.
 * - `"full"`: rows that keep the same columns are neighbours, heaviest first, and equal lists are
 *   stored once;
 * - `"as-given"`: rows stay in the order of the filters, and neighbours alone make blocks;
 * - `"own-lists"`: as `"full"`, but each block of rows has lists of its own;
 * - `"csr"`: compressed sparse rows. Each row is a block, in the order of the filters, with a list of
 *   its own that names every column.
 */
export type Packing = typeof PACKINGS[number];

/** Rows that share one list of kept columns. */
export interface RowClass {
  /** Filters, ascending. */
  readonly rows: readonly number[];
  /** 1 for each kept (channel group, tap): `[channels / span, taps]`. */
  readonly kept: Uint8Array;
  /** Kept (channel, tap) columns. */
  readonly columns: number;
}

/** A weight matrix's rows in classes, and the channels that one group stands for. */
export interface RowClasses {
  /** Channels in one channel group. */
  readonly span: number;
  /** Those that keep most columns first. */
  readonly classes: readonly RowClass[];
}

/** Longest span that lists use: longer ones would not fit a block of channels. */
const MAX_SPAN = 16;

/** Groups the rows of a weight `[M, N, K...]` (`taps` = product of K) by the columns they keep. */
export function classifyRows(
  M: number,
  N: number,
  taps: number,
  structure: WeightStructure | undefined,
): RowClasses {
  if (!structure) {
    const kept = new Uint8Array(N * taps).fill(1);
    const rows = Array.from({ length: M }, (_, m) => m);
    return { span: 1, classes: [{ rows, kept, columns: N * taps }] };
  }
  const { filters: gM, channels: gN, positions } = structure.layout;
  const P = Math.ceil(M / gM), Q = Math.ceil(N / gN);
  const per = positions === "each" ? taps : 1;
  const span = gN <= MAX_SPAN && N % gN === 0 ? gN : 1;
  const found = new Map<string, { rows: number[]; p: number }>();
  const text = new TextDecoder("latin1");
  for (let p = 0; p < P; p++) {
    const key = text.decode(structure.kept.subarray(p * Q * per, (p + 1) * Q * per));
    let entry = found.get(key);
    if (!entry) found.set(key, entry = { rows: [], p });
    for (let m = p * gM; m < Math.min(M, (p + 1) * gM); m++) entry.rows.push(m);
  }
  const classes = [...found.values()].map(({ rows, p }): RowClass => {
    const kept = new Uint8Array(N / span * taps);
    let columns = 0;
    for (let group = 0, at = 0; group < N / span; group++) {
      const q = Math.floor(group * span / gN);
      for (let tap = 0; tap < taps; tap++, at++) {
        kept[at] = structure.kept[(p * Q + q) * per + (per === 1 ? 0 : tap)];
        columns += kept[at] * span;
      }
    }
    return { rows, kept, columns };
  });
  classes.sort((a, b) => b.columns - a.columns || a.rows[0] - b.rows[0]);
  return { span, classes };
}

/** The same with an entry for each channel, instead of one for a group of channels. */
export function eachChannel({ span, classes }: RowClasses, taps: number): RowClasses {
  return {
    span: 1,
    classes: classes.map(({ kept, ...same }) => ({
      ...same,
      kept: Uint8Array.from(
        { length: kept.length * span },
        (_, k) => kept[Math.floor(k / taps / span) * taps + k % taps],
      ),
    })),
  };
}

/** Rows that are computed together. */
export interface RowBlock {
  /** Filters: 8, 4, 2 or 1. */
  readonly rows: readonly number[];
  /** Index of the class that they are of. */
  readonly rowClass: number;
}

/** Cuts the rows of all classes into blocks, in the order in which they are computed. */
export function cutBlocks(classes: readonly RowClass[], packing: Packing): RowBlock[] {
  const reordered = packing === "full" || packing === "own-lists";
  const runs = reordered
    ? classes.map(({ rows }, rowClass) => ({ rows, rowClass }))
    : neighbours(classes);
  return runs.flatMap(({ rows, rowClass }) => {
    const sizes = packing === "csr" ? rows.map(() => 1) : blockSizes(rows.length);
    let at = 0;
    return sizes.map((size) => ({ rows: rows.slice(at, at += size), rowClass }));
  });
}

/** Rows in the order of the filters, those together that follow each other and are of one class. */
function neighbours(classes: readonly RowClass[]): { rows: number[]; rowClass: number }[] {
  const classOf: number[] = [];
  classes.forEach(({ rows }, rowClass) => rows.forEach((row) => classOf[row] = rowClass));
  const runs: { rows: number[]; rowClass: number }[] = [];
  classOf.forEach((rowClass, row) => {
    const last = runs.at(-1);
    if (last?.rowClass === rowClass) last.rows.push(row);
    else runs.push({ rows: [row], rowClass });
  });
  return runs;
}

/** Sizes of the blocks that `rows` rows are cut into: eights, then one 4, 2, 1 as needed. */
export function blockSizes(rows: number): number[] {
  const sizes = new Array<number>(Math.floor(rows / 8)).fill(8);
  for (const size of [4, 2, 1]) if (rows & size) sizes.push(size);
  return sizes;
}
