/**
 * Whatever the action, the model costs what is allowed: up to a 99 % reduction, or the highest rate
 * that a network has.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { Random } from "../../graph/random.ts";
import { randomBatchNorm } from "../../graph/testing.ts";
import { budgetOf } from "../budget.ts";
import { selectionOf } from "../selection.ts";
import {
  randomWeights as weights,
  smallC3d,
  smallDetector,
  smallMobileNet,
  smallResNet,
  smallResNeXt,
} from "../testing.ts";
import { type Action, feasible, keptBy } from "./action.ts";
import { chooseByAction } from "./choose.ts";
import { problemOf, type Terms } from "./problem.ts";
import { pruneBy } from "./search.ts";
import { costOf, type HybridSpace, STRUCTURES } from "./space.ts";
import { leastCost } from "./whole.ts";

/** A residual network whose first layer and head cost next to nothing. */
function wideNet(): Model {
  const g = new GraphBuilder("wide");
  const unit = (x: string, name: string, filters: number, kernel = 3) =>
    g.relu(
      g.batchNorm(
        g.conv(x, { name, filters, kernel, pad: kernel >> 1, weights }),
        randomBatchNorm(`${name}/bn`),
      ),
    );
  const stem = unit(g.input("image", [1, 3, 8, 8]), "stem", 8);
  const x = unit(unit(stem, "conv1", 64), "conv2", 128);
  const y = unit(g.add(unit(unit(x, "conv3", 128), "conv4", 128), x), "conv5", 128, 1);
  const features = g.flatten(g.globalAveragePool(y));
  return g.output(g.gemm(features, { name: "fc", outputs: 10, weights, bias: weights })).build();
}

function termsOf(dense: Model, target: { macs: number } | { params: number }): Terms {
  return {
    dense,
    budget: budgetOf(dense, target),
    selection: selectionOf(dense),
    structure: "filter+column",
  };
}

const NETS = [
  wideNet(),
  smallC3d(),
  smallDetector(),
  smallMobileNet(),
  smallResNet(),
  smallResNeXt(),
];

for (const structure of STRUCTURES) {
  Deno.test(`any action of ${structure} meets any target that can be reached`, () => {
    const random = new Random(7, structure);
    for (const net of NETS) {
      for (const unit of ["macs", "params"] as const) {
        const all = budgetOf(net, unit === "macs" ? { macs: 1 } : { params: 1 });
        const terms = { ...termsOf(net, { macs: 1 }), budget: all, structure };
        const least = leastCost(problemOf(net, 1e9, terms).space);
        const highest = Math.min(100, all.dense / least);
        if (net.name === "wide") assertGreater(highest, 99);
        for (const rate of [2, 10, highest].filter((rate) => rate <= highest)) {
          const problem = problemOf(net, rate * (1 - 1e-12), terms);
          const { space, allowed } = problem;
          const skewed = ({ length }: readonly unknown[]) =>
            Array.from({ length }, () => 4 * random.normal());
          const action = feasible(
            { filters: skewed(space.plan.groups), columns: skewed(space.layers) },
            space,
            allowed,
          );
          const pruned = pruneBy(problem, chooseByAction(net, space, action, allowed));
          assertLessOrEqual(modelCosts(pruned)[unit], allowed * (1 + 1e-9), `${net.name} ${rate}`);
          for (const { shape } of pruned.weights.values()) assert(!shape.includes(0));
        }
      }
    }
  });
}

/** Layers of the given sizes, with columns to prune and nothing else. */
function layersOfSizes(sizes: readonly number[], largest: number): HybridSpace {
  const [net] = NETS;
  const { space } = problemOf(net, 2, termsOf(net, { params: 2 }));
  const layer = space.layers.find(({ reason }) => reason === undefined)!;
  return {
    ...space,
    largest,
    plan: { ...space.plan, groups: [] },
    steps: [],
    layers: sizes.map((size) => ({ ...layer, size })),
    costs: () => ({ fixed: 0, layers: sizes }),
  };
}

Deno.test("rates are rescaled to the target of the worked example, and beyond where factors fail", () => {
  const sizes = [100, 400, 500], rates = [0.2, 0.5, 0.6];
  // By a factor the rates would be .2308, .5769, .6923; and at a target of .95 the last one 1.096.
  for (const target of [0.6, 0.95]) {
    const space = layersOfSizes(sizes, 0.99);
    const logits = rates.map((rate) => Math.log(rate / 0.99 / (1 - rate / 0.99)));
    const action: Action = { filters: [], columns: logits };
    const before = keptBy(action, space).density.map((kept) => 1 - kept);
    before.forEach((rate, i) => assertAlmostEquals(rate, rates[i], 1e-12));
    const settled = feasible(action, space, 1000 * (1 - target));
    const { density } = keptBy(settled, space);
    assertAlmostEquals(costOf(space.costs([]), density), 1000 * (1 - target), 1e-6);
    const shifts = settled.columns.map((logit, i) => logit - logits[i]);
    for (const shift of shifts) assertAlmostEquals(shift, shifts[0], 1e-12);
    assert(density.every((kept, i) => kept > 0 && (i === 0 || kept < density[i - 1])));
  }
});
