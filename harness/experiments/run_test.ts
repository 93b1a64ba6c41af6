import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { inferShapes } from "../../graph/shapes.ts";
import type { Claim, Part } from "../../suites/experiments/experiment.ts";
import { findNetwork } from "../../suites/networks.ts";
import { plannedCells } from "./cells.ts";
import { judgeClaims } from "./claims.ts";
import { printExperiment } from "./print.ts";
import { writeExperimentPage } from "./publish.ts";
import { type CellRecord, DENSE, workId } from "./records.ts";
import { readExperiment } from "./store.ts";
import { CELLS, experiment, inFolder, PART } from "./testdata/tiny_experiment.ts";
import { WorkFolder } from "./work_folder.ts";

/** Has the cell "wrong" find a damaged file in its work folder; gives the path. */
async function spoil(folder: string): Promise<string> {
  const planned = plannedCells({ id: "one" }, "quick", PART, 1, new Map());
  const { spec } = planned.find(({ spec }) => spec.cell === "wrong")!;
  const { path } = new WorkFolder(workId(spec), join(folder, "work"));
  const file = join(path, "evaluations.jsonl");
  await Deno.writeTextFile(file, "damaged\n");
  return file;
}

Deno.test("an experiment records every cell, and what cannot be done with its reason", () =>
  inFolder(async (run, folder) => {
    await spoil(folder);
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
    assertStringIncludes(records.get("wrong")!.reason!, "JSON");

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
    assertEquals(mine.skipped, "--data mine=PATH --data cifar10=PATH not given");
    const model = await new WorkFolder(workId(records.get("filters")!.spec), join(folder, "work"))
      .load();
    assertEquals(inferShapes(model).get(model.outputs[0].name), dense && model.outputs[0].shape);
  }));

Deno.test("what is finished is not done again, what failed is", () =>
  inFolder(async (run, folder) => {
    const file = await spoil(folder);
    await run();
    await Deno.remove(file);
    const again: string[] = [];
    await run({}, undefined, ({ spec, status }) => again.push(`${spec.cell} ${status}`));
    assertEquals(again, ["wrong ok"]);
  }));

Deno.test("a part that was run is shown and judged by its records when its data is not given", () =>
  inFolder(async (run, folder) => {
    const claims: Claim[] = [{
      published: [],
      statement: "Half the weights lose nothing.",
      parts: "own-file",
      pairs: [{ better: "half", than: DENSE, margin: 100 }],
    }];
    const { dense: _, ...learner } = PART;
    const file = { ...learner, id: "own-file", network: { file: "mine" }, seeds: [1] };
    const parts = [PART, { ...file, cells: CELLS.slice(0, 1) }];
    const mine = join(folder, "mine.onnx");
    const { build, small } = findNetwork("vgg-16-cifar");
    await writeOnnx(build({ ...small, width: 1 / 16, classes: 10, seed: 1 }), mine);
    const settings = { experiment: { ...experiment("one", parts), claims } };
    const shown = async (only: string, paths: ReadonlyMap<string, string>) => {
      const store = await run({ ...settings, only: [only], paths });
      const recorded = readExperiment(store.path);
      const text = printExperiment(recorded, judgeClaims(claims, recorded));
      const page = await writeExperimentPage(store.path, claims);
      return { text, page: await Deno.readTextFile(page), cells: recorded.manifest.cells };
    };
    const none = new Map<string, string>();
    const before = await shown("vgg-textures/dense", none);
    assertStringIncludes(before.text, "  not run: --data mine=PATH not given\n");
    assertStringIncludes(before.text, "not run: no part bears on it");
    const given = await shown("own-file", new Map([["mine", mine]]));
    const after = await shown("vgg-textures/dense", none);
    assertEquals(after.cells, given.cells);
    assertEquals(before.cells.length, given.cells.length);
    assertMatch(
      after.text,
      /^ {2}not continued: --data mine=PATH not given\nmethod .*\n.*\ndense /m,
    );
    const judged = /^ {4}undecided .*half ≥ dense − 100; .*$/m;
    assertEquals(judged.exec(after.text)?.[0], judged.exec(given.text)![0]);
    assertStringIncludes(after.page, "Not continued: --data mine=PATH not given.");
    assertStringIncludes(after.page, "Methods on VGG-16 on textures");
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
