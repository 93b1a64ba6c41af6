import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { autocompress } from "../autocompress.ts";
import type { Target } from "../compressor.ts";
import { stripesNetwork, stripesTrainer, type StripesTrainerOptions } from "../learning/testing.ts";
import { STRUCTURES } from "./space.ts";

const dense = await stripesTrainer().train(stripesNetwork(), { name: "dense", epochs: 6 });
const costs = modelCosts(dense);

interface Run extends StripesTrainerOptions {
  readonly target?: Target;
  readonly signal?: AbortSignal;
  onProgress?(): void;
}

async function compress(raw: Record<string, unknown>, run: Run = {}) {
  const { target = { macs: 4 }, signal, onProgress, ...rest } = run;
  const trainer = stripesTrainer({ budget: { prune: 4, retrain: 2 }, ...rest });
  const options = autocompress.parseOptions({ evaluations: 6, ...raw });
  const context = { seed: 1, trainer, align: 4, ...(signal && { signal }), onProgress };
  return { trainer, compressed: await autocompress.compress(dense, target, options, context) };
}

for (const structure of STRUCTURES) {
  Deno.test(`${structure} meets the target in rounds and stays accurate`, async () => {
    for (const target of [{ macs: 3.5 }, { params: 5 }]) {
      const { compressed, trainer } = await compress({ structure, purify: false }, { target });
      const unit = "macs" in target ? "macs" : "params";
      const reached = costs[unit] / modelCosts(compressed)[unit];
      const wanted = Object.values(target)[0]!;
      assertGreaterOrEqual(reached, wanted - 1e-9);
      assertLess(reached, wanted * (structure === "filter" ? 1.4 : 1.05));
      assertGreaterOrEqual(await trainer.evaluate(compressed), 90);
      const { layers } = compressed.report;
      const sum = layers.reduce((total, { denseMacs }) => total + denseMacs, 0);
      assertEquals(sum, costs.macs);
      const epochs = trainer.stages.reduce((total, stage) => total + stage.epochs.length, 0);
      assertEquals(epochs, 6);
      assertEquals(trainer.stages.at(-1)!.name, "retraining");
    }
  });
}

Deno.test("each round searches, learns by ADMM and prunes further; what was done stands in traces", async () => {
  const { compressed, trainer } = await compress({}, { budget: { prune: 6, retrain: 2 } });
  assertEquals(trainer.stages.map(({ name }) => name), [
    "round 1: ADMM 1 of 1",
    "round 1: recovery",
    "round 2: ADMM 1 of 1",
    "round 2: recovery",
    "retraining",
  ]);
  // Rounds go on from the smaller model.
  const macs = trainer.stages.map(({ macs }) => macs);
  assertEquals(macs[0], costs.macs);
  // Columns that went are still multiplied in training, filters are not.
  assertEquals(macs, macs.toSorted((a, b) => b - a));
  assertLess(macs.at(-1)!, macs[0]);
  const traces = new Map(compressed.report.traces!.map((trace) => [trace.id, trace]));
  const search = traces.get("search")!;
  const names = search.rows.map(([name]) => name);
  assertEquals(names.filter((name) => name === "round 1").length, 6);
  assertEquals(names.filter((name) => name === "purification").length, 6);
  const rates = traces.get("rates")!.rows;
  assertEquals(new Set(rates.map(([round]) => round)), new Set([1, 2]));
  const rows = traces.get("purification")!.rows;
  assertEquals(rows.at(-1)![0], "all together");
  assertLessOrEqual(Number(rows.at(-1)![4]), 0.1);
  for (const { columns, rows } of traces.values()) {
    for (const row of rows) assertEquals(row.length, columns.length);
  }
  assertMatch(compressed.report.notes.join("\n"), /round 2 of 2, 4\.00x: best of 6 quick/);
  assertGreater(costs.macs / modelCosts(compressed).macs, 4);
});

Deno.test("the search is deterministic", async () => {
  const [a, b] = [await compress({}), await compress({})];
  assertEquals(encodeOnnx(a.compressed), encodeOnnx(b.compressed));
  assertEquals(a.compressed.report, b.compressed.report);
});

Deno.test("a compression that is interrupted and run again gives the same bytes, and repeats nothing", async () => {
  const whole = await compress({});
  const folder = await Deno.makeTempDir();
  try {
    for (const stop of [9, 40]) {
      const controller = new AbortController();
      let steps = 0;
      const onProgress = () => {
        if (++steps === stop) controller.abort(new Error("stopped by hand"));
      };
      const { signal } = controller;
      await assertRejects(() => compress({}, { folder, signal, onProgress }), Error, "by hand");
    }
    const known = (await Deno.readTextFile(`${folder}/evaluations.jsonl`)).split("\n");
    const { compressed } = await compress({}, { folder });
    assertEquals(encodeOnnx(compressed), encodeOnnx(whole.compressed));
    assertEquals(compressed.report, whole.compressed.report);
    const after = (await Deno.readTextFile(`${folder}/evaluations.jsonl`)).split("\n");
    assertEquals(after.slice(0, known.length - 1), known.slice(0, -1));
    assertEquals(new Set(after).size, after.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rates of layers hold through the rounds", async () => {
  const trainer = stripesTrainer({ budget: { prune: 2, retrain: 1 } });
  const selection = { rates: new Map([["conv2", 6]]), keep: ["conv3"] };
  const options = autocompress.parseOptions({ evaluations: 4 });
  const context = { seed: 1, trainer, align: 4, selection };
  const { report } = await autocompress.compress(dense, { macs: 3 }, options, context);
  const layer = (name: string) => report.layers.find((own) => own.layer === name)!;
  assertGreaterOrEqual(layer("conv2").rate, 6 - 1e-9);
  assertEquals(layer("conv3").reason, "kept as asked");
});

Deno.test("options are checked", () => {
  assertEquals(autocompress.parseOptions(undefined), {
    structure: "filter+column",
    rounds: "auto",
    evaluations: 40,
    purify: true,
  });
  assertEquals(autocompress.parseOptions({ rounds: 3 }).rounds, 3);
  for (
    const raw of [{ rounds: 0 }, { rounds: "many" }, { structure: "rows" }, { evaluations: 0 }]
  ) {
    try {
      autocompress.parseOptions(raw);
      assert(false);
    } catch (error) {
      assertMatch(`${error}`, /RangeError: Cannot read options of "autocompress"/);
    }
  }
});
