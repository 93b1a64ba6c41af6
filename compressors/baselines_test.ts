import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { keptWeights } from "../graph/structure.ts";
import { values } from "../graph/tensor.ts";
import { column, dense, randomKgs, unstructured } from "./baselines.ts";
import { stripesNetwork, stripesTrainer } from "./learning/testing.ts";
import { rt3d } from "./rt3d.ts";
import { smallC3d } from "./testing.ts";

const model = smallC3d();
const target = { macs: 3 };

Deno.test("dense changes nothing, whatever the rate, but refuses a rate that is none", async () => {
  const { report, ...same } = await dense.compress(model, target, { tune: false }, { seed: 1 });
  assertEquals(same, model);
  assertEquals(report.layers.map(({ decision }) => decision), new Array(6).fill("dense"));
  await assertRejects(
    () => dense.compress(model, { macs: 0 }, { tune: false }, { seed: 1 }),
    RangeError,
  );
});

Deno.test("dense learns on where that is asked, and needs training for it", async () => {
  const model = stripesNetwork(), options = dense.parseOptions({ tune: true });
  await assertRejects(
    () => dense.compress(model, { macs: 1 }, options, { seed: 1 }),
    RangeError,
    'Cannot compress by "dense" with "tune" as there is no training',
  );
  const trainer = stripesTrainer();
  await dense.compress(model, { macs: 1 }, options, { seed: 1, trainer });
  assertEquals(trainer.stages.map(({ epochs }) => epochs.length), [6]);
});

Deno.test("unstructured keeps the largest weights of every layer, and one of every filter", async () => {
  const { structures } = await unstructured.compress(
    model,
    target,
    unstructured.parseOptions({}),
    { seed: 1 },
  );
  for (const [name, { kept }] of structures) {
    const weight = values(model.weights.get(name)!);
    const perFilter = weight.length / model.weights.get(name)!.shape[0];
    const magnitude = (bit: number) => weight.map(Math.abs).filter((_, i) => kept[i] === bit);
    assertEquals(Math.min(...magnitude(1)) >= Math.max(...magnitude(0)), true);
    for (let i = 0; i < kept.length; i += perFilter) {
      assertEquals(kept.subarray(i, i + perFilter).includes(1), true);
    }
  }
});

Deno.test("random KGS keeps as many groups as RT3D, and others with another seed", async () => {
  const options = randomKgs.parseOptions({});
  const draw = (seed: number) => randomKgs.compress(model, target, options, { seed });
  const scored = await rt3d.compress(model, target, rt3d.parseOptions({}), { seed: 1 });
  const [a, b] = [await draw(1), await draw(2)];
  for (const [name, structure] of a.structures) {
    const { shape } = model.weights.get(name)!;
    const wanted = scored.structures.get(name)!;
    // Where blocks do not divide, groups at the edge are smaller, and counts follow the scores.
    if (shape[0] % 8 === 0) {
      assertAlmostEquals(keptWeights(shape, structure) / keptWeights(shape, wanted), 1, 0.05);
    }
    assertNotEquals(structure.kept, b.structures.get(name)!.kept);
  }
});

Deno.test("column removes positions of channels from all filters, those of the smallest norm", async () => {
  const { structures } = await column.compress(model, target, column.parseOptions({}), { seed: 1 });
  assertEquals(structures.size, 3);
  for (const [name, { layout, kept }] of structures) {
    const weight = model.weights.get(name)!, [M] = weight.shape;
    assertEquals(layout, { filters: M, channels: 1, positions: "each" });
    const columns = kept.length, w = values(weight);
    const norm = (j: number) =>
      Math.hypot(...Array.from({ length: M }, (_, m) => w[m * columns + j]));
    const norms = (bit: number) => [...kept.keys()].filter((j) => kept[j] === bit).map(norm);
    assertLessOrEqual(Math.max(...norms(0)), Math.min(...norms(1)) + 1e-6);
  }
});

Deno.test("controls are drawn to their structure by ADMM where that is asked", async () => {
  const net = stripesNetwork();
  for (const control of [column, unstructured]) {
    const trainer = stripesTrainer({ budget: { prune: 8, retrain: 4 } });
    const options = control.parseOptions({ algorithm: "admm" });
    const compressed = await control.compress(net, { macs: 3 }, options, { seed: 1, trainer });
    const atOnce = await control.compress(net, { macs: 3 }, control.parseOptions({}), { seed: 1 });
    // As many groups as when it is cut at once, but of weights that have been learnt.
    for (const [name, { kept }] of compressed.structures) {
      const sum = (bits: Uint8Array) => bits.reduce((a, b) => a + b, 0);
      assertEquals(sum(kept), sum(atOnce.structures.get(name)!.kept));
    }
    assertGreater((await trainer.test(compressed))["top-1"], 0.8);
    await assertRejects(
      () => control.compress(net, { macs: 3 }, options, { seed: 1 }),
      RangeError,
      "there is no training",
    );
  }
});
