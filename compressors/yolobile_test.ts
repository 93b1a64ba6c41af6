import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { values } from "../graph/tensor.ts";
import type { CompressedModel } from "./compressor.ts";
import { stripesNetwork, stripesTrainer } from "./learning/testing.ts";
import { smallC3d, smallDetector } from "./testing.ts";
import type { Trainer, TrainingStage } from "./trainer.ts";
import { yolobile } from "./yolobile.ts";

const compress = (options: Record<string, unknown>, model = smallC3d(), rate = 2) =>
  yolobile.compress(model, { macs: rate }, yolobile.parseOptions(options), { seed: 1 });
const structures = async (options: Record<string, unknown>) => (await compress(options)).structures;

Deno.test("YOLObile prunes fully connected layers as 1x1, but no head and no first layer", async () => {
  const convolutions = ["conv2.weight", "conv3.weight", "conv4.weight"];
  assertEquals([...(await structures({})).keys()], [...convolutions, "fc5.weight"]);
  assertEquals([...(await structures({ fullyConnected: false })).keys()], convolutions);
});

Deno.test("block-punched structures have one bit per position of each block", async () => {
  const found = await structures({ block: "4x2" });
  const bits = (name: string) => found.get(name)!.kept.length;
  assertEquals(bits("conv2.weight"), (32 / 4) * (16 / 2) * 27);
  assertEquals(bits("fc5.weight"), (40 / 4) * (20 * 18 / 2));
  for (const { scheme, layout } of found.values()) {
    assertEquals([scheme, layout], [
      "block-punched",
      { filters: 4, channels: 2, positions: "each" },
    ]);
  }
});

Deno.test("options of YOLObile are checked", () => {
  const parse = (raw: unknown) => yolobile.parseOptions(raw);
  assertThrows(() => parse({ fullyConnected: "yes" }), TypeError, "true or false");
  assertThrows(() => parse({ block: 8 }), TypeError, "current value is 8");
  assertThrows(() => parse({ ratios: "v9" }), RangeError, '"v8"');
  assertThrows(() => parse({ unevenness: 0.5 }), RangeError, "a number from 1 to 4");
  const global = { allocation: "global", scores: "percentile" };
  assertThrows(() => parse(global), RangeError, 'one of "uniform", "uneven"');
});

/** Sparsity of a layer's weights. */
function sparsity({ report }: CompressedModel, layer: string): number {
  return 1 - 1 / report.layers.find((entry) => entry.layer === layer)!.rate;
}

Deno.test("uneven rates: kernels above 1x1 are sparser by the factor, and the target is met", async () => {
  const model = smallDetector(), dense = modelCosts(model).macs;
  // Small blocks, so that shares are fine enough to be compared.
  const fine = { block: "2x1" };
  for (const rate of [1.5, 3]) {
    const uneven = await compress({ ...fine, allocation: "uneven", unevenness: 1.2 }, model, rate);
    const even = await compress(fine, model, rate);
    for (const compressed of [uneven, even]) {
      const reached = dense / modelCosts(compressed).macs;
      assertGreaterOrEqual(reached, rate);
      assertLess(reached, rate * 1.002);
    }
    for (const large of ["inner2", "down", "merge"]) {
      assertAlmostEquals(sparsity(uneven, large), 1.2 * sparsity(uneven, "inner1"), 0.01);
      assertAlmostEquals(sparsity(even, large), sparsity(even, "inner1"), 0.01);
    }
  }
});

Deno.test("by percentile the target is met too, and only scores decide", async () => {
  const model = smallDetector(), dense = modelCosts(model).macs;
  for (const allocation of ["uniform", "uneven"]) {
    const compressed = await compress({ scores: "percentile", allocation }, model, 4);
    const reached = dense / modelCosts(compressed).macs;
    assertGreaterOrEqual(reached, 4);
    assertLess(reached, 4.1);
  }
});

Deno.test("a ratio set is refused on other networks", async () => {
  const options = yolobile.parseOptions({ ratios: "v8" });
  const support = yolobile.supports(smallDetector(), options);
  assert(!support.ok);
  await assertRejects(() => compress({ ratios: "v8" }, smallDetector()), TypeError, support.reason);
});

/** A trainer that learns nothing. */
function recordingTrainer() {
  const stages: TrainingStage[] = [];
  const trainer: Trainer = {
    budget: { prune: 4, retrain: 3 },
    metric: "top-1",
    train(given, stage) {
      stages.push(stage);
      return Promise.resolve(given);
    },
    evaluate: () => Promise.resolve(50),
    gradients: () => Promise.resolve(new Map()),
    recalibrate: (given) => Promise.resolve(given),
    travel: (epochs) => epochs / 10,
  };
  return { trainer, stages };
}

Deno.test("ADMM draws the weights to what each layer keeps, then cuts and retrains", async () => {
  const model = smallDetector(), { trainer, stages } = recordingTrainer();
  const options = yolobile.parseOptions({ algorithm: "admm" });
  const compressed = await yolobile.compress(model, { macs: 2 }, options, { seed: 1, trainer });
  assertEquals(stages.map(({ epochs }) => epochs), [2, 2, 3]);
  assertEquals(stages.at(-1)!.name, "retraining");
  for (const { penalties } of stages.slice(0, -1)) {
    assertEquals(penalties!.map(({ id }) => id), ["admm"]);
    // Its first Z is the projection of the weights: what is cut of weights that have not moved.
    const weights = new Map([...model.weights].map(([name, weight]) => [name, values(weight)]));
    penalties![0].begin(weights, { epoch: 0, step: 0 });
    for (const [name, { centre }] of penalties![0].pulls(weights)) {
      assertEquals(centre, values(compressed.weights.get(name)!));
    }
  }
});

Deno.test("algorithms that learn ask for a trainer, after the target has been checked", async () => {
  for (const algorithm of ["admm", "reweighted"]) {
    await assertRejects(() => compress({ algorithm }), RangeError, "there is no training");
    await assertRejects(() => compress({ algorithm }, smallC3d(), 1e5), RangeError, "at most");
  }
});

/** Share of the energy of the pruned weights that a cut leaves. */
function energy(before: Model, after: Model): number {
  let all = 0, left = 0;
  for (const name of after.structures.keys()) {
    const w = values(before.weights.get(name)!), v = values(after.weights.get(name)!);
    w.forEach((value, i) => {
      all += value * value;
      if (v[i] !== 0) left += value * value;
    });
  }
  return left / all;
}

for (const algorithm of ["reweighted", "admm"] as const) {
  Deno.test(`${algorithm} learning on a task leaves less to cut than cutting at once`, async () => {
    const trainer = stripesTrainer();
    const seen: Model[] = [];
    const watching: Trainer = {
      budget: { prune: 20, retrain: 2 },
      metric: trainer.metric,
      train: async (model, stage, signal) => {
        const learnt = await trainer.train(model, stage, signal);
        seen.push(learnt);
        return learnt;
      },
      evaluate: (...given) => trainer.evaluate(...given),
      gradients: (...given) => trainer.gradients(...given),
      recalibrate: (...given) => trainer.recalibrate(...given),
      travel: (epochs) => trainer.travel(epochs),
    };
    const net = stripesNetwork(), dense = modelCosts(net).macs;
    const options = yolobile.parseOptions({ algorithm, block: "4x4" });
    const context = { seed: 1, trainer: watching };
    const compressed = await yolobile.compress(net, { macs: 3 }, options, context);
    const reached = dense / modelCosts(compressed).macs;
    assertGreaterOrEqual(reached, 3);
    assertLess(reached, 3.1);
    const atOnce = await yolobile.compress(
      net,
      { macs: 3 },
      { ...options, algorithm: "one-shot" },
      { seed: 1 },
    );
    assertLess(1 - energy(seen.at(-2)!, compressed), 0.8 * (1 - energy(net, atOnce)));
    // Retraining has kept the zeros.
    for (const [name, { kept }] of compressed.structures) {
      assert(kept.includes(0) && values(compressed.weights.get(name)!).includes(0));
    }
  });
}
