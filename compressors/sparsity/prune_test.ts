import { assertEquals, assertGreaterOrEqual, assertLess, assertRejects } from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { decodeOnnx } from "../../graph/onnx/read.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { values } from "../../graph/tensor.ts";
import type { CompressionContext } from "../compressor.ts";
import { prunableLayers } from "../layers.ts";
import { smallResNeXt } from "../testing.ts";
import { pruneGroups } from "./prune.ts";
import { findScheme, parseBlock, SCHEMES } from "./schemes.ts";
import { groupScores } from "./scores.ts";

const model = smallResNeXt();

function prune(scheme: string, block: string, context: Partial<CompressionContext> = {}) {
  return pruneGroups(model, { macs: 1.5 }, {
    layers: prunableLayers(model),
    scheme: findScheme(scheme),
    block: parseBlock(block),
    allocation: "uniform",
    score: (weight, layout) => groupScores(weight, layout, "l2"),
    notes: [],
  }, { seed: 1, ...context });
}

for (const { id } of SCHEMES) {
  Deno.test(`${id} prunes grouped convolutions, closely and by structures that files keep`, async () => {
    const pruned = await prune(id, "8x4");
    const reached = modelCosts(model).macs / modelCosts(pruned).macs;
    assertGreaterOrEqual(reached, 1.5 - 1e-9);
    assertLess(reached, 1.51);
    const { layout, kept } = pruned.structures.get("grouped.weight")!;
    assertEquals([...new Set(kept)].sort(), [0, 1]);
    assertEquals((64 / 4) % layout.filters, 0);
    const stored = decodeOnnx(encodeOnnx(pruned));
    assertEquals(stored.structures, pruned.structures);
  });
}

Deno.test("what spans all filters spans those of one group of a convolution", async () => {
  // [64, 16, 3, 3] in four groups.
  for (const [scheme, length] of [["column", 1], ["channel", 9]] as const) {
    const data = values((await prune(scheme, "1x1")).weights.get("grouped.weight")!);
    const lost = Array.from({ length: 4 }, (_, group) => {
      const filters = Array.from({ length: 16 }, (_, m) => {
        const row = data.subarray((group * 16 + m) * 144, (group * 16 + m + 1) * 144);
        return Array.from(
          { length: 144 / length },
          (_, c) => row.subarray(c * length, (c + 1) * length).every((w) => w === 0),
        );
      });
      for (const own of filters) assertEquals(own, filters[0]);
      return filters[0].map(Number).join("");
    });
    assertEquals(new Set(lost).size, 4, "each group chooses for itself");
  }
});

Deno.test("a block of filters does not cross groups: such layers stay, and say why", async () => {
  const reasonOf = async (block: string, layer: string) => {
    const { report } = await prune("kgs", block);
    return report.layers.find((entry) => entry.layer === layer)!.reason;
  };
  const reason = "blocks of 8 filters do not fit its groups of 4";
  assertEquals(await reasonOf("8x4", "small groups"), reason);
  assertEquals(await reasonOf("4x4", "small groups"), undefined);
  assertEquals(await reasonOf("4x4", "depthwise"), "depthwise");
  const selection = { rates: new Map([["small groups", 2]]) };
  await assertRejects(() => prune("kgs", "8x4", { selection }), RangeError, reason);
  await prune("kgs", "4x4", { selection });
});
