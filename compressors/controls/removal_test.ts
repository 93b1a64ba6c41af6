import { assertEquals, assertGreater, assertLessOrEqual, assertThrows } from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { Random } from "../../graph/random.ts";
import { rankBundles } from "../filters.ts";
import { smallC3d, smallDetector, smallMobileNet, smallResNet, smallResNeXt } from "../testing.ts";
import { filterSpace, thresholdCounts, uniformCounts, withCounts } from "./removal.ts";

const NETS = [smallC3d(), smallResNet(), smallDetector(), smallMobileNet(), smallResNeXt()];

Deno.test("a space costs what the model does without the filters, in MACs and parameters", () => {
  for (const model of NETS) {
    for (const target of [{ macs: 1.5 }, { params: 1.5 }]) {
      const space = filterSpace(model, target, { seed: 1 });
      const costs = modelCosts(model)[space.budget.unit];
      assertEquals(space.cost(space.all), costs);
      const counts = uniformCounts(space);
      const { length } = Array.from({ length: space.plan.channels.count });
      const scores = new Random(1).fillUniform(new Float32Array(length));
      const orders = space.plan.groups.map((group) => rankBundles(group, scores));
      const left = withCounts(model, space.plan, orders, counts);
      assertEquals(space.cost(counts), modelCosts(left)[space.budget.unit]);
      assertLessOrEqual(space.cost(counts), space.budget.allowed);
    }
  }
});

Deno.test("one threshold keeps the best of all groups, as many as are allowed", () => {
  const model = smallC3d();
  const space = filterSpace(model, { macs: 2 }, { seed: 1, align: 1 });
  for (let seed = 0; seed < 20; seed++) {
    const scores = new Random(seed).fillUniform(new Float32Array(space.plan.channels.count));
    // The first group is worth more than the others.
    for (const bundle of space.plan.groups[0].bundles) scores[bundle] += 0.3;
    const counts = thresholdCounts(space, scores);
    assertLessOrEqual(space.cost(counts), space.budget.allowed);
    // Nothing more fits.
    counts.forEach((count, g) => {
      if (count < space.all[g]) {
        assertGreater(space.cost(counts.with(g, count + 1)), space.budget.allowed);
      }
    });
    assertGreater(counts[0] / space.all[0], counts[1] / space.all[1]);
  }
});

Deno.test("one threshold keeps to whole vectors, at least one of each group", () => {
  const space = filterSpace(smallC3d(), { macs: 3 }, { seed: 1 });
  const scores = new Float32Array(space.plan.channels.count).fill(1);
  for (const bundle of space.plan.groups[2].bundles) scores[bundle] = 0;
  const counts = thresholdCounts(space, scores);
  assertEquals(counts.map((count) => count % 8), [0, 0, 0]);
  assertEquals(counts[2], 8);
  assertLessOrEqual(space.cost(counts), space.budget.allowed);
});

Deno.test("groups that take no part stay, with the reason", () => {
  const model = smallC3d();
  const space = filterSpace(
    model,
    { macs: 1.3 },
    { seed: 1 },
    (plan, g) => plan.groups[g].layers[0] === "conv3" ? "too precious" : true,
  );
  assertEquals(space.plan.groups.map(({ layers }) => layers), [["conv2"], ["conv4"]]);
  assertEquals(space.plan.reasons.get("conv3"), "too precious");
  assertThrows(
    () => filterSpace(model, { macs: 100 }, { seed: 1 }),
    RangeError,
    "by removing filters as the rate of macs must be at most",
  );
});
