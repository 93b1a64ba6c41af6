import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { project } from "../../compressors/sparsity/mask.ts";
import { Random } from "../../graph/random.ts";
import { sizeOf, tensor, values } from "../../graph/tensor.ts";
import { PRUNINGS } from "../testing/prunings.ts";
import { blockSizes, classifyRows } from "./blocks.ts";

Deno.test("rows are cut into eights and then one 4, 2 and 1 as needed", () => {
  assertEquals(blockSizes(0), []);
  assertEquals(blockSizes(7), [4, 2, 1]);
  assertEquals(blockSizes(8), [8]);
  assertEquals(blockSizes(21), [8, 8, 4, 1]);
  for (let rows = 0; rows < 50; rows++) {
    assertEquals(blockSizes(rows).reduce((a, b) => a + b, 0), rows);
  }
});

for (const { name, structure } of PRUNINGS) {
  Deno.test(`classes hold every row once, with the columns that it keeps: ${name}`, () => {
    for (const shape of [[13, 6, 3, 3], [32, 20, 1, 1], [24, 16, 3, 1, 1], [9, 30]]) {
      const [M, N] = shape, taps = sizeOf(shape.slice(2));
      const mask = structure?.(shape, new Random(3, name));
      const ones = tensor(new Float32Array(sizeOf(shape)).fill(1), shape);
      const kept = values(mask ? project(ones, mask) : ones);
      const { span, classes } = classifyRows(M, N, taps, mask);

      const rows = classes.flatMap((c) => c.rows).toSorted((a, b) => a - b);
      assertEquals(rows, Array.from({ length: M }, (_, m) => m));
      assertEquals(N % span, 0);
      for (const [i, c] of classes.entries()) {
        if (i) assertGreaterOrEqual(classes[i - 1].columns, c.columns);
        const columns = Array.from(
          { length: N * taps },
          (_, k) => c.kept[Math.floor(k / taps / span) * taps + k % taps],
        );
        assertEquals(columns.filter(Boolean).length, c.columns);
        for (const m of c.rows) {
          assertEquals([...kept.subarray(m * N * taps, (m + 1) * N * taps)], columns);
        }
      }
    }
  });
}

Deno.test("rows that keep the same columns share a class, however far apart", () => {
  const kept = Uint8Array.from([1, 0, 0, 1, 1, 0, 0, 1]); // [4 row blocks, 2 channels]
  const layout = { filters: 2, channels: 1, positions: "all" } as const;
  const { classes } = classifyRows(8, 2, 9, { scheme: "vanilla", layout, kept });
  assertEquals(classes.map(({ rows }) => rows), [[0, 1, 4, 5], [2, 3, 6, 7]]);
});
