import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { modelCosts } from "../graph/costs.ts";
import { decodeStructure, encodeStructure } from "../graph/onnx/structure.ts";
import { values } from "../graph/tensor.ts";
import { stripesNetwork, stripesTrainer } from "./learning/testing.ts";
import { naturalPatterns, RELEASED } from "./pattern/library.ts";
import { pattern } from "./pattern.ts";
import { project } from "./sparsity/mask.ts";
import {
  referenceOutput,
  smallC3d,
  smallDetector,
  smallMobileNet,
  smallResNet,
} from "./testing.ts";

const model = smallResNet();
const dense = modelCosts(model);
const compress = (options: Record<string, unknown>, macs: number) =>
  pattern.compress(model, { macs }, pattern.parseOptions(options), { seed: 1 });

/** The kept positions of each kernel, as text; empty where the kernel went. */
function keptPositions(kept: Uint8Array): string[] {
  return Array.from({ length: kept.length / 9 }, (_, kernel) =>
    Array.from(
      { length: 9 },
      (_, position) => kept[9 * kernel + position] ? `${position}` : "",
    ).join(""));
}

Deno.test("kernels have patterns of the library or nothing, and every filter has one", async () => {
  const layers = ["1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"].map((name) => `${name}.weight`);
  const natural = naturalPatterns(
    layers.filter((name) => model.weights.has(name)).map((name) => model.weights.get(name)!),
  );
  for (const library of ["released", "natural"] as const) {
    const { structures, weights } = await compress({ library }, 2.5);
    const { patterns } = library === "released" ? RELEASED : natural;
    const allowed = new Set(patterns.map((positions) => positions.join("")));
    assertGreater(structures.size, 4);
    for (const [name, structure] of structures) {
      const weight = weights.get(name)!;
      assertEquals(weight.shape.slice(2), [3, 3]);
      assertEquals(values(project(weight, structure)), values(weight));
      const found = keptPositions(structure.kept), channels = weight.shape[1];
      assert(found.every((positions) => positions === "" || allowed.has(positions)));
      for (let kernel = 0; kernel < found.length; kernel += channels) {
        assert(found.slice(kernel, kernel + channels).some((positions) => positions !== ""));
      }
      assertEquals(decodeStructure(encodeStructure(structure), name, weight.shape), structure);
    }
  }
});

Deno.test("the target is met to a kernel, and the model runs", async () => {
  for (const macs of [2.3, 2.5, 3]) {
    const compressed = await compress({}, macs);
    const reached = dense.macs / modelCosts(compressed).macs;
    assertGreaterOrEqual(reached, macs);
    assertLess(reached, 1.001 * macs);
    assert(values(await referenceOutput(compressed)).every(Number.isFinite));
  }
});

Deno.test("of two kernels those of the smaller norm go", async () => {
  const { structures } = await compress({ library: "released" }, 3);
  for (const [name, { kept }] of structures) {
    const w = values(model.weights.get(name)!), norms: number[][] = [[], []];
    const { shape: [M, N] } = model.weights.get(name)!;
    for (let m = 0; m < M; m++) {
      const ofFilter = Array.from({ length: N }, (_, n) => {
        const at = 9 * (m * N + n), kernel = w.subarray(at, at + 9);
        const best = Math.max(
          ...RELEASED.patterns.map((positions) =>
            Math.hypot(...positions.map((position) => kernel[position]))
          ),
        );
        return { best, stays: kept.subarray(at, at + 9).includes(1) };
      });
      // The best kernel of a filter stays in any case.
      const most = Math.max(...ofFilter.map(({ best }) => best));
      for (const { best, stays } of ofFilter) if (best < most) norms[Number(stays)].push(best);
    }
    assertLess(Math.max(0, ...norms[0]), Math.min(Infinity, ...norms[1]) + 1e-6);
  }
});

Deno.test("patterns alone have one rate; what is out of reach is refused with the highest", async () => {
  const alone = { connectivity: false, library: "released" };
  const compressed = await compress(alone, 1);
  const reached = dense.macs / modelCosts(compressed).macs;
  for (const { kept } of compressed.structures.values()) {
    assert(keptPositions(kept).every(({ length }) => length === 5));
  }
  const floored = Math.floor(reached * 1000) / 1000;
  for (const options of [alone, {}]) {
    const error = await assertRejects(() => compress(options, 1e6), RangeError);
    assertMatch(error.message, /by pattern as the rate of macs must be at most [\d.]+: current/);
    const highest = Number(/at most ([\d.]+)/.exec(error.message)![1]);
    if (options === alone) assertEquals(highest, floored);
    assertGreaterOrEqual(dense.macs / modelCosts(await compress(options, highest)).macs, highest);
  }
});

Deno.test("models without 3x3 kernels that may be pruned are refused", () => {
  const options = pattern.parseOptions({});
  for (const other of [smallC3d(), smallMobileNet()]) {
    const support = pattern.supports(other, options);
    assert(!support.ok);
    assertMatch(support.reason, /has no 3x3 convolution that may be pruned/);
  }
  assertEquals(pattern.supports(smallDetector(), options), { ok: true });
});

Deno.test("by ADMM kernels learn their patterns before they are cut", async () => {
  const trainer = stripesTrainer({ budget: { prune: 8, retrain: 4 } });
  const options = pattern.parseOptions({ algorithm: "admm" });
  const compressed = await pattern.compress(stripesNetwork(), { macs: 2.5 }, options, {
    seed: 1,
    trainer,
  });
  assertGreaterOrEqual(modelCosts(stripesNetwork()).macs / modelCosts(compressed).macs, 2.5);
  for (const { kept } of compressed.structures.values()) {
    assert(keptPositions(kept).every(({ length }) => length === 0 || length === 4));
  }
  assertGreater((await trainer.test(compressed))["top-1"], 0.8);
});
