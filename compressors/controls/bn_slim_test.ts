import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
} from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { randomBatchNorm } from "../../graph/testing.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { groupLasso } from "../../training/penalties/group_lasso.ts";
import { assertGradient } from "../../training/penalties/testing.ts";
import { channelPlan } from "../channels.ts";
import { stripesNetwork, stripesTrainer } from "../learning/testing.ts";
import { selectionOf } from "../selection.ts";
import { randomWeights, smallC3d, smallDetector, smallMobileNet, smallResNet } from "../testing.ts";
import { bnSlim, scaleScores } from "./bn_slim.ts";
import { filtersLeft, formulaTrainer } from "./testing.ts";

/** Three layers with known scales, and one without a batch normalization. */
function scaled(): Model {
  const g = new GraphBuilder("scaled");
  const unit = (x: string, name: string, filters: number, scale: (i: number) => number) =>
    g.relu(g.batchNorm(
      g.conv(x, { name, filters, kernel: 3, pad: 1, weights: randomWeights }),
      {
        ...randomBatchNorm(`${name}/bn`),
        scale: (shape) =>
          tensor(Float32Array.from({ length: shape[0] }, (_, i) => scale(i)), shape),
      },
    ));
  let x = unit(g.input("image", [1, 3, 8, 8]), "first", 8, () => 1);
  x = unit(x, "a", 16, (i) => i < 4 ? -2 - i : 0.01 * i);
  x = unit(x, "b", 16, (i) => i < 12 ? 1 + i : 0.02);
  x = g.relu(g.conv(x, { name: "plain", filters: 16, kernel: 3, pad: 1, weights: randomWeights }));
  x = g.flatten(g.globalAveragePool(x));
  return g.output(g.gemm(x, { name: "fc", outputs: 2, weights: randomWeights })).build();
}

Deno.test("network slimming keeps the largest scales of the whole network, whatever their sign", async () => {
  const model = scaled();
  const { macs } = modelCosts(model);
  const keep = (a: number, b: number) => 64 * 9 * (3 * 8 + 8 * a + a * b + b * 16) + 32;
  // 4 filters of a and 12 of b are at least 1, all others below 0.16.
  const left = await bnSlim.compress(model, { macs: macs / (keep(4, 12) + 1) }, {}, {
    seed: 1,
    align: 1,
  });
  assertEquals(["first", "a", "b", "plain"].map((layer) => filtersLeft(left, layer)), [
    8,
    4,
    12,
    16,
  ]);
  const scales = left.nodes.filter(({ op }) => op === "BatchNormalization")
    .map(({ inputs: [, scale] }) => [...values(left.weights.get(scale)!)]);
  assertEquals(scales[1], [-2, -3, -4, -5]);
  const { reason } = left.report.layers.find(({ layer }) => layer === "plain")!;
  assertEquals(reason, "no batch normalization behind it");
});

Deno.test("scales of coupled channels count by their mean magnitude", () => {
  const model = smallResNet();
  const plan = channelPlan(model, selectionOf(model));
  const { bundles, layers } = plan.groups.find(({ layers }) => layers.includes("4b"))!;
  const of = (layer: string) => {
    const bn = model.nodes.find(({ inputs: [x] }) => x === layer)!;
    return Math.abs(values(model.weights.get(bn.inputs[1])!)[0]);
  };
  const expected = layers.reduce((sum, layer) => sum + of(layer), 0) / layers.length;
  assertAlmostEquals(scaleScores(model, plan)[bundles[0]], expected, 1e-6);
});

Deno.test("network slimming meets targets, whole vectors of filters kept", async () => {
  for (const model of [smallResNet(), smallDetector(), smallMobileNet()]) {
    const { macs } = modelCosts(model);
    const left = await bnSlim.compress(model, { macs: 1.6 }, {}, { seed: 1 });
    const reached = macs / modelCosts(left).macs;
    assertGreaterOrEqual(reached, 1.6);
    assertLess(reached, 1.85, model.name);
  }
});

Deno.test("the L1 penalty on scales pulls along the gradient of its value", () => {
  const gamma = new Float32Array([1, -0.5, 0.25, -2]), weights = new Map([["gamma", gamma]]);
  const layout = { filters: 1, channels: 1, positions: "all" } as const;
  const penalty = groupLasso([{ name: "gamma", shape: [4, 1], layout }], {
    strength: 3,
    epsilon: 1e-3,
  });
  penalty.begin(weights, { epoch: 0, step: 0 });
  assertAlmostEquals(penalty.value(weights), 3 * 3.75, 1e-4);
  assertGradient(penalty, weights, { tolerance: 1e-3 });
});

Deno.test("network slimming trains under the penalty for the first part of the budget", async () => {
  const { trainer, stages } = formulaTrainer(() => 0, { prune: 3, retrain: 2 });
  await bnSlim.compress(scaled(), { macs: 1.5 }, {}, { seed: 1, trainer });
  assertEquals(stages.map(({ name, epochs }) => [name, epochs]), [
    ["L1 on scales", 3],
    ["retraining", 2],
  ]);
  const [penalty] = stages[0].penalties!;
  const named = (penalty.settings.weights as { name: string }[]).map(({ name }) => name);
  assertEquals(named.length, 2, "of the layers whose filters can be removed");
  const none = formulaTrainer(() => 0, { prune: 0, retrain: 2 });
  await bnSlim.compress(scaled(), { macs: 1.5 }, {}, { seed: 1, trainer: none.trainer });
  assertEquals(none.stages.map(({ name }) => name), ["retraining"]);
});

Deno.test("training under the penalty brings scales down to nothing", async () => {
  const model = stripesNetwork();
  const real = stripesTrainer();
  const trained: Model[] = [];
  const trainer = {
    ...real,
    train: async (...given: Parameters<typeof real.train>) => {
      trained.push(await real.train(...given));
      return trained.at(-1)!;
    },
  };
  const left = await bnSlim.compress(model, { macs: 2 }, {}, { seed: 1, trainer });
  assertGreaterOrEqual(modelCosts(model).macs / modelCosts(left).macs, 2);
  const plan = channelPlan(model, selectionOf(model));
  const scales = (given: Model) => {
    const scores = scaleScores(given, plan);
    return plan.groups.flatMap(({ bundles }) => [...bundles]).map((bundle) => scores[bundle]);
  };
  const small = (given: Model) => scales(given).filter((scale) => scale < 0.1).length;
  assertEquals(small(model), 0);
  assertGreaterOrEqual(small(trained[0]), 6);
  const free = await real.train(model, { name: "free", epochs: 4 });
  assertEquals(small(free), 0);
});

Deno.test("network slimming refuses networks without batch normalization, and rates out of reach", async () => {
  const support = bnSlim.supports(smallC3d(), {});
  assert(!support.ok);
  assertEquals(
    support.reason,
    `model "small-c3d" has no batch normalization behind filters that can be removed`,
  );
  await assertRejects(
    () => bnSlim.compress(smallC3d(), { macs: 2 }, {}, { seed: 1 }),
    TypeError,
    `Cannot compress by "bn-slim"`,
  );
  const error = await assertRejects(
    () => bnSlim.compress(scaled(), { macs: 1000 }, {}, { seed: 1 }),
    RangeError,
    "must be at most",
  );
  assertGreater(Number(/at most ([\d.]+)/.exec(error.message)![1]), 2);
});
