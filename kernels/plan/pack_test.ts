import { assertEquals } from "@std/assert";
import { project } from "../../compressors/sparsity/mask.ts";
import { Random } from "../../graph/random.ts";
import { keptWeights } from "../../graph/structure.ts";
import { sizeOf, values } from "../../graph/tensor.ts";
import { randomTensor } from "../../graph/testing.ts";
import { PRUNINGS } from "../testing/prunings.ts";
import { decodeIndex } from "./index_code.ts";
import { PACKINGS } from "./blocks.ts";
import { packMatrix } from "./pack.ts";
import type { PackedMatrix } from "./plan.ts";

/** The matrix `[rows, channels * taps]` that a packed one stands for, by its documentation. */
function unpack(m: PackedMatrix): Float32Array {
  const matrix = new Float32Array(m.rows * m.channels * m.taps);
  let at = 0;
  m.listOf.forEach((list, pair) => {
    const block = pair % m.blockRows.length;
    const channelBlock = Math.floor(pair / m.blockRows.length);
    const firstRow = m.blockRows.subarray(0, block).reduce((a, b) => a + b, 0);
    const code = m.index.subarray(m.listStart[list], m.listStart[list + 1]);
    for (const group of decodeIndex(code, m.listEntries[list])) {
      const tap = group % m.taps;
      const channel = channelBlock * m.channelBlock + Math.floor(group / m.taps) * m.span;
      for (let c = channel; c < channel + m.span; c++) {
        for (let r = 0; r < m.blockRows[block]; r++) {
          matrix[(m.rowOrder[firstRow + r] * m.channels + c) * m.taps + tap] = m.weights[at++];
        }
      }
    }
  });
  assertEquals(at, m.weights.length);
  return matrix;
}

for (const { name, structure } of PRUNINGS) {
  Deno.test(`a packed matrix holds the kept weights and nothing else: ${name}`, () => {
    for (const shape of [[13, 6, 3, 3], [32, 20, 1, 1], [24, 16, 3, 1, 1], [9, 30]]) {
      const kept = structure?.(shape, new Random(5, name));
      const weight = randomTensor(shape, 1, "weight");
      const masked = kept ? project(weight, kept) : weight;
      const bias = values(randomTensor([shape[0]], 1, "bias"));
      for (const channelBlock of [1, 8, 13, 1000]) {
        const source = {
          rows: shape[0],
          channels: shape[1],
          taps: sizeOf(shape.slice(2)),
          // What the structure removes is not there, whatever its value.
          values: values(weight),
          bias,
          ...(kept && { structure: kept }),
        };
        const full = packMatrix(source, channelBlock);
        for (const packing of PACKINGS) {
          const packed = packMatrix(source, channelBlock, packing);
          assertEquals(unpack(packed), values(masked), packing);
          assertEquals(packed.weights.length, kept ? keptWeights(shape, kept) : sizeOf(shape));
          assertEquals(packed.bias, Float32Array.from(packed.rowOrder, (row) => bias[row]));
          assertEquals(packed.channelBlock % packed.span, 0);
          // Nothing but blocks of rows and their lists may differ.
          assertEquals(packed.channelBlock, full.channelBlock);
          if (!kept) assertEquals(packed, full);
        }
      }
    }
  });
}

Deno.test("equal lists are stored once: a dense matrix has one for whole blocks and one for the rest", () => {
  const pack = (channelBlock: number) =>
    packMatrix(
      { rows: 24, channels: 20, taps: 9, values: new Float32Array(24 * 180) },
      channelBlock,
    );
  assertEquals([...pack(20).listEntries], [180]);
  assertEquals([...pack(8).listEntries], [72, 36]);
  assertEquals([...pack(8).index], new Array(108).fill(0));
});

/** Four filters of two channels and two positions, of which 0, 1 and 3 keep the same: value = place + 1. */
const FOUR = {
  rows: 4,
  channels: 4,
  taps: 2,
  values: Float32Array.from({ length: 32 }, (_, i) => i + 1),
  structure: {
    scheme: "kgs",
    layout: { filters: 1, channels: 2, positions: "each" },
    // [4 filters, 2 blocks of channels, 2 positions]
    kept: Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0]),
  },
} as const;

Deno.test("a worked example: what each packing stores", () => {
  const stored = (packing: typeof PACKINGS[number]) => {
    const { blockRows, rowOrder, listOf, listEntries, index, weights, span } = packMatrix(
      FOUR,
      4,
      packing,
    );
    return { span, tables: [blockRows, rowOrder, listOf, listEntries, index, weights].map(list) };
  };
  const list = (values: ArrayLike<number>) => Array.from(values).join(" ");
  // Filter 2 keeps position 0 and 1 of channels 0 and 1, and position 0 of channels 2 and 3.
  const of2 = "17 19 18 20 21 23";
  assertEquals(stored("full"), {
    span: 2,
    tables: ["1 2 1", "2 0 1 3", "0 1 1", "3 1", "0 0 0 1", `${of2} 2 10 4 12 26 28`],
  });
  assertEquals(stored("own-lists"), {
    span: 2,
    tables: ["1 2 1", "2 0 1 3", "0 1 2", "3 1 1", "0 0 0 1 1", `${of2} 2 10 4 12 26 28`],
  });
  assertEquals(stored("as-given"), {
    span: 2,
    tables: ["2 1 1", "0 1 2 3", "0 1 0", "1 3", "1 0 0 0", `2 10 4 12 ${of2} 26 28`],
  });
  // Columns 1 and 3 of rows 0, 1 and 3; 0 1 2 3 4 6 of row 2: gaps before each.
  assertEquals(stored("csr"), {
    span: 1,
    tables: [
      ...["1 1 1 1", "0 1 2 3", "0 1 2 3", "2 2 6 2", "1 1 1 1 0 0 0 0 0 1 1 1"],
      "2 4 10 12 17 18 19 20 21 23 26 28",
    ],
  });
});

Deno.test("lists of their own are one for each block of channels and block of rows", () => {
  const { listOf, listEntries } = packMatrix(FOUR, 2, "own-lists");
  assertEquals([...listOf], [0, 1, 2, 3, 4, 5]);
  assertEquals([...listEntries], [2, 1, 1, 1, 0, 0]);
  assertEquals([...packMatrix(FOUR, 2).listEntries], [2, 1, 1, 0]);
});

Deno.test("a matrix that keeps everything has nothing to leave out", () => {
  const structure = { ...FOUR.structure, kept: new Uint8Array(16).fill(1) };
  for (const packing of PACKINGS) {
    assertEquals(packMatrix({ ...FOUR, structure }, 4, packing).listEntries.length, 1, packing);
  }
});
