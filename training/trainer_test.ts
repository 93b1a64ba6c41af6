import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import type { Model } from "../graph/model.ts";
import { openReference } from "../graph/reference.ts";
import { withBatch } from "../graph/rewrites/rebatch.ts";
import { values } from "../graph/tensor.ts";
import { evaluationBatches } from "./data/batches.ts";
import type { ClassLabel, Dataset } from "./data/dataset.ts";
import { evaluate } from "./evaluate.ts";
import type { Metric } from "./metrics/metric.ts";
import { adam } from "./optimisers/adam.ts";
import { sgd } from "./optimisers/sgd.ts";
import { masked } from "./penalties/masked.ts";
import { bitsOf, stripes, stripesNet, stripesOptions, stripesTask } from "./testing/stripes.ts";
import { train } from "./trainer.ts";
import type { TrainingProgress } from "./trainer_options.ts";

const task = stripesTask();
const options = stripesOptions;

Deno.test("a network learns to tell classes apart on images that it has not seen", async () => {
  const model = stripesNet();
  const before = bitsOf(model);
  const { model: trained, epochs, ...outcome } = await train(model, task, options);
  assertEquals(outcome, { ended: "finished", epoch: 4, metrics: { "top-1": 1 } });
  assertEquals(epochs.map(({ epoch }) => epoch), [1, 2, 3, 4]);
  assertEquals(epochs.map(({ step }) => step), [5, 10, 15, 20]);
  assertLess(epochs[3].loss, 0.2 * epochs[0].loss);
  assertEquals(epochs[3].metrics, outcome.metrics);
  assertEquals(bitsOf(model), before);
  assertEquals(await evaluate(trained, task.test, task.metric!), outcome.metrics);
});

Deno.test("a few images are learnt by heart, whatever their labels", async () => {
  const images = stripes(16);
  const odd: Dataset<ClassLabel> = {
    ...images,
    load: (i) => ({ ...images.load(i) as { values: Float32Array }, label: [0, 1, 1, 0][i % 4] }),
  };
  const { epochs } = await train(stripesNet({ dropout: 0 }), { ...task, train: odd }, {
    ...options,
    epochs: 60,
    batch: 16,
    rate: 0.05,
    optimiser: adam(),
    evaluateEvery: 60,
  });
  assertLess(epochs.at(-1)!.loss, 0.05);
  assertEquals(epochs.filter(({ metrics }) => "top-1" in metrics).map((e) => e.epoch), [60]);
});

Deno.test("the same seed gives the same bits, another seed others", async () => {
  const weights = async (seed: number) =>
    bitsOf((await train(stripesNet(), task, { ...options, epochs: 2, seed })).model);
  const first = await weights(3);
  assertEquals(await weights(3), first);
  assertNotEquals(await weights(4), first);
});

/** A model whose convolution keeps two of three pairs of filters at its first position. */
function structured(): Model {
  const model = stripesNet();
  const kept = Uint8Array.from({ length: 27 }, (_, i) => i % 9 === 0 && i < 18 ? 1 : i % 2);
  const layout = { filters: 2, channels: 1, positions: "each" } as const;
  return { ...model, structures: new Map([["conv.weight", { scheme: "kgs", layout, kept }]]) };
}

for (const optimiser of [sgd({ momentum: 0.9, nesterov: true }), adam()]) {
  Deno.test(`zeros of a structure stay zeros, and so do those of a mask: ${optimiser.id}`, async () => {
    const model = structured();
    const mask = Uint8Array.from({ length: 48 }, (_, i) => i % 3 === 0 ? 0 : 1);
    const { model: trained } = await train(model, task, {
      ...options,
      epochs: 2,
      optimiser,
      penalties: [masked(new Map([["fc.weight", mask]]))],
    });
    const { kept } = model.structures.get("conv.weight")!;
    values(trained.weights.get("conv.weight")!).forEach((value, i) => {
      const group = Math.floor(i / 18) * 9 + i % 9;
      assertEquals(value !== 0, kept[group] === 1, `weight ${i}`);
    });
    const fc = values(trained.weights.get("fc.weight")!);
    assertEquals(
      fc.map((value) => value === 0 ? 0 : 1),
      Float32Array.from(mask.slice(0, fc.length)),
    );
    assertEquals(trained.structures, model.structures);
  });
}

Deno.test("frozen weights stay what they are, running statistics among them", async () => {
  const model = stripesNet();
  const freeze = ["conv.*", "bn.mean", "*.bias"];
  const { model: trained } = await train(model, task, { ...options, epochs: 1, freeze });
  const [before, after] = [bitsOf(model), bitsOf(trained)];
  const changed = Object.keys(before).filter((name) => `${before[name]}` !== `${after[name]}`);
  assertEquals(changed, ["bn.weight", "bn.var", "fc.weight"]);
});

Deno.test("one step with clipped gradients goes no further than rate times the bound", async () => {
  const model = stripesNet();
  const distance = async (clip?: number) => {
    const { model: trained } = await train(model, task, {
      ...options,
      ...(clip !== undefined && { clip }),
      epochs: 1,
      batch: 44,
      optimiser: sgd({ momentum: 0 }),
      decay: 0,
      normalization: "running",
      rate: 1,
    });
    let sum = 0;
    for (const [name, t] of model.weights) {
      const after = values(trained.weights.get(name)!);
      values(t).forEach((value, i) => sum += (after[i] - value) ** 2);
    }
    return Math.sqrt(sum);
  };
  assertGreater(await distance(), 0.1);
  assertAlmostEquals(await distance(0.01), 0.01, 1e-5);
});

Deno.test("a loss that is no number stops training, naming step, epoch and weight", async () => {
  await assertRejects(
    () => train(stripesNet(), task, { ...options, rate: 1e30 }),
    RangeError,
    "Cannot go on with training as the loss must be finite: current value is NaN at step 2 of 5 in " +
      'epoch 1; the first weight with such a gradient is "conv.weight"',
  );
});

/** A metric that says what it is told, evaluation by evaluation. */
function scripted(script: readonly number[]): Metric<ClassLabel> {
  let evaluations = 0;
  return {
    names: ["score"],
    start: () => ({ add() {}, result: () => ({ score: script[evaluations++] }) }),
  };
}

Deno.test("training stops early when the metric does not rise, and the best weights are kept", async () => {
  const settings = { ...options, epochs: 20, patience: 2 };
  const stopped = (keep: "last" | "best") =>
    train(stripesNet(), { ...task, metric: scripted([0.1, 0.4, 0.4, 0.3]) }, { ...settings, keep });
  const best = await stopped("best");
  assertEquals([best.ended, best.epoch, best.epochs.length], ["early stop", 2, 4]);
  assertEquals(best.metrics, { score: 0.4 });
  const last = await stopped("last");
  assertEquals([last.ended, last.epoch, last.metrics], ["early stop", 4, { score: 0.3 }]);
  for (const { model, epoch } of [best, last]) {
    const straight = await train(stripesNet(), task, { ...options, epochs: epoch });
    assertEquals(bitsOf(model), bitsOf(straight.model));
  }
});

/** Mean and unbiased variance of what a convolution puts out for all images, from 64-bit sums. */
async function statisticsByHand(images: Dataset<ClassLabel>) {
  const model = stripesNet();
  const outputs = [{ name: "conv", shape: [1, 6, 6, 6] }];
  await using session = await openReference(withBatch({ ...model, outputs }, images.size));
  const batches = await Array.fromAsync(evaluationBatches(images, { batch: images.size }));
  const conv = values((await session.run(new Map([["image", batches[0].input]]))).get("conv")!);
  return Array.from({ length: 6 }, (_, channel) => {
    const own = [...conv].filter((_, i) => Math.floor(i / 36) % 6 === channel);
    const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
    const variance = own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (own.length - 1);
    return { mean, variance };
  });
}

Deno.test("running statistics follow those of batches, and stay in running normalization", async () => {
  const images = stripes(44);
  // Not augmented, so that what the batch holds is known.
  const plain: Dataset<ClassLabel> = { ...images, load: (i) => images.load(i) };
  const run = (normalization: "batch" | "running") =>
    train(stripesNet(), { ...task, train: plain }, {
      ...options,
      epochs: 1,
      batch: 44,
      momentum: 0.25,
      normalization,
    });
  const { weights } = (await run("batch")).model;
  const expected = await statisticsByHand(images);
  for (const [channel, { mean, variance }] of expected.entries()) {
    assertAlmostEquals(values(weights.get("bn.mean")!)[channel], 0.25 * mean, 1e-5);
    assertAlmostEquals(values(weights.get("bn.var")!)[channel], 0.75 + 0.25 * variance, 1e-5);
  }
  const still = (await run("running")).model.weights;
  assertEquals([...values(still.get("bn.mean")!)], [0, 0, 0, 0, 0, 0]);
  assertEquals([...values(still.get("bn.var")!)], [1, 1, 1, 1, 1, 1]);
});

Deno.test("statistics are taken anew at the end, and the network is judged once more", async () => {
  const settings = { ...options, epochs: 2, rate: 0.3 };
  const plain = await train(stripesNet(), task, settings);
  const anew = await train(stripesNet(), task, { ...settings, reestimate: 7 });
  const [before, after] = [bitsOf(plain.model), bitsOf(anew.model)];
  const changed = Object.keys(before).filter((name) => `${before[name]}` !== `${after[name]}`);
  assertEquals(changed, ["bn.mean", "bn.var"]);
  assertEquals(anew.metrics, await evaluate(anew.model, task.test, task.metric!));
});

Deno.test("progress rises to its end and tells loss and time", async () => {
  const told: TrainingProgress[] = [];
  const epochs: number[] = [];
  await train(stripesNet(), task, {
    ...options,
    epochs: 2,
    onProgress: (progress) => told.push(progress),
    onEpoch: ({ epoch }) => epochs.push(epoch),
  });
  assertEquals(epochs, [1, 2]);
  assertEquals(told.map(({ label }) => label), [
    ...["epoch 1/2", "epoch 1/2", "epoch 1/2", "epoch 1/2", "epoch 1/2"],
    ...["evaluating", "evaluating", "evaluating"],
    ...["epoch 2/2", "epoch 2/2", "epoch 2/2", "epoch 2/2", "epoch 2/2"],
    ...["evaluating", "evaluating", "evaluating"],
  ]);
  const fractions = told.map(({ fraction }) => fraction);
  assertEquals(fractions, fractions.toSorted((a, b) => a - b));
  assertEquals([fractions[0], fractions.at(-1)], [0.1, 1]);
  assert(told.every(({ secondsLeft, loss }) => secondsLeft! >= 0 && loss! > 0));
});

Deno.test("a network is judged in another form than it is trained in", async () => {
  const judged = (model: Model) => ({ ...model, outputs: [{ name: "pool", shape: [1, 6, 2, 2] }] });
  const names: string[] = [];
  const metric: Metric<ClassLabel> = {
    names: ["score"],
    start: () => ({
      add: (outputs) => names.push(...outputs.keys()),
      result: () => ({ score: 1 }),
    }),
  };
  await train(stripesNet(), { ...task, judged, metric }, { ...options, epochs: 1 });
  assertEquals(names, ["pool", "pool", "pool"]);
});
