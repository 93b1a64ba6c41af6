/**
 * Packs a weight matrix in the order in which the kernels walk it: block of channels, block of
 * rows, kept column, row of the block.
 *
 * @module
 */

import type { WeightStructure } from "../../graph/structure.ts";
import { classifyRows, cutBlocks, eachChannel, type Packing } from "./blocks.ts";
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
 *
 * @param sparsePacking How it is packed unless it keeps all columns.
 */
export function packMatrix(
  source: MatrixSource,
  channelBlock: number,
  sparsePacking: Packing = "full",
): PackedMatrix {
  const { rows: M, channels: N, taps } = source;
  const found = classifyRows(M, N, taps, source.structure);
  const whole = found.classes.every(({ columns }) => columns === N * taps);
  const packing = whole ? "full" : sparsePacking;
  const perBlock = roundedBlock(channelBlock, found.span, N);
  const channelBlocks = Math.ceil(N / perBlock);
  const { span, classes } = packing === "csr" ? eachChannel(found, taps) : found;
  const blocks = cutBlocks(classes, packing);

  const lists = new ListTable(packing === "full" || packing === "as-given");
  const listOf = new Uint32Array(channelBlocks * blocks.length);
  const groupsPerBlock = perBlock / span * taps;
  let floats = 0;
  for (let cb = 0; cb < channelBlocks; cb++) {
    const parts = classes.map(({ kept }) =>
      codedList(kept.subarray(cb * groupsPerBlock, (cb + 1) * groupsPerBlock))
    );
    blocks.forEach(({ rows, rowClass }, b) => {
      listOf[cb * blocks.length + b] = lists.add(parts[rowClass]);
      floats += parts[rowClass].entries.length * span * rows.length;
    });
  }

  const weights = new Float32Array(floats);
  const { values } = source;
  let at = 0;
  for (let cb = 0; cb < channelBlocks; cb++) {
    for (let b = 0; b < blocks.length; b++) {
      const list = lists.entries(listOf[cb * blocks.length + b]);
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

/** Channels that are walked at a time: about `wanted`, whole spans. */
function roundedBlock(wanted: number, span: number, channels: number): number {
  return Math.min(channels, Math.max(span, Math.round(wanted / span) * span));
}

/** A list of kept columns. */
interface CodedList {
  readonly entries: readonly number[];
  readonly code: Uint8Array;
  /** Equal for equal lists. */
  readonly key: string;
}

const LATIN1 = new TextDecoder("latin1");

function codedList(kept: Uint8Array): CodedList {
  const entries: number[] = [];
  for (let g = 0; g < kept.length; g++) if (kept[g]) entries.push(g);
  const code = encodeIndex(entries);
  return { entries, code, key: LATIN1.decode(code) };
}

/** Column lists; when they are shared, equal ones are stored once, so dense layers have one or two. */
class ListTable {
  readonly #lists: CodedList[] = [];
  readonly #ids = new Map<string, number>();
  readonly #shared: boolean;

  constructor(shared: boolean) {
    this.#shared = shared;
  }

  /** The number of the list in the table. */
  add(list: CodedList): number {
    const known = this.#shared ? this.#ids.get(list.key) : undefined;
    if (known !== undefined) return known;
    const id = this.#lists.push(list) - 1;
    this.#ids.set(list.key, id);
    return id;
  }

  entries(id: number): readonly number[] {
    return this.#lists[id].entries;
  }

  tables(): Pick<PackedMatrix, "listStart" | "listEntries" | "index"> {
    const lists = this.#lists;
    const listStart = new Uint32Array(lists.length + 1);
    lists.forEach(({ code }, i) => listStart[i + 1] = listStart[i] + code.length);
    const index = new Uint8Array(listStart[lists.length]);
    lists.forEach(({ code }, i) => index.set(code, listStart[i]));
    return { listStart, listEntries: Uint32Array.from(lists, (l) => l.entries.length), index };
  }
}
