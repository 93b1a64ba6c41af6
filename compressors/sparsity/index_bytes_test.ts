import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { GroupLayout } from "../../graph/structure.ts";
import { indexBytes, indexBytesTrace } from "./index_bytes.ts";
import { smallC3d } from "../testing.ts";
import { unstructured } from "../baselines.ts";

const structure = (layout: GroupLayout, kept: readonly number[]) => ({
  scheme: "block-punched",
  layout,
  kept: Uint8Array.from(kept),
});

Deno.test("index bytes of one block of 3x3 kernels and of 1x1 kernels", () => {
  const layout = { filters: 8, channels: 4, positions: "each" } as const;
  assertEquals(indexBytes([8, 4, 3, 3], structure(layout, [1, 1, 0, 0, 1, 0, 0, 0, 0])), {
    blocks: 1,
    groups: 3,
    weights: 96,
    masks: 2, // 9 bits
    lists: 2 + 4 * 2 + 3,
    csr: 4 * (96 + 9),
  });
  // Two rows of three blocks; a bit each in one byte, or two bytes for each that is kept.
  assertEquals(indexBytes([16, 12, 1, 1], structure(layout, [1, 0, 1, 0, 1, 0])), {
    blocks: 6,
    groups: 3,
    weights: 96,
    masks: 1,
    lists: 2 * 2 + 4 * 3 + 2 * 3,
    csr: 4 * (96 + 17),
  });
});

Deno.test("kernels of 5x5 and 3x3x3 take words of 4 bytes, whole blocks one bit", () => {
  const each = { filters: 8, channels: 4, positions: "each" } as const;
  for (const kernel of [[5, 5], [3, 3, 3]]) {
    const positions = kernel.reduce((a, b) => a * b, 1);
    const kept = new Array(4 * positions).fill(1);
    assertEquals(indexBytes([16, 8, ...kernel], structure(each, kept)).masks, 4 * 4);
  }
  const whole = { ...each, positions: "all" } as const;
  assertEquals(indexBytes([16, 8, 3, 3], structure(whole, [1, 0, 0, 1])).masks, 1);
});

Deno.test("YOLObile's formats at 14x take 372 KB for 3x3 and 42 KB for 1x1, 2.3 % of the weights", () => {
  // Blocks as the specification of the format counts them: 186k, and with the heads 335k.
  const layout = { filters: 8, channels: 4, positions: "each" } as const;
  const blocks = (count: number, positions: number) =>
    indexBytes(
      [8, 4 * count, ...(positions === 9 ? [3, 3] : [1, 1])],
      structure(layout, new Array(count * positions).fill(0)),
    ).masks;
  assertEquals([blocks(186_000, 9), Math.round(blocks(335_000, 1) / 1e3)], [372_000, 42]);
  assertAlmostEquals(100 * (372 + 42) / 18_350, 2.3, 0.05);
});

Deno.test("the trace has a row for every pruned layer and their sum", async () => {
  const { structures, report } = await unstructured.compress(
    smallC3d(),
    { macs: 2 },
    unstructured.parseOptions({}),
    { seed: 1 },
  );
  const [trace] = report.traces!;
  assertEquals(trace.rows.length, structures.size + 1);
  const sums = trace.columns.map((_, at) =>
    trace.rows.slice(0, -1).reduce((sum, row) => sum + Number(row[at]), 0)
  );
  assertEquals(trace.rows.at(-1)!.slice(1, 8), sums.slice(1, 8));
  assertEquals(indexBytesTrace(smallC3d()).rows.length, 1);
});
