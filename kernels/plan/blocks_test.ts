import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { project } from "../../compressors/sparsity/mask.ts";
import { Random } from "../../graph/random.ts";
import { sizeOf, tensor, values } from "../../graph/tensor.ts";
import { PRUNINGS } from "../testing/prunings.ts";
import { blockSizes, classifyRows, cutBlocks, eachChannel, PACKINGS } from "./blocks.ts";

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

/** 12 filters that keep lists a, b or c of the columns of one channel: lengths 2, 1, 2. */
function twelveRows(lists: string) {
  const bits = { a: [1, 0, 1, 0], b: [0, 1, 0, 0], c: [0, 0, 1, 1] };
  const layout = { filters: 1, channels: 1, positions: "each" } as const;
  const kept = Uint8Array.from([...lists].flatMap((list) => bits[list as keyof typeof bits]));
  return classifyRows(12, 1, 4, { scheme: "unstructured", layout, kept }).classes;
}

Deno.test("each packing cuts the same rows into blocks as its name says", () => {
  const classes = twelveRows("baabbaacccca");
  const blocks = (packing: typeof PACKINGS[number]) =>
    cutBlocks(classes, packing).map(({ rows }) => rows.join(" "));
  // a: 1 2 5 6 11 before c: 7 8 9 10, both of 2 columns, before b: 0 3 4, of 1.
  assertEquals(blocks("full"), ["1 2 5 6", "11", "7 8 9 10", "0 3", "4"]);
  assertEquals(blocks("own-lists"), blocks("full"));
  assertEquals(blocks("as-given"), ["0", "1 2", "3 4", "5 6", "7 8 9 10", "11"]);
  assertEquals(blocks("csr"), Array.from({ length: 12 }, (_, row) => `${row}`));
});

Deno.test("neighbours that keep the same columns make full blocks as they are given, too", () => {
  const rows = cutBlocks(twelveRows("aaaaaaaaaaab"), "as-given").map(({ rows }) => rows.length);
  assertEquals(rows, [8, 2, 1, 1]);
});

Deno.test("an entry for each channel keeps the same columns as one for a group of channels", () => {
  const layout = { filters: 2, channels: 4, positions: "each" } as const;
  const kept = Uint8Array.from([1, 0, 1, 0, 0, 1]); // [1 block of rows, 2 of channels, 3 positions]
  const found = classifyRows(2, 8, 3, { scheme: "kgs", layout, kept });
  assertEquals([found.span, [...found.classes[0].kept]], [4, [1, 0, 1, 0, 0, 1]]);
  const { span, classes: [{ kept: each, columns }] } = eachChannel(found, 3);
  const four = (positions: number[]) => new Array(4).fill(positions).flat();
  assertEquals([span, [...each], columns], [1, [...four([1, 0, 1]), ...four([0, 0, 1])], 12]);
});

for (const { name, structure } of PRUNINGS) {
  Deno.test(`blocks hold every row once, and rows of one class, in every packing: ${name}`, () => {
    for (const [M, N, taps] of [[13, 6, 9], [32, 20, 1], [24, 16, 3]]) {
      const mask = structure?.([M, N, taps], new Random(8, name));
      const { classes } = classifyRows(M, N, taps, mask);
      const inOrder = Array.from({ length: M }, (_, m) => m);
      for (const packing of PACKINGS) {
        const blocks = cutBlocks(classes, packing);
        const rows = blocks.flatMap((block) => block.rows);
        const given = packing === "as-given" || packing === "csr";
        assertEquals(given ? rows : rows.toSorted((a, b) => a - b), inOrder);
        for (const [b, block] of blocks.entries()) {
          assertEquals([8, 4, 2, 1].includes(block.rows.length), true);
          assertEquals(block.rows.every((row) => classes[block.rowClass].rows.includes(row)), true);
          const before = blocks[Math.max(0, b - 1)].rowClass;
          if (!given) {
            assertGreaterOrEqual(classes[before].columns, classes[block.rowClass].columns);
          }
        }
      }
    }
  });
}
