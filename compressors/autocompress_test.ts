import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { relativeError } from "../graph/compare.ts";
import { modelCosts } from "../graph/costs.ts";
import { Random } from "../graph/random.ts";
import { values } from "../graph/tensor.ts";
import { autocompress } from "./autocompress.ts";
import { feasible, guided, keptBy, perturbed } from "./autocompress/action.ts";
import type { Action } from "./autocompress/action.ts";
import { anneal } from "./autocompress/annealing.ts";
import { estimatedEnergy, keptEnergy, layerEnergies } from "./autocompress/energy.ts";
import { pruneHybrid } from "./autocompress/hybrid.ts";
import { columnsLeft } from "./autocompress/whole.ts";
import { budgetOf } from "./budget.ts";
import { channelLinks } from "./channels.ts";
import { filterCost } from "./filters.ts";
import { referenceOutput, smallC3d } from "./testing.ts";

const model = smallC3d();
const links = channelLinks(model);
const budget = budgetOf(model, { macs: 3 });
const cost = filterCost(links, budget);
const whole = links.map(({ filters }) => filters);

Deno.test("channels are followed from filters to the layers that read them", () => {
  assertEquals(
    links.map(({ node, producer, removable }) => [node.name, producer, removable]),
    [
      ["conv1", undefined, false],
      ["conv2", 0, true],
      ["conv3", 1, true],
      ["conv4", 2, true],
      ["fc5", 3, false],
      ["fc6", 4, false],
    ],
  );
});

Deno.test("the cost of all filters is the model's, in MACs and in parameters", () => {
  const costs = modelCosts(model);
  assertEquals(cost(whole), costs.macs);
  assertEquals(filterCost(links, budgetOf(model, { params: 3 }))(whole), costs.params);
});

Deno.test("every proposal of the search meets the target and gives larger layers larger rates", () => {
  const random = new Random(1, "actions");
  const sizes = budget.costs.layers.filter(({ weights }) => weights > 0).map(({ macs }) => macs);
  const prunable = links.map((_, i) => i).filter((i) => links[i].prunable);
  let action: Action = { filters: links.map(() => 0), columns: links.map(() => 0) };
  for (let i = 0; i < 100; i++) {
    action = feasible(
      guided(perturbed(action, 3, random), links, sizes),
      links,
      cost,
      budget.allowed,
    );
    const { filters, density } = keptBy(action, links);
    assertAlmostEquals(cost(filters, density) / budget.allowed, 1, 1e-9);
    for (const a of prunable) {
      for (const b of prunable) {
        if (sizes[a] <= sizes[b]) continue;
        assertLessOrEqual(filters[a] / whole[a], filters[b] / whole[b] + 1e-12);
        assertLessOrEqual(density[a], density[b] + 1e-12);
      }
    }
  }
});

Deno.test("a target near the highest rate is met at once, from any action", () => {
  const allowed = budget.dense / 4.8;
  const skewed = { filters: [0, 9, -9, 0, 0, 0], columns: [0, 9, -9, 0, 0, 0] };
  const { filters, density } = keptBy(feasible(skewed, links, cost, allowed), links);
  assertAlmostEquals(cost(filters, density) / allowed, 1, 1e-9);
});

Deno.test("annealing finds the best of a rugged landscape, evaluates each action once", async () => {
  const height = (x: number) => 90 - 0.02 * (x - 70) ** 2 + 2 * Math.cos(x);
  const seen = new Set<number>();
  const random = new Random(1, "landscape");
  const { action, value, evaluations } = await anneal({
    start: 0,
    propose: (x, reach) => x + Math.round((1 + 20 * reach) * (2 * random.uniform() - 1)),
    evaluate(x) {
      assert(!seen.has(x));
      seen.add(x);
      return height(x);
    },
    key: String,
  }, random);
  const best = Math.max(...Array.from({ length: 141 }, (_, x) => height(x)));
  assertAlmostEquals(value, best, 0.5);
  assertEquals(value, height(action));
  assertEquals(evaluations, seen.size);
});

Deno.test("estimated energy is exact where only filters are removed", () => {
  const energies = layerEnergies(model, links);
  const orders = energies.map(({ order }) => order);
  const dense = links.map(() => 1);
  assertAlmostEquals(estimatedEnergy(energies, links, whole, dense), 100, 1e-9);
  const fewer = whole.map((filters, i) => links[i].removable ? filters / 2 : filters);
  const pruned = pruneHybrid(
    model,
    links,
    orders,
    fewer,
    (filters) => columnsLeft(model, links, filters),
  );
  assertEquals(pruned.filters, fewer);
  // Filters and input channels are taken as independent of each other: nearly so in random weights.
  assertAlmostEquals(
    estimatedEnergy(energies, links, fewer, dense),
    keptEnergy(model, pruned.model, links),
    0.5,
  );
});

Deno.test("a filter that nothing reads is removed, without any change of the output", async () => {
  const silent = [1, 4, 30];
  const muted = smallC3d();
  const [M, N, ...kernel] = muted.weights.get("conv3.weight")!.shape;
  const S = kernel.reduce((a, b) => a * b, 1);
  for (let m = 0; m < M; m++) {
    for (const n of silent) {
      values(muted.weights.get("conv3.weight")!).fill(0, (m * N + n) * S, (m * N + n + 1) * S);
    }
  }
  const all = channelLinks(muted);
  const orders = layerEnergies(muted, all).map(({ order }) => order);
  const pruned = pruneHybrid(muted, all, orders, whole, (filters) => {
    const columns = columnsLeft(muted, all, filters);
    if (filters[1] === N) columns[2] -= silent.length * S;
    return columns;
  });
  assertEquals(pruned.dead, silent.length);
  assertEquals(pruned.filters[1], N - silent.length);
  assertEquals(pruned.model.structures.size, 0);
  const expected = await referenceOutput(muted);
  assertLess(relativeError(await referenceOutput(pruned.model), expected), 1e-5);
});

Deno.test("the search keeps more energy than the same rate everywhere", async () => {
  const energies = layerEnergies(model, links);
  const level = { filters: links.map(() => 0), columns: links.map(() => 0) };
  const uniform = keptBy(feasible(level, links, cost, budget.allowed), links);
  const compressed = await autocompress.compress(model, { macs: 3 }, {}, { seed: 1 });
  assertGreater(
    keptEnergy(model, compressed, links),
    estimatedEnergy(energies, links, uniform.filters, uniform.density),
  );
});
