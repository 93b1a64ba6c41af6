/**
 * Packs a weight matrix in the order in which the kernels walk it: block of channels, block of
 * rows, kept column, row of the block.
 *
 * @module
 */

import type { WeightStructure } from "../../graph/structure.ts";
import { blockSizes, classifyRows } from "./blocks.ts";
import { encodeIndex } from "./index_code.ts";
import type { PackedMatrix } from "./plan.ts";

/** A weight as a matrix: rows of `channels * taps` values, row-major, and what was kept. */
export interface MatrixSource {
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** Kernel positions. */
  readonly taps: number;
  /** `[rows, channels * taps]`; what `structure` removes counts as zero. */
  readonly values: Float32Array;
  /** `[rows]`; absent for none. */
  readonly bias?: Float32Array;
  /** Which weights are kept; absent for all. */
  readonly structure?: WeightStructure;
}

/**
 * Packs `source`, walking about `channelBlock` channels (rounded to the span of its lists) at a
 * time.
 */
export function packMatrix(source: MatrixSource, channelBlock: number): PackedMatrix {
  const { rows: M, channels: N, taps } = source;
  const { span, classes } = classifyRows(M, N, taps, source.structure);
  const perBlock = Math.min(N, Math.max(span, Math.round(channelBlock / span) * span));
  const channelBlocks = Math.ceil(N / perBlock);

  const blocks: { rows: readonly number[]; rowClass: number }[] = [];
  classes.forEach(({ rows }, rowClass) => {
    let at = 0;
    for (const size of blockSizes(rows.length)) {
      blocks.push({ rows: rows.slice(at, at += size), rowClass });
    }
  });

  const lists = new ListTable();
  const listOf = new Uint32Array(channelBlocks * blocks.length);
  const groupsPerBlock = perBlock / span * taps;
  let floats = 0;
  for (let cb = 0; cb < channelBlocks; cb++) {
    const ids = classes.map(({ kept }) => {
      const part = kept.subarray(cb * groupsPerBlock, (cb + 1) * groupsPerBlock);
      const list: number[] = [];
      for (let g = 0; g < part.length; g++) if (part[g]) list.push(g);
      return lists.add(list);
    });
    blocks.forEach(({ rows, rowClass }, b) => {
      listOf[cb * blocks.length + b] = ids[rowClass];
      floats += lists.decoded[ids[rowClass]].length * span * rows.length;
    });
  }

  const weights = new Float32Array(floats);
  const { values } = source;
  let at = 0;
  for (let cb = 0; cb < channelBlocks; cb++) {
    for (let b = 0; b < blocks.length; b++) {
      const list = lists.decoded[listOf[cb * blocks.length + b]];
      const { rows } = blocks[b];
      const starts = rows.map((row) => row * N * taps + cb * perBlock * taps);
      for (let i = 0; i < list.length; i++) {
        const tap = list[i] % taps;
        const column = (list[i] - tap) * span + tap;
        for (let c = 0; c < span; c++) {
          const from = column + c * taps;
          for (let r = 0; r < starts.length; r++) weights[at++] = values[starts[r] + from];
        }
      }
    }
  }

  const rowOrder = Uint32Array.from(blocks.flatMap(({ rows }) => rows));
  return {
    rows: M,
    channels: N,
    taps,
    span,
    channelBlock: perBlock,
    blockRows: Uint32Array.from(blocks, ({ rows }) => rows.length),
    rowOrder,
    listOf,
    ...lists.tables(),
    weights,
    ...(source.bias && { bias: Float32Array.from(rowOrder, (row) => source.bias![row]) }),
  };
}

/** Distinct column lists: equal ones are stored once, so dense layers have one or two. */
class ListTable {
  readonly decoded: number[][] = [];
  readonly #codes: Uint8Array[] = [];
  readonly #ids = new Map<string, number>();
  readonly #text = new TextDecoder("latin1");

  add(list: number[]): number {
    const code = encodeIndex(list);
    const key = this.#text.decode(code);
    let id = this.#ids.get(key);
    if (id === undefined) {
      this.#ids.set(key, id = this.decoded.length);
      this.decoded.push(list);
      this.#codes.push(code);
    }
    return id;
  }

  tables(): Pick<PackedMatrix, "listStart" | "listEntries" | "index"> {
    const listStart = new Uint32Array(this.#codes.length + 1);
    this.#codes.forEach((code, i) => listStart[i + 1] = listStart[i] + code.length);
    const index = new Uint8Array(listStart[this.#codes.length]);
    this.#codes.forEach((code, i) => index.set(code, listStart[i]));
    return { listStart, listEntries: Uint32Array.from(this.decoded, (l) => l.length), index };
  }
}
