import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { join } from "node:path";
import { openReference } from "../../graph/reference.ts";
import { tensor, values } from "../../graph/tensor.ts";
import { masked } from "../../training/penalties/masked.ts";
import { bitsOf, stripes } from "../../training/testing/stripes.ts";
import { stripesNetwork, stripesTrainer } from "./testing.ts";

const budget = { prune: 4, retrain: 2 };

Deno.test("a stage learns, and tells its curve from before the first step", async () => {
  const trainer = stripesTrainer();
  const model = stripesNetwork();
  const trained = await trainer.train(model, { name: "learning", epochs: 6 });
  const [{ name, before, epochs, samples }] = trainer.stages;
  assertEquals([name, epochs.length, samples], ["learning", 6, 44]);
  assertGreater(epochs.at(-1)!.metrics["top-1"], before["top-1"]);
  assertEquals(await trainer.test(trained), epochs.at(-1)!.metrics);
  assertGreater(await trainer.evaluate(trained), 90);
});

Deno.test("stages are repeated neither by a second trainer nor by an aborted one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const run = async (abortAfter = Infinity) => {
      const controller = new AbortController();
      const trainer = stripesTrainer({ folder, budget });
      let model = stripesNetwork();
      for (let i = 0; i < 3; i++) {
        if (i === abortAfter) controller.abort(new Error("by hand"));
        model = await trainer.train(model, { name: `${i}`, epochs: 2 }, controller.signal);
      }
      const value = await trainer.evaluate(model, { recalibrate: true });
      return { bits: bitsOf(model), value, seconds: trainer.stages.map(({ epochs }) => epochs) };
    };
    await assertRejects(() => run(2), Error, "by hand");
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(files.filter((name) => name.startsWith("stage-")).length, 2);
    const first = await run();
    // Epochs come from the files, their measured seconds too.
    assertEquals(await run(), first);
    const alone = stripesTrainer({ budget });
    let model = stripesNetwork();
    for (let i = 0; i < 3; i++) model = await alone.train(model, { name: `${i}`, epochs: 2 });
    assertEquals(bitsOf(model), first.bits);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("evaluations are remembered, a half written last line is not", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = stripesNetwork();
    const first = stripesTrainer({ folder });
    const value = await first.evaluate(model);
    await first.evaluate(model);
    assertEquals(first.evaluations.count, 1);
    const file = join(folder, "evaluations.jsonl");
    const whole = await Deno.readTextFile(file);
    await Deno.writeTextFile(
      file,
      `${whole.replace(/\{"value":[^}]*\}/, '{"value":12.5,"seconds":1}')}["qu`,
    );
    const second = stripesTrainer({ folder });
    assertEquals(await second.evaluate(model), 12.5);
    assertNotEquals(value, 12.5);
    await second.evaluate(model, { recalibrate: true });
    assertEquals(second.evaluations.count, 2);
    assertEquals(
      (await Deno.readTextFile(file)).split("\n").slice(0, 2).join("\n") + "\n",
      whole.replace(/\{"value":[^}]*\}/, '{"value":12.5,"seconds":1}'),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("recalibrated statistics are those of the training samples at each normalization", async () => {
  const model = stripesNetwork();
  const ready = await stripesTrainer().recalibrate(model);
  // By hand: the first normalization reads the first convolution, whose output ONNX Runtime tells.
  const [conv, norm] = model.nodes;
  assertEquals([conv.op, norm.op], ["Conv", "BatchNormalization"]);
  const probe = { ...model, outputs: [{ name: conv.outputs[0], shape: [1, 16, 8, 8] }] };
  await using session = await openReference({ ...probe, nodes: [conv] });
  const data = stripes(44, 1);
  let sum = 0, squares = 0, count = 0;
  for (let i = 0; i < 40; i++) {
    const { values: pixels } = await data.load(i);
    const out = await session.run(new Map([["image", tensor(pixels, [1, 1, 8, 8])]]));
    for (const x of values(out.get(conv.outputs[0])!).subarray(0, 64)) {
      sum += x;
      squares += x * x;
      count++;
    }
  }
  const mean = values(ready.weights.get(norm.inputs[3])!)[0];
  const variance = values(ready.weights.get(norm.inputs[4])!)[0];
  // Augmentation shifts the stripes, so the samples are not quite the same.
  assertAlmostEquals(mean, sum / count, 0.1 * Math.sqrt(variance));
  assertAlmostEquals(variance / (squares / count - (sum / count) ** 2), 1, 0.1);
  assertEquals(bitsOf(ready)[conv.inputs[1]], bitsOf(model)[conv.inputs[1]]);
});

Deno.test("gradients point uphill", async () => {
  const trainer = stripesTrainer();
  const model = stripesNetwork();
  const gradients = await trainer.gradients(model);
  assertEquals(gradients.size, 4 * 3 + 2);
  const step = (sign: number) => ({
    ...model,
    weights: new Map([...model.weights].map(([name, weight]) => {
      const g = gradients.get(name);
      const moved = values(weight).map((x, i) => x + (g ? sign * 0.5 * g[i] : 0));
      return [name, tensor(moved, weight.shape)];
    })),
  });
  const [down, up] = [
    await trainer.evaluate(step(-1), { recalibrate: true }),
    await trainer.evaluate(step(1), { recalibrate: true }),
  ];
  assert(down >= up, `${down} against ${up}`);
});

Deno.test("travel is what the weight of a constant gradient moves", () => {
  // 5 steps an epoch, rate 0.02, cosine with a mean of one half (and half a step more), momentum 0.9.
  assertAlmostEquals(stripesTrainer().travel(4), 20 * 0.02 / 2 / 0.1, 0.15);
});

Deno.test("masks hold in stages, and a teacher may teach", async () => {
  const trainer = stripesTrainer();
  const model = stripesNetwork();
  const [name, weight] = [...model.weights].find(([, { shape }]) => shape.length === 4)!;
  const mask = Uint8Array.from({ length: values(weight).length }, (_, i) => i % 2);
  const trained = await trainer.train(model, {
    name: "taught",
    epochs: 1,
    penalties: [masked(new Map([[name, mask]]))],
    teacher: model,
  });
  assert(values(trained.weights.get(name)!).every((x, i) => i % 2 === 1 || x === 0));
});
