import {
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { modelCosts } from "../graph/costs.ts";
import { Random } from "../graph/random.ts";
import { sizeOf, tensor } from "../graph/tensor.ts";
import type { Shape, Tensor } from "../graph/tensor.ts";
import { randomWeights, referenceOutput, smallC3d } from "./testing.ts";
import { tucker } from "./tucker.ts";
import type { TuckerOptions } from "./tucker.ts";

/** Weights of multilinear rank 5 along filters and channels, plus a little noise. */
function lowRankWeights(shape: Shape, name: string): Tensor {
  if (shape.length < 2) return randomWeights(shape, name);
  const [T, S, ...kernel] = shape;
  const [rank, D] = [5, sizeOf(kernel)];
  const draw = (label: string, n: number) =>
    new Random(1, `${name}/${label}`).fillNormal(new Float32Array(n));
  const [left, right, core] = [
    draw("u4", T * rank),
    draw("u3", S * rank),
    draw("c", rank ** 2 * D),
  ];
  const data = draw("noise", T * S * D);
  const scale = Math.sqrt(2 / (S * D)) / rank;
  for (let t = 0, i = 0; t < T; t++) {
    for (let s = 0; s < S; s++) {
      for (let d = 0; d < D; d++, i++) {
        let sum = 0.01 * data[i];
        for (let a = 0; a < rank; a++) {
          for (let b = 0; b < rank; b++) {
            sum += left[t * rank + a] * core[(a * rank + b) * D + d] * right[s * rank + b];
          }
        }
        data[i] = scale * sum;
      }
    }
  }
  return tensor(data, shape);
}

const compress = (model: ReturnType<typeof smallC3d>, macs: number, raw: Partial<TuckerOptions>) =>
  tucker.compress(model, { macs }, tucker.parseOptions(raw), { seed: 1 });

Deno.test("weights of low rank: EVBMF finds the ranks, and the factors compute the same", async () => {
  const model = smallC3d(lowRankWeights);
  const expected = await referenceOutput(model);
  for (const decomposition of ["hosvd", "hooi"] as const) {
    const compressed = await compress(model, 2.5, { decomposition, align: 1 });
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

Deno.test("options of Tucker are checked", () => {
  assertThrows(() => tucker.parseOptions({ align: 0 }), RangeError, "current value is 0");
  assertThrows(() => tucker.parseOptions({ decomposition: "cp" }), RangeError, '"hosvd", "hooi"');
});
