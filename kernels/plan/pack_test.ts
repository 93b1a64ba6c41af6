import { assertEquals } from "@std/assert";
import { project } from "../../compressors/sparsity/mask.ts";
import { Random } from "../../graph/random.ts";
import { keptWeights } from "../../graph/structure.ts";
import { sizeOf, values } from "../../graph/tensor.ts";
import { randomTensor } from "../../graph/testing.ts";
import { PRUNINGS } from "../testing/prunings.ts";
import { decodeIndex } from "./index_code.ts";
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
        const packed = packMatrix({
          rows: shape[0],
          channels: shape[1],
          taps: sizeOf(shape.slice(2)),
          // What the structure removes is not there, whatever its value.
          values: values(weight),
          bias,
          ...(kept && { structure: kept }),
        }, channelBlock);
        assertEquals(unpack(packed), values(masked));
        assertEquals(packed.weights.length, kept ? keptWeights(shape, kept) : sizeOf(shape));
        assertEquals(packed.bias, Float32Array.from(packed.rowOrder, (row) => bias[row]));
        assertEquals(packed.channelBlock % packed.span, 0);
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
