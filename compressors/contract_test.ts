/**
 * What every compressor must keep to, whatever the method.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { modelCosts } from "../graph/costs.ts";
import { encodeOnnx } from "../graph/onnx/write.ts";
import { values } from "../graph/tensor.ts";
import type { Target } from "./compressor.ts";
import { COMPRESSORS } from "./registry.ts";
import { project } from "./sparsity/mask.ts";
import {
  perceptron,
  referenceOutput,
  smallC3d,
  smallDetector,
  smallMobileNet,
  smallResNet,
  smallResNeXt,
} from "./testing.ts";
import type { Trainer, TrainingBudget, TrainingStage } from "./trainer.ts";

const model = smallC3d();
const before = encodeOnnx(model);
const dense = modelCosts(model);
const context = { seed: 1 };
/** Networks whose channels are tied, joined, split and grouped. */
const OTHERS = [smallResNet(), smallDetector(), smallMobileNet(), smallResNeXt()];

/** Those that remove nothing; take their time; want kernels of 3x3; want batch normalizations; want training. */
const APART = ["dense", "as-is", "cp", "pattern", "bn-slim", "netadapt", "amc"];

/** Every method with its defaults, and other schemes that take another way through the code. */
const CASES: [id: string, options: Record<string, unknown>][] = [
  ...COMPRESSORS.filter(({ id }) => !APART.includes(id)).map(({ id }) =>
    [id, {}] as [string, Record<string, unknown>]
  ),
  ["rt3d", { scheme: "vanilla", block: "4x4" }],
  ["rt3d", { scheme: "filter" }],
  ["rt3d", { allocation: "global", norm: "l1" }],
  ["yolobile", { fullyConnected: false }],
  ["yolobile", { allocation: "uneven" }],
  ["unstructured", { allocation: "global" }],
  ["tucker", { decomposition: "hooi", ranks: "ratio" }],
  ["cp", { sweeps: 2 }],
];

for (const [id, raw] of CASES) {
  const compressor = COMPRESSORS.find((candidate) => candidate.id === id)!;
  const options = compressor.parseOptions(raw);
  const compress = (target: Target, seed = 1) =>
    compressor.compress(model, target, options, { seed });
  const title = `${id} ${JSON.stringify(raw)}`;

  Deno.test(`${title} reaches the target closely, and its report agrees with the counts`, async () => {
    for (const target of [{ macs: 2 }, { params: 1.5 }, { macs: 1 }]) {
      const compressed = await compress(target);
      const costs = modelCosts(compressed);
      const [wanted, reached] = "macs" in target
        ? [target.macs, dense.macs / costs.macs]
        : [target.params, dense.params / costs.params];
      assertGreaterOrEqual(reached, wanted! - 1e-9);
      // One step of 8 filters or ranks is a tenth of this small network.
      assertLess(reached, wanted! * (compressed.structures.size > 0 ? 1.01 : 1.2));
      const { layers } = compressed.report;
      const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
      assertEquals(sum(layers.map((layer) => layer.macs)), costs.macs);
      assertEquals(sum(layers.map((layer) => layer.params)), costs.params);
      assertEquals(sum(layers.map((layer) => layer.denseMacs)), dense.macs);
      assertEquals(layers.map(({ layer }) => layer), [
        "conv1",
        "conv2",
        "conv3",
        "conv4",
        "fc5",
        "fc6",
      ]);
    }
  });

  Deno.test(`${title} gives a model that runs, with zeros outside its masks`, async () => {
    const compressed = await compress({ macs: 2 });
    for (const [name, structure] of compressed.structures) {
      const weight = compressed.weights.get(name)!;
      assertEquals(values(project(weight, structure)), values(weight));
      assert(structure.kept.includes(0) && structure.kept.includes(1));
    }
    const output = await referenceOutput(compressed);
    assertEquals(output.shape, [1, 10]);
    assert(values(output).every(Number.isFinite));
  });

  Deno.test(`${title} compresses residual, branched, grouped and depthwise networks`, async () => {
    for (const net of OTHERS) {
      const { macs } = modelCosts(net);
      const compressed = await compressor.compress(net, { macs: 1.6 }, options, { seed: 1 });
      const reached = macs / modelCosts(compressed).macs;
      assertGreaterOrEqual(reached, 1.6 - 1e-9, net.name);
      assertLess(reached, compressed.structures.size > 0 ? 1.63 : 1.9, net.name);
      assert(values(await referenceOutput(compressed)).every(Number.isFinite));
      for (const { shape } of compressed.weights.values()) assert(!shape.includes(0));
      for (const { layer, decision, reason, rate } of compressed.report.layers) {
        assert(rate >= 1 || decision !== "dense", layer);
        if (rate === 1 && decision === "dense") assert(reason !== undefined, layer);
      }
    }
  });

  Deno.test(`${title} leaves layers alone that are kept, and names what does not exist`, async () => {
    const keep = ["conv2", "fc*"];
    const selected = { seed: 1, selection: { keep } };
    const { report } = await compressor.compress(model, { macs: 1.2 }, options, selected);
    for (const { layer, decision, reason } of report.layers) {
      if (layer !== "conv2" && !layer.startsWith("fc")) continue;
      assertMatch(decision, /^(dense|input channels removed)$/);
      assertEquals(reason, "kept as asked");
    }
    for (
      const selection of [{ only: ["conv7"] }, { keep: ["x*"] }, { rates: new Map([["conv7", 2]]) }]
    ) {
      await assertRejects(
        () => compressor.compress(model, { macs: 1.2 }, options, { seed: 1, selection }),
        RangeError,
        "did you mean",
      );
    }
  });

  Deno.test(`${title} gives the same bytes for the same seed and leaves its input alone`, async () => {
    const [a, b] = [await compress({ macs: 2 }), await compress({ macs: 2 })];
    assertEquals(encodeOnnx(a), encodeOnnx(b));
    assertEquals(a.report, b.report);
    assertEquals(encodeOnnx(model), before);
  });

  Deno.test(`${title} refuses a rate out of reach and names the highest that is not`, async () => {
    const error = await assertRejects(() => compress({ macs: 1e6 }), RangeError);
    assertMatch(error.message, /rate of macs must be at most [\d.]+: current value is 1000000/);
    const highest = Number(/at most ([\d.]+)/.exec(error.message)![1]);
    assertGreaterOrEqual(dense.macs / modelCosts(await compress({ macs: highest })).macs, highest);
    for (const rate of [0.99, NaN, Infinity]) {
      await assertRejects(() => compress({ macs: rate }), RangeError, "rate must be at least 1");
    }
  });

  Deno.test(`${title} tells its progress and stops when asked`, async () => {
    let steps = 0;
    const onProgress = () => void steps++;
    await compressor.compress(model, { macs: 2 }, options, { ...context, onProgress });
    assertGreaterOrEqual(steps, 2);
    const controller = new AbortController();
    await assertRejects(
      () =>
        compressor.compress(model, { macs: 2 }, options, {
          ...context,
          signal: controller.signal,
          onProgress: () => controller.abort(new Error("stopped by hand")),
        }),
      Error,
      "stopped by hand",
    );
  });

  Deno.test(`${title} lets a trainer have the last word, within the budget`, async () => {
    const { trainer, stages } = countingTrainer({ prune: 2, retrain: 3 });
    const compressed = await compressor.compress(model, { macs: 2 }, options, {
      ...context,
      trainer,
    });
    assertGreaterOrEqual(stages.length, 1);
    assertEquals(stages.at(-1)!.name, "retraining");
    assertEquals(compressed.metadata.stages, `${stages.length}`);
    const epochs = stages.reduce((sum, { epochs }) => sum + epochs, 0);
    assertGreaterOrEqual(epochs, 3);
    assertLessOrEqual(epochs, 5);
    assert(!compressed.report.notes.some((note) => note.startsWith("one-shot")));
  });
}

/** A trainer that learns nothing: it counts its stages, in the model's metadata too. */
function countingTrainer(budget: TrainingBudget) {
  const stages: TrainingStage[] = [];
  const trainer: Trainer = {
    budget,
    metric: "top-1",
    train(given, stage) {
      stages.push(stage);
      return Promise.resolve({ ...given, metadata: { stages: `${stages.length}` } });
    },
    evaluate: () => Promise.resolve(50),
    gradients: ({ weights }) =>
      Promise.resolve(new Map([...weights].map(([n, w]) => [n, values(w)]))),
    recalibrate: (given) => Promise.resolve(given),
    travel: (epochs) => epochs,
  };
  return { trainer, stages };
}

Deno.test("methods that prune refuse a model without convolutions, and say why", async () => {
  for (const compressor of COMPRESSORS) {
    if (["dense", "as-is", "tucker", "cp"].includes(compressor.id)) continue;
    const options = compressor.parseOptions({});
    const support = compressor.supports(perceptron(), options);
    assert(!support.ok);
    assertMatch(support.reason, /model "perceptron" has no layer to prune/);
    await assertRejects(
      () => compressor.compress(perceptron(), { macs: 2 }, options, context),
      TypeError,
      support.reason,
    );
  }
});

Deno.test("tucker refuses a model without a layer that it may factorise", () => {
  const tucker = COMPRESSORS.find(({ id }) => id === "tucker")!;
  const support = tucker.supports(perceptron(), tucker.parseOptions({ fullyConnected: false }));
  assert(!support.ok);
  assertMatch(support.reason, /no layer that can be factorised/);
});

Deno.test("what is factorised can be pruned, and what is pruned is not pruned again", async () => {
  const find = (id: string) => COMPRESSORS.find((candidate) => candidate.id === id)!;
  const [tucker, rt3d] = [find("tucker"), find("rt3d")];
  const factors = await tucker.compress(model, { macs: 1.5 }, tucker.parseOptions({}), context);
  const both = await rt3d.compress(factors, { macs: 1.5 }, rt3d.parseOptions({}), context);
  assertGreaterOrEqual(dense.macs / modelCosts(both).macs, 2.25 - 1e-9);
  assertEquals((await referenceOutput(both)).shape, [1, 10]);
  const again = rt3d.supports(both, rt3d.parseOptions({}));
  assert(!again.ok);
  assertMatch(again.reason, /already pruned/);
});
