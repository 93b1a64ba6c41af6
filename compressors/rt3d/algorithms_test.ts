import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { groupNorms } from "../../graph/group_norms.ts";
import type { Model } from "../../graph/model.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { tensor, values } from "../../graph/tensor.ts";
import type { CompressionContext } from "../compressor.ts";
import { stripesNetwork, stripesTrainer } from "../learning/testing.ts";
import { rt3d } from "../rt3d.ts";
import { project } from "../sparsity/mask.ts";
import type { TrainingBudget, TrainingStage } from "../trainer.ts";

const model = await stripesTrainer().train(stripesNetwork(), { name: "dense", epochs: 4 });
const dense = modelCosts(model);
const SHORT = { prune: 4, retrain: 2 }, LONG = { prune: 20, retrain: 1 };

async function compress(
  raw: Record<string, unknown>,
  macs = 1.7,
  { budget = SHORT, given = model, ...more }: Partial<CompressionContext> & {
    readonly budget?: TrainingBudget;
    readonly given?: Model;
  } = {},
) {
  const trainer = stripesTrainer({ budget });
  const asked: TrainingStage[] = [];
  const steps: Model[] = [], results: Model[] = [];
  const watched: typeof trainer = {
    ...trainer,
    async train(before, stage, signal) {
      asked.push(stage);
      steps.push(before);
      results.push(await trainer.train(before, stage, signal));
      return results.at(-1)!;
    },
  };
  const context = { seed: 1, trainer: watched, ...more };
  const compressed = await rt3d.compress(given, { macs }, rt3d.parseOptions(raw), context);
  return { compressed, asked, steps, results, trainer };
}

const SPENT = {
  "one-shot": [["retraining", 6]],
  "taylor": [["retraining", 6]],
  "greedy": [["round 1", 1], ["round 2", 1], ["round 3", 2], ["retraining", 2]],
  "fixed": [["fixed", 4], ["retraining", 2]],
  "reweighted": [["reweighted", 4], ["retraining", 2]],
} as const;

for (const scheme of ["kgs", "vanilla", "filter"] as const) {
  for (const algorithm of Object.keys(SPENT) as (keyof typeof SPENT)[]) {
    Deno.test(`${scheme}, ${algorithm}: target and budget are met, and it still works`, async () => {
      const { compressed, asked, trainer } = await compress({ scheme, algorithm, rounds: 3 });
      const costs = modelCosts(compressed);
      assertGreaterOrEqual(dense.macs / costs.macs, 1.7);
      assertLess(dense.macs / costs.macs, scheme === "filter" ? 2.2 : 1.73);
      assertEquals<unknown>(asked.map(({ name, epochs }) => [name, epochs]), SPENT[algorithm]);
      assertGreater((await trainer.test(compressed))["top-1"], 0.9);
      const { layers } = compressed.report;
      assertEquals(layers.map(({ layer }) => layer), ["stem", "conv1", "conv2", "conv3", "fc"]);
      assertEquals(layers.reduce((sum, { denseMacs }) => sum + denseMacs, 0), dense.macs);
      assertEquals(layers.reduce((sum, { macs }) => sum + macs, 0), costs.macs);
      for (const [name, structure] of compressed.structures) {
        const weight = compressed.weights.get(name)!;
        assertEquals(values(project(weight, structure)), values(weight));
      }
    });
  }
}

Deno.test("learning under a penalty makes the groups small that go, plain learning does not", async () => {
  /** Mean norm of groups that were cut to that of groups that were kept, before the cut. */
  const gap = async (algorithm: string) => {
    const options = { algorithm, allocation: "uniform", shrunk: 0.05 };
    const { compressed, results } = await compress(options, 1.7, { budget: LONG });
    const before = algorithm === "one-shot" ? model : results[0];
    const cut: number[] = [], kept: number[] = [];
    for (const [name, structure] of compressed.structures) {
      groupNorms(before.weights.get(name)!, structure.layout, "l2", { normalised: true })
        .forEach((norm, g) => (structure.kept[g] ? kept : cut).push(norm));
    }
    const mean = (norms: number[]) => norms.reduce((a, b) => a + b, 0) / norms.length;
    return mean(cut) / mean(kept);
  };
  assertGreater(await gap("one-shot"), 0.7);
  assertLess(await gap("fixed"), 0.7);
  assertLess(await gap("reweighted"), 0.7);
});

Deno.test("rates of layers emerge: a layer that does with little is left little", async () => {
  const weight = model.weights.get("conv2.weight")!;
  // The second half of the channels that conv2 reads hardly matters.
  const little = values(weight).map((w, i) => Math.floor(i / 9) % 32 < 16 ? w : w / 30);
  const weights = new Map([...model.weights, ["conv2.weight", tensor(little, weight.shape)]]);
  const given = { ...model, weights };
  for (const algorithm of ["fixed", "reweighted"]) {
    const { compressed } = await compress({ algorithm }, 1.3, { given, budget: LONG });
    const rates = new Map(compressed.report.layers.map(({ layer, rate }) => [layer, rate]));
    assertGreater(rates.get("conv2")!, 1.9);
    assertLess(rates.get("conv1")!, 1.3);
  }
});

Deno.test("the histogram shows groups on their way to zero, and lambda is told", async () => {
  const { compressed } = await compress({ algorithm: "reweighted", shrunk: 0.05 }, 1.7, {
    budget: LONG,
  });
  const [{ id, columns, rows, chart }] = compressed.report.traces!;
  assertEquals([id, columns[0], chart!.x], ["groups", "log10 of norm", "log10 of norm"]);
  for (const column of [1, 2]) {
    assertAlmostEquals(rows.reduce((sum, row) => sum + Number(row[column]), 0), 100, 0.1);
  }
  const below = (column: number, log: number) =>
    rows.filter(([x]) => Number(x) < log).reduce((sum, row) => sum + Number(row[column]), 0);
  assertEquals(below(1, -1.5), 0);
  assertGreater(below(2, -1.5), 10);
  assert(compressed.report.notes.some((note) => /lambda \d/.test(note)));
});

Deno.test("greedy pruning never brings a group back, nor a filter", async () => {
  for (const allocation of ["uniform", "global"]) {
    const { compressed, steps } = await compress({ algorithm: "greedy", allocation }, 2.2);
    const masks = [...steps, compressed].map(({ structures }) => structures);
    assertEquals(masks.length, 6);
    for (let step = 1; step < masks.length; step++) {
      for (const [name, { kept }] of masks[step]) {
        const before = masks[step - 1].get(name)!.kept;
        assert(kept.every((stays, g) => stays <= before[g]));
        const left = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0);
        if (step < 4) assertLessOrEqual(left(kept), left(before));
      }
    }
    const rates = steps.map((step) => dense.macs / modelCosts(step).macs);
    [2.2 ** 0.25, 2.2 ** 0.5, 2.2 ** 0.75, 2.2].forEach((rate, round) =>
      assertAlmostEquals(rates[round], rate, 0.05)
    );
    const filters = await compress({ algorithm: "greedy", scheme: "filter", allocation }, 2.2);
    const widths = filters.steps.map(({ weights }) => weights.get("conv1.weight")!.shape[0]);
    assertEquals(widths, widths.toSorted((a, b) => b - a));
    assertGreater(new Set(filters.steps.map((step) => modelCosts(step).macs)).size, 2);
  }
});

Deno.test("layers with rates of their own get there in rounds", async () => {
  for (const scheme of ["kgs", "filter"]) {
    const { compressed } = await compress({ algorithm: "greedy", scheme }, 1.4, {
      selection: { rates: new Map([["conv1", 2]]), keep: ["conv3"] },
    });
    const { layers } = compressed.report;
    const rate = layers.find(({ layer }) => layer === "conv1")!.rate;
    assertGreaterOrEqual(rate, 2);
    assertLess(rate, 2.1);
    assertEquals(layers.find(({ layer }) => layer === "conv3")!.reason, "kept as asked");
  }
});

Deno.test("the same seed gives the same bytes, whatever the algorithm", async () => {
  for (const algorithm of ["greedy", "taylor", "reweighted"]) {
    const [a, b] = [await compress({ algorithm }), await compress({ algorithm })];
    assertEquals(encodeOnnx(a.compressed), encodeOnnx(b.compressed));
    assertEquals(a.compressed.report, b.compressed.report);
  }
});

Deno.test("what is left learns from the dense model where it is asked to", async () => {
  const { asked } = await compress({ algorithm: "reweighted", distill: true });
  assertEquals(asked.map(({ teacher }) => teacher?.name), [undefined, model.name]);
  assertEquals(encodeOnnx(asked[1].teacher!), encodeOnnx(model));
});

Deno.test("what needs training is refused without, before any work", async () => {
  const onProgress = () => assert(false, "work has begun");
  for (const scheme of ["kgs", "filter"]) {
    for (const algorithm of ["greedy", "taylor", "fixed", "reweighted"]) {
      const options = rt3d.parseOptions({ scheme, algorithm });
      const refused = () => rt3d.compress(model, { macs: 1.5 }, options, { seed: 1, onProgress });
      await assertRejects(refused, RangeError, "--train");
      if (algorithm === "taylor") continue;
      const trainer = stripesTrainer({ budget: { prune: 0, retrain: 3 } });
      await assertRejects(
        () => rt3d.compress(model, { macs: 1.5 }, options, { seed: 1, trainer, onProgress }),
        RangeError,
        "epochs for pruning must be at least 1",
      );
    }
  }
  await assertRejects(
    () => rt3d.compress(model, { macs: 1.5 }, rt3d.parseOptions({ distill: true }), { seed: 1 }),
    RangeError,
    "distillation",
  );
});
