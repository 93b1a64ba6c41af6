import {
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { modelCosts } from "../graph/costs.ts";
import { lowRankWeights, referenceOutput, smallC3d, smallResNeXt } from "./testing.ts";
import { tucker } from "./tucker.ts";
import type { TuckerOptions } from "./tucker.ts";

const compress = (
  model: ReturnType<typeof smallC3d>,
  macs: number,
  raw: Partial<TuckerOptions>,
  align?: number,
) => tucker.compress(model, { macs }, tucker.parseOptions(raw), { seed: 1, align });

Deno.test("weights of low rank: EVBMF finds the ranks, and the factors compute the same", async () => {
  const model = smallC3d(lowRankWeights);
  const expected = await referenceOutput(model);
  for (const decomposition of ["hosvd", "hooi"] as const) {
    const compressed = await compress(model, 2.5, { decomposition }, 1);
    const decisions = compressed.report.layers.map(({ decision }) => decision);
    for (const decision of decisions.slice(1, 4)) {
      // Rank 5 on both sides, scaled by one factor.
      const [, r3, r4] = /R3=(\d+) R4=(\d+)/.exec(decision)!.map(Number);
      assertLess(Math.abs(r3 - r4), 4);
      assertGreater(r3, 4);
    }
    assertEquals(compressed.report.notes.filter((note) => note.startsWith("EVBMF")), []);
    assertLess(relativeError(await referenceOutput(compressed), expected), 0.05);
  }
});

Deno.test("untrained weights: EVBMF finds no signal, ranks go by ratio, and the notes say so", async () => {
  const compressed = await compress(smallC3d(), 2, {});
  assertStringIncludes(compressed.report.notes[0], "EVBMF finds no signal in conv1, conv2");
  assertStringIncludes(compressed.report.notes[0], "ranks by ratio");
  const byRatio = await compress(smallC3d(), 2, { ranks: "ratio" });
  assertEquals(
    byRatio.report.layers.map(({ decision }) => decision),
    compressed.report.layers.map(({ decision }) => decision),
  );
});

Deno.test("ranks are multiples of 8, and each layer becomes its factors", async () => {
  const compressed = await compress(smallC3d(), 2, {});
  const names = compressed.nodes.map(({ name }) => name);
  for (const name of ["conv1/core", "conv1/out", "conv3/in", "conv3/core", "conv3/out"]) {
    assertEquals(names.includes(name), true, name);
  }
  for (const { decision } of compressed.report.layers) {
    for (const [, rank] of decision.matchAll(/=(\d+)/g)) {
      assertEquals(Number(rank) % 8, 0, decision);
    }
  }
});

Deno.test("a layer whose factors would be larger is left as it is", async () => {
  // At rate 1 nothing needs to go, and full ranks cost more than the kernels.
  const model = smallC3d();
  const compressed = await compress(model, 1, {});
  assertEquals(compressed.nodes, model.nodes);
  for (const { decision } of compressed.report.layers) {
    assertEquals(decision, "dense, as its factors would be larger");
  }
});

Deno.test("fully connected layers stay as they are when asked", async () => {
  const compressed = await compress(smallC3d(), 2, { fullyConnected: false });
  const layers = modelCosts(compressed).layers.filter(({ op }) => op === "Gemm");
  assertEquals(layers.map(({ name }) => name), ["fc5", "fc6"]);
});

Deno.test("a grouped convolution becomes grouped factors of equal ranks; depthwise stays", async () => {
  const model = smallResNeXt();
  const compressed = await compress(model, 1.6, {}, 1);
  const decisionOf = (name: string) =>
    compressed.report.layers.find(({ layer }) => layer === name)!;
  assertMatch(decisionOf("grouped").decision, /^R3=\d+x4 R4=\d+x4$/);
  assertMatch(decisionOf("pointwise").decision, /^rank=\d+x4$/);
  assertEquals(decisionOf("depthwise").reason, "depthwise");
  const chain = compressed.nodes.filter(({ name }) => /^grouped\/(in|core|out)$/.test(name));
  assertEquals(chain.map((node) => node.op === "Conv" && node.attributes.group), [4, 4, 4]);
});

Deno.test("options of Tucker are checked", () => {
  assertThrows(() => tucker.parseOptions({ decomposition: "cp" }), RangeError, '"hosvd", "hooi"');
});
