import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { keptWeights } from "../../graph/structure.ts";
import { Random } from "../../graph/random.ts";
import { tensor } from "../../graph/tensor.ts";
import { allocate } from "./allocate.ts";
import type { Share } from "./allocate.ts";
import { rankGroups, reservedWeights } from "./ranking.ts";
import { findScheme, SCHEMES } from "./schemes.ts";
import { groupScores } from "./scores.ts";

const block = { filters: 4, channels: 2 };

/** Layers of different shapes, costs and scales; one is not divisible by the block. */
function shares(id: string): Share[] {
  return [
    { shape: [16, 8, 3, 3], costPerWeight: 100, scale: 1 },
    { shape: [13, 7, 3, 3], costPerWeight: 30, scale: 0.1 },
    { shape: [24, 16, 1, 1], costPerWeight: 7, scale: 3 },
  ].map(({ shape, costPerWeight, scale }, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const random = new Random(1, `layer ${i}`);
    const weight = tensor(random.fillNormal(new Float32Array(size), 0, scale), shape);
    const layout = findScheme(id).layout(shape, block);
    const scores = groupScores(weight, layout, "l2", { normalised: true });
    return { ranking: rankGroups(shape, layout, scores), costPerWeight };
  });
}

const costs = (shares: Share[], counts: number[]) =>
  shares.map(({ ranking, costPerWeight }, i) => costPerWeight * ranking.weights(counts[i]));
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

Deno.test("both allocations fit into the budget and leave less than any next group", () => {
  for (const { id } of SCHEMES) {
    for (const mode of ["uniform", "global"] as const) {
      for (const fraction of [0.15, 0.37, 0.6, 0.99, 1]) {
        const layers = shares(id);
        const whole = sum(costs(layers, layers.map(({ ranking }) => ranking.groups)));
        const least = sum(costs(layers, layers.map(({ ranking }) => ranking.reserved)));
        const budget = Math.max(whole * fraction, least);
        const counts = allocate(layers, budget, mode);
        const used = sum(costs(layers, counts));
        assertLessOrEqual(used, budget);
        layers.forEach(({ ranking }, i) => {
          assertLessOrEqual(ranking.reserved, counts[i]);
          if (counts[i] === ranking.groups) return;
          const more = counts.map((k, j) => j === i ? k + 1 : k);
          assertLess(budget, sum(costs(layers, more)));
        });
        if (fraction === 1) assertEquals(counts, layers.map(({ ranking }) => ranking.groups));
      }
    }
  }
});

Deno.test("uniform keeps the same fraction of every layer, to a group or two", () => {
  const layers = shares("unstructured");
  const whole = sum(costs(layers, layers.map(({ ranking }) => ranking.groups)));
  const counts = allocate(layers, whole / 3, "uniform");
  counts.forEach((k, i) => {
    assertLess(Math.abs(k - layers[i].ranking.groups / 3), 6);
  });
});

Deno.test("global cuts the layer of small weights first", () => {
  const layers = shares("kgs");
  const whole = sum(costs(layers, layers.map(({ ranking }) => ranking.groups)));
  const counts = allocate(layers, whole * 0.8, "global");
  const kept = counts.map((k, i) => k / layers[i].ranking.groups);
  assertLess(kept[1], 0.1);
  assertEquals(kept[2], 1);
});

Deno.test("every block of filters keeps its best group, and the reserved weights are known", () => {
  const shape = [16, 8, 3, 3];
  const layout = findScheme("kgs").layout(shape, block);
  const weight = tensor(new Random(3, "w").fillNormal(new Float32Array(16 * 8 * 9)), shape);
  weight.data.fill(0, 4 * 72, 8 * 72); // the second block of filters is the least important
  const scores = groupScores(weight, layout, "l2");
  const ranking = rankGroups(shape, layout, scores);
  const kept = ranking.kept(ranking.reserved);
  const perBlock = kept.length / 4;
  for (let p = 0; p < 4; p++) {
    const mine = kept.subarray(p * perBlock, (p + 1) * perBlock);
    assertEquals(mine.reduce((a, b) => a + b, 0), 1);
    const best = mine.indexOf(1) + p * perBlock;
    assert(scores.subarray(p * perBlock, (p + 1) * perBlock).every((s) => s <= scores[best]));
  }
  assertEquals(ranking.weights(ranking.reserved), reservedWeights(shape, layout));
  assertEquals(
    ranking.weights(20),
    keptWeights(shape, { scheme: "kgs", layout, kept: ranking.kept(20) }),
  );
});

Deno.test("groups that are not available are in no order, and blocks may take turns", () => {
  // 2 x 2 blocks of 2 x 2 kernels with 3 positions.
  const shape = [4, 4, 3], layout = { filters: 2, channels: 2, positions: "each" } as const;
  const scores = Float32Array.from([9, 8, 7, 1, 2, 3, 6, 5, 4, 12, 11, 10]);
  const available = Uint8Array.from([1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0]);
  const { groups, reserved, kept, countAtLeast } = rankGroups(shape, layout, scores, { available });
  assertEquals([groups, reserved, countAtLeast(3.5)], [7, 2, 4]);
  assertEquals([...kept(3)], [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  assertEquals(kept(7), available);

  const balanced = rankGroups(shape, layout, scores, { balanced: true });
  // The best of each block first, then the second best.
  assertEquals([...balanced.kept(4)], [1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0]);
  assertEquals([...balanced.kept(6)], [1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
  assertEquals([...balanced.kept(8)], [1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0]);
});
