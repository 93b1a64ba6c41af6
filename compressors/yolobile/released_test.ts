import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { tensor } from "../../graph/tensor.ts";
import { rankGroups } from "../sparsity/ranking.ts";
import { groupScores } from "../sparsity/scores.ts";
import { byCommonRatio, keptAt, keptOfDistinct } from "./released.ts";

const layout = { filters: 8, channels: 4, positions: "each" } as const;

/** The worked example of one block of 8 x 4 kernels of 3 x 3. */
function worked() {
  const weight = tensor(new Float32Array(8 * 4 * 9), [8, 4, 3, 3]);
  for (let f = 0, i = 0; f < 8; f++) {
    for (let c = 0; c < 4; c++) {
      for (let k = 0; k < 9; k++, i++) {
        const sum = 5 * f ** 2 + 3 * c ** 2 + 7 * k ** 2 + f * c + 2 * c * k + 3 * f * k;
        weight.data[i] = sum % 13 - 6;
      }
    }
  }
  return { shape: weight.shape, scores: groupScores(weight, layout, "channel-l2") };
}

Deno.test("the percentile cuts what the released code cuts of the worked example", () => {
  const { shape, scores } = worked();
  assertAlmostEquals(scores[2], 44.969632641, 1e-5);
  const ranking = rankGroups(shape, layout, scores, { reserve: false });
  const kept = (ratio: number) =>
    [...ranking.kept(keptAt(ranking, ratio, "percentile"))]
      .flatMap((bit, position) => bit ? [position] : []);
  assertEquals(kept(0.5), [0, 1, 2, 4]);
  assertEquals(kept(0.8), [1, 2]);
  // The smallest score is the percentile of nothing, and goes.
  assertEquals(keptAt(ranking, 0, "percentile"), 8);
  assertEquals(keptAt(ranking, 0, "exact"), 9);
  assertEquals(keptAt(ranking, 0.5, "exact"), 5);
});

/** What numpy's percentile and a strict comparison leave, one by one. */
function naive(scores: Float32Array, ratio: number): number {
  const sorted = scores.toSorted();
  const at = (sorted.length - 1) * ratio, low = Math.floor(at), high = Math.ceil(at);
  const threshold = sorted[low] * (1 - (at - low)) + sorted[high] * (at - low);
  return scores.filter((score) => score > threshold).length;
}

Deno.test("percentiles agree with a count one by one, with ties and without", () => {
  const random = new Random(5, "percentile");
  for (let round = 0; round < 60; round++) {
    const groups = 2 + random.integer(200), distinct = round % 2 === 0;
    const scores = Float32Array.from(
      { length: groups },
      () => distinct ? random.uniform() : random.integer(6),
    );
    const ranking = rankGroups([8 * groups, 4], layout, scores, { reserve: false });
    // Quarters, where both ways of interpolating are exact.
    for (const ratio of [0, 0.25, 0.5, 0.75, 0.83, 1]) {
      if (!distinct && ratio === 0.83) continue;
      const expected = Math.max(1, naive(scores, ratio));
      assertEquals(keptAt(ranking, ratio, "percentile"), expected);
      if (distinct) assertEquals(keptOfDistinct(groups, ratio, "percentile"), expected);
    }
  }
});

Deno.test("a common ratio fits the budget closely, severities included", () => {
  const random = new Random(7, "common");
  const shares = [40, 100, 64].map((groups, i) => {
    const scores = random.fillUniform(new Float32Array(groups));
    const ranking = rankGroups([8 * groups, 4], layout, scores, { reserve: false });
    const severity = i === 1 ? 1.15 : 1;
    return { ranking, costPerWeight: 1 + i, severity, node: undefined! };
  });
  const cost = (counts: readonly number[]) =>
    counts.reduce((sum, count, i) => sum + (1 + i) * 32 * count, 0);
  const all = cost([40, 100, 64]);
  for (const budget of [0.1, 0.3, 0.7].map((share) => share * all)) {
    const counts = byCommonRatio("percentile")(shares, budget);
    assertEquals(cost(counts) <= budget && cost(counts) > budget - 32 * 6, true);
    const sparsity = (i: number) => 1 - counts[i] / shares[i].ranking.groups;
    assertAlmostEquals(sparsity(0), sparsity(2), 0.03);
    assertAlmostEquals(sparsity(1), Math.min(1, 1.15 * sparsity(2)), 0.03);
  }
});
