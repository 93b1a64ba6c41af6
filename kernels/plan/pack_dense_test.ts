import { assertEquals } from "@std/assert";
import { denseFloats, packDense } from "./pack_dense.ts";

Deno.test("filters of a block lie side by side, behind them the channels, then the taps", () => {
  const [rows, channels, taps] = [19, 21, 3];
  const weights = Float32Array.from({ length: rows * channels * taps }, (_, i) => 1 + i);
  const packed = packDense(weights, rows, channels, taps);
  assertEquals(packed.length, denseFloats(rows, channels, taps));
  let at = 0;
  for (const firstRow of [0, 16]) {
    for (const [firstChannel, count] of [[0, 16], [16, 5]]) {
      for (let tap = 0; tap < taps; tap++) {
        for (let c = firstChannel; c < firstChannel + count; c++) {
          for (let m = firstRow; m < firstRow + 16; m++, at++) {
            const expected = m < rows ? weights[(m * channels + c) * taps + tap] : 0;
            assertEquals(packed[at], expected, `filter ${m}, channel ${c}, tap ${tap}`);
          }
        }
      }
    }
  }
  assertEquals(at, packed.length);
});
