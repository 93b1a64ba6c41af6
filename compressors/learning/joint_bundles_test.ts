import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { randomBatchNorm } from "../../graph/testing.ts";
import { values } from "../../graph/tensor.ts";
import { channelPlan } from "../channels.ts";
import { rt3d } from "../rt3d.ts";
import { selectionOf } from "../selection.ts";
import { randomWeights, smallResNet } from "../testing.ts";
import { jointBundles, jointBundleScores } from "./joint_bundles.ts";
import { stripesTrainer } from "./testing.ts";

const planOf = (model: Model) => channelPlan(model, selectionOf(model));

/** The normalization behind a layer. */
function normalizationOf({ nodes }: Model, layer: string) {
  const { outputs: [y] } = nodes.find(({ name }) => name === layer)!;
  return nodes.find(({ op, inputs }) => op === "BatchNormalization" && inputs[0] === y)!;
}

Deno.test("a bundle is all that makes its channel: coupled filters, scales and shifts", () => {
  const model = smallResNet(), plan = planOf(model);
  const joint = jointBundles(model, plan), scores = jointBundleScores(model, plan);
  assert(plan.groups.some(({ layers }) => layers.length > 2));
  for (const [g, { layers, bundles }] of plan.groups.entries()) {
    const bns = layers.map((layer) => normalizationOf(model, layer));
    const expected = layers.flatMap((layer, i) => [
      `${layer}.weight`,
      ...bns[i].inputs.slice(1, 3),
    ]);
    assertEquals(joint[g].parts.map(({ name }) => name).sort(), expected.sort());
    assertEquals(joint[g].count, bundles.length);
    const square = expected.reduce((sum, name) => {
      const w = values(model.weights.get(name)!), size = w.length / bundles.length;
      return sum + w.subarray(3 * size, 4 * size).reduce((own, x) => own + x * x, 0);
    }, 0);
    assertAlmostEquals(scores[bundles[3]], Math.sqrt(square), 1e-5);
  }
  assertEquals(new Set(joint.map(({ name }) => name)).size, joint.length);
});

Deno.test("in units of what is usual, bundles of all groups have a mean square of 1", () => {
  const model = smallResNet(), plan = planOf(model);
  const scores = jointBundleScores(model, plan, { normalised: true, given: model });
  for (const { bundles } of plan.groups) {
    const squares = bundles.reduce((sum, bundle) => sum + scores[bundle] ** 2, 0);
    assertAlmostEquals(squares / bundles.length, 1, 1e-5);
  }
});

/** A network for stripes with a sum of two layers that may both lose filters. */
function residualStripes(): Model {
  const g = new GraphBuilder("residual-stripes");
  const weights = randomWeights;
  const unit = (x: string, name: string, filters: number) =>
    g.batchNorm(
      g.conv(x, { name, filters, kernel: 3, pad: 1, weights }),
      randomBatchNorm(`${name}/bn`),
    );
  const stem = g.maxPool(g.relu(unit(g.input("image", [1, 1, 8, 8]), "stem", 8)), {
    name: "pool",
    kernel: 2,
  });
  const first = g.relu(unit(stem, "first", 32));
  const x = g.relu(g.add(unit(g.relu(unit(first, "inner", 32)), "second", 32), first));
  const features = g.flatten(g.globalAveragePool(x));
  return g.output(g.gemm(features, { name: "fc", outputs: 2, weights, bias: weights })).build();
}

for (const algorithm of ["fixed", "reweighted"] as const) {
  Deno.test(`${algorithm}: bundles that are cut fell together in all their weights`, async () => {
    const dense = await stripesTrainer().train(residualStripes(), { name: "dense", epochs: 4 });
    const trainer = stripesTrainer({ budget: { prune: 20, retrain: 1 } });
    const results: Model[] = [];
    const watched: typeof trainer = {
      ...trainer,
      async train(...stage) {
        results.push(await trainer.train(...stage));
        return results.at(-1)!;
      },
    };
    const options = rt3d.parseOptions({
      ...{ scheme: "filter", algorithm, allocation: "uniform", shrunk: 0.05 },
    });
    const context = { seed: 1, trainer: watched };
    const compressed = await rt3d.compress(dense, { macs: 2 }, options, context);
    const [learnt] = results, plan = planOf(learnt), scores = jointBundleScores(learnt, plan);
    const joint = jointBundles(learnt, plan);
    const coupled = plan.groups.findIndex(({ layers }) => layers.join() === "first,second");
    const [kept] = compressed.weights.get("second.weight")!.shape;
    const order = plan.groups[coupled].bundles
      .toSorted((a, b) => scores[b] - scores[a])
      .map((bundle) => plan.groups[coupled].bundles.indexOf(bundle));
    assertGreater(order.length, kept);
    /** What learning has left of the elements that some bundles have in one weight. */
    const left = (name: string, groups: Int32Array, some: Int32Array) => {
      const [was, is] = [dense, learnt].map(({ weights }) => {
        const w = values(weights.get(name)!), inner = w.length / groups.length;
        return w.reduce(
          (sum, x, i) => some.includes(groups[Math.floor(i / inner)]) ? sum + x * x : sum,
          0,
        );
      });
      return Math.sqrt(is / was);
    };
    assertEquals(joint[coupled].parts.length, 6);
    for (const { name, groups } of joint[coupled].parts) {
      const cut = left(name, groups, order.subarray(kept));
      assertLess(cut, 0.2);
      assertGreater(left(name, groups, order.subarray(0, kept)), 2 * cut);
    }
  });
}
