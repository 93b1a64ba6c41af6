import { assertAlmostEquals, assertEquals } from "@std/assert";
import { values } from "../../graph/tensor.ts";
import { stripesNetwork } from "../learning/testing.ts";
import { prunableLayers } from "../layers.ts";
import { pushedToShares } from "./own_shares.ts";
import { planPruning } from "./plan.ts";
import { rankBy } from "./ranking.ts";
import { findScheme } from "./schemes.ts";
import { groupScores } from "./scores.ts";

const model = stripesNetwork();
const choice = {
  layers: prunableLayers(model),
  scheme: findScheme("filter"),
  block: { filters: 1, channels: 1 },
};
const ranker = rankBy((weight, layout) => groupScores(weight, layout, "l2"));
const { layers } = planPruning(model, { macs: 1.5 }, choice, ranker, { seed: 1 });

/** Norms of a layer's filters, largest first. */
function norms(at: number): number[] {
  const { weight, shape: [M] } = layers[at], w = values(model.weights.get(weight)!);
  const size = w.length / M;
  return Array.from({ length: M }, (_, m) => Math.hypot(...w.subarray(m * size, (m + 1) * size)))
    .sort((a, b) => b - a);
}

Deno.test("a layer is pushed by the largest group that is to go, the penalty decides how much", () => {
  const counts = [10, 12, 30];
  const largest = counts.map((count, at) => norms(at)[count]);
  for (const [kind, power] of [["fixed", 1], ["reweighted", 3]] as const) {
    const pushed = pushedToShares(model, layers, counts, kind);
    assertEquals(pushed.map(({ name }) => name), layers.map(({ weight }) => weight));
    assertAlmostEquals(pushed.reduce((sum, { factor }) => sum + factor!, 0), 3, 1e-9);
    for (const [at, { factor }] of pushed.entries()) {
      const expected = (largest[at] / largest[0]) ** power;
      assertAlmostEquals(factor! / pushed[0].factor!, expected, 1e-6);
    }
  }
});

Deno.test("layers that lose nothing are not pushed", () => {
  const [, second] = layers;
  const all = layers.map((_, at) => norms(at).length);
  const pushed = pushedToShares(model, layers, all.with(1, 5), "reweighted");
  assertEquals(pushed.map(({ name, factor }) => [name, factor]), [[second.weight, 1]]);
  assertEquals(pushedToShares(model, layers, all, "fixed"), []);
});
