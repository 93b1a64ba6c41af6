import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { NORMS } from "../../graph/group_norms.ts";
import { keptWeights } from "../../graph/structure.ts";
import { Random } from "../../graph/random.ts";
import { tensor, values } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { project } from "./mask.ts";
import { findScheme, SCHEMES } from "./schemes.ts";
import { groupScores } from "./scores.ts";
import { topK } from "./topk.ts";

/** The weight of the worked examples, by its formula. */
function formula(M: number, N: number, kernel: number[]): Tensor {
  const S = kernel.reduce((a, b) => a * b, 1);
  const data = new Float32Array(M * N * S);
  for (let m = 0, i = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      for (let k = 0; k < S; k++, i++) {
        data[i] = ((5 * m * m + 3 * n * n + 7 * k * k + m * n + 2 * n * k + 3 * m * k) % 13) - 6;
      }
    }
  }
  return tensor(data, [M, N, ...kernel]);
}

const rt3d = formula(4, 4, [1, 2, 2]);
const scored = (id: string) => {
  const layout = findScheme(id).layout(rt3d.shape, { filters: 2, channels: 2 });
  return { layout, scores: groupScores(rt3d, layout, "l2") };
};
const squares = (scores: Float32Array) => [...scores].map((s) => Math.round(s * s * 1e4) / 1e4);

Deno.test("RT3D's worked example: squared norms of filters, kernel groups and positions", () => {
  assertEquals(squares(scored("filter").scores), [273, 219, 228, 232]);
  assertEquals(squares(scored("vanilla").scores), [248, 244, 197, 263]);
  assertEquals(
    squares(scored("kgs").scores),
    [55, 57, 65, 71, 70, 78, 43, 53, 73, 39, 60, 25, 75, 63, 70, 55],
  );
});

Deno.test("RT3D's worked example: half kept, KGS keeps more energy than Vanilla than filters", () => {
  const energy = (id: string, expected: number[]) => {
    const { layout, scores } = scored(id);
    const kept = topK(scores, scores.length / 2);
    assertEquals([...kept], expected);
    const structure = { scheme: id, layout, kept };
    assertEquals(keptWeights(rt3d.shape, structure), 32);
    return values(project(rt3d, structure)).reduce((sum, w) => sum + w * w, 0);
  };
  assertEquals(energy("kgs", [0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0]), 565);
  assertEquals(energy("vanilla", [1, 0, 0, 1]), 511);
  assertEquals(energy("filter", [1, 0, 0, 1]), 505);
});

Deno.test("YOLObile's worked example: L2 over filters, summed over channels", () => {
  const weight = formula(8, 4, [3, 3]);
  const layout = findScheme("block-punched").layout(weight.shape, { filters: 8, channels: 4 });
  const scores = groupScores(weight, layout, "channel-l2");
  [
    42.835057636,
    43.966758197,
    44.969632641,
    40.661599271,
    43.612625970,
    39.297187362,
    41.467031942,
    39.822629193,
    39.008096307,
  ].forEach((expected, k) => assertAlmostEquals(scores[k], expected, 4e-6));
  assertEquals([...topK(scores, 4)], [1, 1, 1, 0, 1, 0, 0, 0, 0]);
  assertEquals([...topK(scores, 2)], [0, 1, 1, 0, 0, 0, 0, 0, 0]);
});

Deno.test("norms of a 2 x 2 group, and their size-normalised values", () => {
  const weight = tensor(new Float32Array([3, -4, 0, 12]), [2, 2]);
  const layout = { filters: 2, channels: 2, positions: "all" } as const;
  const score = (norm: typeof NORMS[number], normalised = false) =>
    groupScores(weight, layout, norm, { normalised })[0];
  assertEquals([score("l1"), score("l2"), score("linf")], [19, 13, 12]);
  assertAlmostEquals(score("channel-l2"), 3 + Math.hypot(4, 12), 1e-5);
  assertEquals([score("l1", true), score("l2", true), score("linf", true)], [4.75, 6.5, 12]);
  const ones = tensor(new Float32Array(7 * 5 * 9).fill(1), [7, 5, 3, 3]);
  for (const norm of NORMS) {
    for (const { layout } of SCHEMES) {
      const grid = layout(ones.shape, { filters: 4, channels: 2 });
      for (const s of groupScores(ones, grid, norm, { normalised: true })) {
        assertAlmostEquals(s, 1, 1e-6);
      }
    }
  }
});

Deno.test("groups cropped at the edges score as if padded with zeros", () => {
  const random = new Random(1, "crop");
  const [M, N, S] = [13, 7, 9];
  const weight = tensor(random.fillNormal(new Float32Array(M * N * S)), [M, N, 3, 3]);
  const padded = new Float32Array(16 * 8 * S);
  for (let m = 0; m < M; m++) {
    padded.set(values(weight).subarray(m * N * S, (m + 1) * N * S), m * 8 * S);
  }
  const layout = findScheme("kgs").layout(weight.shape, { filters: 8, channels: 4 });
  assertEquals(
    groupScores(weight, layout, "l2"),
    groupScores(tensor(padded, [16, 8, 3, 3]), layout, "l2"),
  );
});

Deno.test("projection is idempotent and agrees with a mask made weight by weight", () => {
  const random = new Random(2, "project");
  for (const shape of [[12, 6, 3, 3, 3], [13, 7, 1, 3], [10, 9]]) {
    const size = shape.reduce((a, b) => a * b, 1);
    const weight = tensor(random.fillNormal(new Float32Array(size)), shape);
    const [, N] = shape;
    const S = size / shape[0] / N;
    for (const { id, layout } of SCHEMES) {
      const grid = layout(shape, { filters: 4, channels: 2 });
      const scores = groupScores(weight, grid, "l2");
      const structure = { scheme: id, layout: grid, kept: topK(scores, scores.length >> 1) };
      const once = project(weight, structure);
      assertEquals(values(project(once, structure)), values(once));
      const positions = grid.positions === "each" ? S : 1;
      values(once).forEach((value, i) => {
        const m = Math.floor(i / (N * S)), n = Math.floor(i / S) % N, s = i % S;
        const q = Math.floor(m / grid.filters) * Math.ceil(N / grid.channels) +
          Math.floor(n / grid.channels);
        const kept = structure.kept[q * positions + (positions === 1 ? 0 : s)];
        assertEquals(value, kept ? values(weight)[i] : 0);
      });
    }
  }
});

Deno.test("weights that are not finite cannot be scored", () => {
  for (const bad of [NaN, Infinity]) {
    const weight = tensor(new Float32Array([1, bad, 2, 3]), [2, 2]);
    const layout = { filters: 1, channels: 1, positions: "each" } as const;
    for (const norm of NORMS) {
      assertThrows(() => groupScores(weight, layout, norm), RangeError, "finite");
    }
  }
});

const fixture = new URL("../../../shared/methods/fixtures/kgs.json", import.meta.url);
let available = true;
try {
  Deno.statSync(fixture);
} catch {
  available = false;
}

Deno.test({
  name: "RT3D's worked example agrees with the fixture in every number (needs ../shared)",
  ignore: !available,
  async fn() {
    const expected = JSON.parse(await Deno.readTextFile(fixture));
    assertEquals([...values(rt3d)], expected.W.flat(2));
    for (const id of ["kgs", "vanilla", "filter"]) {
      const { scores } = scored(id);
      assertEquals(squares(scores), expected[`${id}_norm2`].flat(Infinity));
      assertEquals([...topK(scores, scores.length / 2)], expected.keep50[id].flat(Infinity));
    }
  },
});
