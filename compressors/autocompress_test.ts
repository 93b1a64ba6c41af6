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
import type { Model } from "../graph/model.ts";
import { Random } from "../graph/random.ts";
import { values } from "../graph/tensor.ts";
import { autocompress } from "./autocompress.ts";
import { feasible, guided, keptBy, perturbed } from "./autocompress/action.ts";
import type { Action } from "./autocompress/action.ts";
import { anneal } from "./autocompress/annealing.ts";
import { estimatedEnergy, keptEnergy, layerEnergies } from "./autocompress/energy.ts";
import { applyHybrid, chooseHybrid } from "./autocompress/hybrid.ts";
import { columnsLeft, costOf, hybridSpace } from "./autocompress/space.ts";
import { budgetOf } from "./budget.ts";
import type { Target } from "./compressor.ts";
import { bundleScores, rankBundles } from "./filters.ts";
import { selectionOf } from "./selection.ts";
import {
  referenceOutput,
  smallC3d,
  smallDetector,
  smallMobileNet,
  smallResNet,
} from "./testing.ts";

const model = smallC3d();
const budget = budgetOf(model, { macs: 3 });
const spaceOf = (given: Model, target: Target = { macs: 3 }) =>
  hybridSpace(given, budgetOf(given, target), selectionOf(given));
const space = spaceOf(model);
const ordersOf = (given: Model) => {
  const { plan } = spaceOf(given);
  const scores = bundleScores(given, plan, "l2");
  return plan.groups.map((group) => rankBundles(group, scores));
};
const whole = space.plan.groups.map(({ bundles }) => bundles.length);
const level: Action = { filters: whole.map(() => 0), columns: space.layers.map(() => 0) };
const cost = ({ filters, density }: ReturnType<typeof keptBy>) =>
  costOf(space.costs(filters), density);

Deno.test("the cost by counts is that of the model with so many filters, in MACs and parameters", () => {
  for (const net of [model, smallResNet(), smallDetector(), smallMobileNet()]) {
    const costs = modelCosts(net);
    for (const target of [{ macs: 3 }, { params: 3 }]) {
      const own = spaceOf(net, target);
      const unit = "macs" in target ? "macs" : "params";
      const dense = own.layers.map(() => 1);
      const all = own.plan.groups.map(({ bundles }) => bundles.length);
      assertEquals(costOf(own.costs(all), dense), costs[unit]);
      const half = all.map((count) => count / 2);
      const chosen = chooseHybrid(
        net,
        own,
        ordersOf(net),
        half,
        (counts) => own.layers.map((layer) => columnsLeft(own, layer, counts)),
      );
      const pruned = applyHybrid(net, own, chosen);
      assertEquals(costOf(own.costs(half), dense), modelCosts(pruned)[unit], net.name);
      assertEquals(chosen.cost, modelCosts(pruned)[unit], net.name);
    }
  }
});

Deno.test("every proposal of the search meets the target and gives larger layers larger rates", () => {
  const random = new Random(1, "actions");
  const layers = budget.costs.layers.filter(({ weights }) => weights > 0).map(({ macs }) => macs);
  const groups = space.plan.groups.map(({ layers: [name] }) =>
    budget.costs.layers.find((layer) => layer.name === name)!.macs
  );
  const prunable = layers.map((_, i) => i).filter((i) => space.layers[i].reason === undefined);
  let action = level;
  for (let i = 0; i < 100; i++) {
    const moved = guided(perturbed(action, 3, random), space, { groups, layers });
    action = feasible(moved, space, budget.allowed);
    const kept = keptBy(action, space);
    assertAlmostEquals(cost(kept) / budget.allowed, 1, 1e-9);
    groups.forEach((size, a) =>
      groups.forEach((other, b) => {
        if (size <= other) return;
        assertLessOrEqual(kept.filters[a] / whole[a], kept.filters[b] / whole[b] + 1e-12);
      })
    );
    for (const a of prunable) {
      for (const b of prunable) {
        if (layers[a] <= layers[b]) continue;
        assertLessOrEqual(kept.density[a], kept.density[b] + 1e-12);
      }
    }
  }
});

Deno.test("a target near the highest rate is met at once, from any action", () => {
  const allowed = budget.dense / 4.8;
  const skewed = { filters: [9, -9, 0], columns: [0, 9, -9, 0, 0, 0] };
  assertAlmostEquals(cost(keptBy(feasible(skewed, space, allowed), space)) / allowed, 1, 1e-9);
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
  const orders = ordersOf(model);
  const energies = layerEnergies(model, space, orders);
  const density = space.layers.map(() => 1);
  assertAlmostEquals(estimatedEnergy(energies, { filters: whole, density }), 100, 1e-9);
  const fewer = whole.map((filters) => filters / 2);
  const pruned = chooseHybrid(
    model,
    space,
    orders,
    fewer,
    (filters) => space.layers.map((layer) => columnsLeft(space, layer, filters)),
  );
  assertEquals(pruned.dead, 0);
  // Filters and input channels are taken as independent of each other: nearly so in random weights.
  assertAlmostEquals(
    estimatedEnergy(energies, { filters: fewer, density }),
    keptEnergy(model, applyHybrid(model, space, pruned), space.layers),
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
  const own = spaceOf(muted);
  const pruned = chooseHybrid(muted, own, ordersOf(muted), whole, (filters) => {
    const columns = own.layers.map((layer) => columnsLeft(own, layer, filters));
    if (filters[0] === N) columns[2] -= silent.length * S;
    return columns;
  });
  assertEquals(pruned.dead, silent.length);
  const smaller = applyHybrid(muted, own, pruned);
  assertEquals(smaller.weights.get("conv2.weight")!.shape[0], N - silent.length);
  assertEquals(smaller.structures.size, 0);
  const expected = await referenceOutput(muted);
  assertLess(relativeError(await referenceOutput(smaller), expected), 1e-5);
});

Deno.test("the search keeps more energy than the same rate everywhere", async () => {
  const energies = layerEnergies(model, space, ordersOf(model));
  const uniform = keptBy(feasible(level, space, budget.allowed), space);
  const options = autocompress.parseOptions({});
  const compressed = await autocompress.compress(model, { macs: 3 }, options, { seed: 1 });
  assertGreater(
    keptEnergy(model, compressed, space.layers),
    estimatedEnergy(energies, uniform),
  );
});
