import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { values } from "../graph/tensor.ts";
import type { Compressor } from "./compressor.ts";
import { cp } from "./cp.ts";
import { lowRankWeights, referenceOutput, smallC3d, smallResNet, smallResNeXt } from "./testing.ts";
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

/** A column of the table of ranks, by layer. */
function ranksOf({ report }: Awaited<ReturnType<typeof compress>>, column: string) {
  const { columns, rows } = report.traces!.find(({ id }) => id === "ranks")!;
  const at = columns.indexOf(column);
  assert(at > 0, columns.join());
  return new Map(rows.map((row) => [row[0] as string, row[at] as number]));
}

Deno.test("ranks as found are EVBMF's, weakened towards the full ones", async () => {
  const model = smallC3d(lowRankWeights);
  const found = await compress(model, 1, { scaling: "as-found" }, 1);
  for (const column of ["R3 EVBMF", "R3 wanted", "R3 used", "R4 used"]) {
    const ranks = ranksOf(found, column);
    assertEquals(["conv2", "conv3", "conv4"].map((layer) => ranks.get(layer)), [5, 5, 5], column);
  }
  assertMatch(found.report.notes[0], /^ranks as found leave \d+\.\d % of the macs$/);
  const weak = await compress(model, 1, { scaling: "as-found", weakening: 0.25 }, 1);
  // 5 + 0.25 (48 - 5) = 15.75, and 5 + 0.25 (20 - 5) = 8.75.
  assertEquals([ranksOf(weak, "R4 wanted").get("conv3"), ranksOf(weak, "R4 used").get("conv3")], [
    16,
    16,
  ]);
  assertEquals(ranksOf(weak, "R4 used").get("conv4"), 9);
  const aligned = await compress(model, 1, { scaling: "as-found" });
  assertEquals(ranksOf(aligned, "R3 used").get("conv3"), 8);
});

Deno.test("ranks as found are scaled down when they miss the target, and the notes say so", async () => {
  const model = smallC3d(lowRankWeights);
  const { macs } = modelCosts(model);
  const scaled = await compress(model, 8, { scaling: "as-found", weakening: 0.25 }, 1);
  assertGreaterOrEqual(macs / modelCosts(scaled).macs, 8);
  assertMatch(scaled.report.notes[0], /^ranks as found leave .*: scaled down to the rate of 8$/);
  const same = await compress(model, 8, { weakening: 0.25 }, 1);
  assertEquals(ranksOf(scaled, "R3 used"), ranksOf(same, "R3 used"));
});

Deno.test("ranks by energy are the smallest that keep the share", async () => {
  const model = smallC3d();
  const at = (energy: number) =>
    compress(model, 1, { ranks: "energy", energy, scaling: "as-found", fullyConnected: false }, 1);
  const half = await at(0.5);
  const errors = ranksOf(half, "relative error");
  // Of a two-sided layer each side may lose half; of a one-sided one exactly the share is kept.
  assertLess(errors.get("conv1")!, Math.sqrt(0.5));
  assertGreater(errors.get("conv1")!, Math.sqrt(0.4));
  assertLess(errors.get("conv2")!, 1);
  const [few, many] = [ranksOf(half, "R4 wanted"), ranksOf(await at(0.9), "R4 wanted")];
  for (const [layer, rank] of few) assertLess(rank, many.get(layer)!, layer);
  assertEquals(half.report.notes.filter((note) => note.includes("no signal")), []);
});

Deno.test("the tables tell each layer's ranks and each factor's costs", async () => {
  const model = smallC3d();
  const compressed = await compress(model, 2, {});
  const [ranks, factors] = compressed.report.traces!;
  assertEquals(ranks.rows.map(([layer]) => layer), compressed.report.layers.map((l) => l.layer));
  for (const { rows, columns } of [ranks, factors]) {
    for (const row of rows) assertEquals(row.length, columns.length);
  }
  const costs = modelCosts(compressed);
  const sum = (column: string) => {
    const at = factors.columns.indexOf(column);
    return factors.rows.reduce((total, row) => total + (row[at] as number), 0);
  };
  assertEquals(sum("MACs"), costs.macs);
  assertEquals(
    factors.rows.filter(([layer]) => layer === "conv3").map(([, factor]) => factor),
    ["in", "core", "out"],
  );
  const reductions = ranksOf(compressed, "E");
  for (const { layer, denseMacs, macs } of compressed.report.layers) {
    assertAlmostEquals(reductions.get(layer)!, denseMacs / macs, 1e-9);
  }
});

Deno.test("the error that is told is that of the weight which factors stand for", async () => {
  const model = smallC3d();
  const compressed = await compress(model, 2, {});
  const [out, core] = ["out", "core"].map((f) => compressed.weights.get(`conv1/${f}.weight`)!);
  const [T, rank] = out.shape;
  const dense = values(model.weights.get("conv1.weight")!);
  const columns = dense.length / T;
  const lost = dense.map((value, i) => {
    let sum = 0;
    for (let r = 0; r < rank; r++) {
      sum += out.data[Math.floor(i / columns) * rank + r] * core.data[r * columns + i % columns];
    }
    return value - sum;
  });
  const expected = Math.hypot(...lost) / Math.hypot(...dense);
  assertAlmostEquals(ranksOf(compressed, "relative error").get("conv1")!, expected, 1e-5);
});

Deno.test("from scratch: the same structure, in which nothing is left of the weights", async () => {
  const model = smallResNet();
  for (const compressor of [tucker, cp] as Compressor<unknown>[]) {
    const start = (start: string, seed = 1) => {
      const few = compressor.id === "cp" ? { sweeps: 1 } : {};
      const options = compressor.parseOptions({ start, ranks: "ratio", ...few });
      return compressor.compress(model, { macs: 2 }, options, { seed });
    };
    const [factors, random, other] = [
      await start("factors"),
      await start("random"),
      await start("random", 2),
    ];
    const shapes = (m: Model) => [...m.weights].map(([name, { shape }]) => [name, [...shape]]);
    assertEquals(shapes(random), shapes(factors));
    assertEquals(random.nodes, factors.nodes);
    for (const [name, { data, shape }] of random.weights) {
      if (shape.length === 1) continue;
      assertNotEquals(data, factors.weights.get(name)!.data, name);
      assertNotEquals(data, other.weights.get(name)!.data, name);
    }
    assert(random.report.notes.includes("all weights of the network were drawn anew"));
    assertEquals(new Set(ranksOf(random, "relative error").values()), new Set(["" as never]));
  }
});

Deno.test("options of Tucker are checked", () => {
  assertThrows(() => tucker.parseOptions({ decomposition: "cp" }), RangeError, '"hosvd", "hooi"');
  assertThrows(() => tucker.parseOptions({ energy: 1.5 }), RangeError, "from 0.01 to 1");
  assertThrows(() => tucker.parseOptions({ weakening: -1 }), RangeError, "from 0 to 1");
  assertThrows(
    () => tucker.parseOptions({ ranks: "ratio", weakening: 0.5 }),
    RangeError,
    '"weakening" must be a number from 0 to 0',
  );
});
