import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { inferShapes } from "../../graph/shapes.ts";
import type { Cell, Experiment, Part } from "../../suites/experiments/experiment.ts";
import { missingPath, openPart } from "./open_part.ts";
import { type CellRecord, DENSE, workId } from "./records.ts";
import { runExperiment } from "./run.ts";
import type { ExperimentSettings } from "./settings.ts";
import { WorkFolder } from "./work_folder.ts";

const CELLS: readonly Cell[] = [
  { id: "half", label: "half", method: "unstructured", options: {}, target: { macs: 2 } },
  {
    id: "filters",
    label: "filters",
    method: "rt3d",
    options: { scheme: "filter" },
    target: { params: 2 },
  },
  {
    id: "far",
    label: "too far",
    method: "rt3d",
    options: { scheme: "filter" },
    target: { macs: 1e6 },
  },
  {
    id: "wrong",
    label: "wrong",
    method: "rt3d",
    options: { scheme: "no such" },
    target: { macs: 2 },
  },
];

/** A network of a moment: 2 + 2 + 1 epochs of two steps. */
const PART: Part = {
  id: "vgg-textures",
  title: "VGG-16 on textures",
  network: { id: "vgg-16-cifar" },
  extents: { width: 0.0625 },
  data: { source: "textures", train: 16, test: 8, validation: 8 },
  dense: { epochs: 2, batch: 8, optimiser: "sgd", rate: 0.01, schedule: "cosine", decay: 0 },
  tune: { batch: 8, optimiser: "sgd", rate: 0.01, schedule: "cosine", decay: 0 },
  budget: { prune: 1, retrain: 1 },
  seeds: [1, 2],
  cells: CELLS,
};

const FILE_PART: Part = {
  ...PART,
  id: "own-file",
  network: { file: "mine" },
  data: { source: "cifar10", path: "cifar10", validation: 1 },
};

function experiment(id: string, parts: readonly Part[]): Experiment {
  return { id, title: `Experiment ${id}`, description: "", parts: () => parts, claims: [] };
}

/** Runs in a folder that goes afterwards. */
async function inFolder(
  test: (
    run: (
      settings?: Partial<ExperimentSettings>,
      signal?: AbortSignal,
      onCell?: (record: CellRecord) => void,
    ) => ReturnType<typeof runExperiment>,
    folder: string,
  ) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    await test((settings, signal, onCell) =>
      runExperiment({
        experiment: experiment("one", [PART, FILE_PART]),
        scale: "quick",
        paths: new Map(),
        seeds: [1],
        threads: 1,
        results: join(folder, "results"),
        machine: "here",
        command: "deno task experiment one",
        ...settings,
      }, {
        work: join(folder, "work"),
        ...(signal && { signal }),
        ...(onCell && { onCell }),
      }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an experiment records every cell, and what cannot be done with its reason", () =>
  inFolder(async (run, folder) => {
    const store = await run();
    const records = new Map(store.cells().map((record) => [record.spec.cell, record]));
    assertEquals([...records.keys()], [DENSE, "half", "filters", "far", "wrong"]);
    assertEquals([...records.values()].map(({ status }) => status), [
      "ok",
      "ok",
      "ok",
      "skipped",
      "failed",
    ]);
    assertStringIncludes(records.get("far")!.reason!, "must be at most");
    assertStringIncludes(records.get("wrong")!.reason!, '"no such"');

    const { result: dense } = records.get(DENSE)!;
    const { result: half } = records.get("half")!;
    assertEquals([dense!.stages[0].epochs.length, dense!.spent.epochs], [2, 2]);
    // A method that prunes at once has both parts of the budget for what is left.
    assertEquals(half!.stages.map(({ name, epochs }) => [name, epochs.length]), [[
      "retraining",
      2,
    ]]);
    assertEquals(Object.keys(half!.cutMetrics!), Object.keys(half!.metrics));
    assert(half!.denseMacs / half!.macs >= 2 && half!.denseMacs / half!.macs < 2.02);
    assertEquals(half!.denseMacs, dense!.macs);
    // 3 for each multiplication, sample and epoch.
    assertEquals(half!.spent.trainingMacs, 3 * dense!.macs * 16 * 2);
    assert(half!.indexBytes > 0 && half!.valueBytes < dense!.valueBytes);

    const [, mine] = store.manifest.parts;
    assertEquals(mine.skipped, "not given: --data mine=PATH --data cifar10=PATH");
    const model = await new WorkFolder(workId(records.get("filters")!.spec), join(folder, "work"))
      .load();
    assertEquals(inferShapes(model).get(model.outputs[0].name), dense && model.outputs[0].shape);
  }));

Deno.test("what is finished is not done again, what failed is", () =>
  inFolder(async (run) => {
    await run();
    const again: string[] = [];
    await run({}, undefined, ({ spec }) => again.push(spec.cell));
    assertEquals(again, ["wrong"]);
  }));

Deno.test("an interrupted experiment goes on to the same records", () =>
  inFolder(async (run) => {
    const whole = (await run({ only: ["vgg-textures/half"] })).cells();
    await inFolder(async (again) => {
      const controller = new AbortController();
      const aborted = again({ only: ["vgg-textures/half"] }, controller.signal, () =>
        controller.abort(new Error("by hand")));
      await assertRejects(
        () =>
          aborted,
        Error,
        "by hand",
      );
      const rest = (await again({ only: ["vgg-textures/half"] })).cells();
      const metrics = (records: CellRecord[]) =>
        records.map(({ id, result }) => [id, result?.metrics, result?.params]);
      assertEquals(metrics(rest), metrics(whole));
    });
  }));

Deno.test("another experiment takes the cells that it has in common", () =>
  inFolder(async (run) => {
    const only = ["*/half"];
    const first = (await run({ only })).cells();
    const other: Part = { ...PART, id: "other-name", cells: [{ ...CELLS[0], id: "50" }] };
    const done: string[] = [];
    const second = await run(
      { experiment: experiment("two", [other]) },
      undefined,
      ({ spec }) => done.push(spec.cell),
    );
    assertEquals(done, []);
    assertEquals(second.cells().map(({ spec }) => [spec.experiment, spec.part, spec.cell]), [
      ["two", "other-name", DENSE],
      ["two", "other-name", "50"],
    ]);
    assertEquals(second.cells().map(({ result }) => result), first.map(({ result }) => result));
  }));

Deno.test("two processes do each cell once", () =>
  inFolder(async (run) => {
    const done: string[] = [];
    const note = ({ spec }: CellRecord) => done.push(spec.cell);
    const only = ["*/half", "*/filters"];
    // Locks are of files, so that two runs of one process are apart as well.
    await Promise.all([run({ only }, undefined, note), run({ only }, undefined, note)]);
    assertEquals(done.toSorted(), [DENSE, "filters", "half"]);
  }));

Deno.test("an experiment with nothing to run is refused, naming its parts", () =>
  inFolder(async (run) => {
    await assertRejects(
      () => run({ only: ["own-file"] }),
      RangeError,
      "its parts are vgg-textures, own-file (not given: --data mine=PATH --data cifar10=PATH)",
    );
    await assertRejects(
      () => run({ paths: new Map([["mine", "/no/such.onnx"], ["cifar10", "."]]) }),
      RangeError,
      'Cannot read --data mine=PATH as it must be an ONNX file: current value is "/no/such.onnx"',
    );
    await assertRejects(
      () => run({ paths: new Map([["cifar10", "/no/such"]]) }),
      RangeError,
      "Cannot run with --data cifar10=PATH as it must be a file or a folder",
    );
    await assertRejects(
      () => run({ only: ["vgg-textures/half", "vgg-textures/halve"] }),
      RangeError,
      'Cannot run only "vgg-textures/halve"',
    );
  }));

Deno.test("a part without training must be of a detector", async () => {
  const part: Part = { ...PART, budget: { prune: 0, retrain: 0 } };
  assertEquals(missingPath(part, new Map()), undefined);
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => openPart(part, { seed: 1, paths: new Map(), folder, threads: 1 }),
      RangeError,
      "must be of a detector",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
