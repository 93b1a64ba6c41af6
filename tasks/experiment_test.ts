import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readExperiment } from "../harness/experiments/store.ts";
import { withFolder } from "../suites/datasets/testing.ts";
import { bench } from "./bench.ts";
import { experimentTask } from "./experiment.ts";
import { captured, runTask } from "./testing.ts";

const experiment = (...words: string[]) => captured(() => experimentTask(words));

/** Words with which results and networks go to a folder. */
const into = (folder: string) => [
  ...["--machine", "test", "--threads", "1", "--work", join(folder, "work")],
];

for (const id of ["rt3d", "yolobile", "tucker", "autocompress"]) {
  Deno.test(`experiment ${id} runs at quick scale, and tells what claims are worth`, () =>
    withFolder(async (results) => {
      const done = await experiment(id, "--no-timing", "--results", results, ...into(results));
      assertEquals(done.code, 0, done.stderr);
      assertStringIncludes(done.stdout, "Claims of papers");
      const folder = join(results, "test", "experiments", `${id}-quick`);
      const { records, manifest } = readExperiment(folder);
      assertEquals(records.filter(({ status }) => status !== "ok").map(({ reason }) => reason), []);
      assertEquals(records.length, manifest.cells.length);
      for (const { spec, result } of records.filter(({ spec }) => spec.method !== "dense")) {
        const { target } = spec;
        const rate = "macs" in target
          ? result!.denseMacs / result!.macs
          : result!.denseParams / result!.params;
        const wanted = "macs" in target ? target.macs : target.params;
        assert(rate >= wanted * (1 - 1e-9), `${spec.cell}: ${rate}`);
        assert(result!.spent.epochs <= 3, `${spec.cell}: ${result!.spent.epochs} epochs`);
      }
      for (
        const file of ["index.html", "cells.csv", "curves.csv", "layers.csv", "highest_rates.csv"]
      ) {
        assert(existsSync(join(folder, file)), file);
      }
      const listed = await Deno.readTextFile(join(results, "index.html"));
      assertStringIncludes(listed, manifest.title);
    }));
}

Deno.test("bench SUITE --train compares trained networks, and times them", () =>
  withFolder(async (results) => {
    const words = ["--train", "--only", "*/l1-filter,*/unstructured", "--out", results];
    const done = await captured(() => bench(["resnet-18-cifar", ...words, ...into(results)]));
    assertEquals(done.code, 0, done.stderr);
    assertMatch(done.stdout, /single weights, ADMM \(control\), 4x +[\d.]+ +[\d.]+/);
    const folder = join(results, "test", "experiments", "resnet-18-cifar-trained-quick");
    const { manifest } = readExperiment(folder);
    const [run] = Object.values(manifest.latency);
    assert(existsSync(join(results, "test", run, "index.html")));
    assertStringIncludes(await Deno.readTextFile(join(folder, "index.html")), `../../${run}/`);
  }));

Deno.test("experiments are listed with what they need, by the task as it is declared", async () => {
  const { code, stdout } = await runTask("experiment", "--list");
  assertEquals(code, 0);
  assertMatch(stdout, /^rt3d: /m);
  assertMatch(stdout, /--data weizmann=PATH \(folders of videos/m);
  assertMatch(stdout, /--data resnet20=FILE\.onnx --data cifar10=PATH/);
});

Deno.test("bad input is told in one line, before any work", async () => {
  const refused = async (message: string, ...words: string[]) => {
    const { code, stderr } = await experiment(...words);
    assertEquals(code, 1);
    assertStringIncludes(stderr, message);
    assertEquals(stderr.trim().split("\n").length, 1);
  };
  await refused('did you mean "rt3d"', "rt4d");
  await refused("--scale must be one of quick, small, full", "rt3d", "--scale", "large");
  await refused("--data must be NAME=PATH", "rt3d", "--data", "weizmann");
  await refused("the experiment needs nothing, at this scale", "rt3d", "--data", "mri=x");
  await refused(
    "the experiment needs weizmann, fights",
    ...["rt3d", "--scale", "small", "--data", "weizman=x"],
  );
  await refused("--seeds must be a number", "rt3d", "--seeds", "one");
  await refused('Cannot run only "c4d" as it must match a part or a cell', "rt3d", "--only", "c4d");
  const { stderr } = await captured(() => bench(["c3d", "--scale", "small"]));
  assertStringIncludes(stderr, "--scale as it goes with --train only");
  const rate = await captured(() => bench(["c3d", "--train", "--rate", "3"]));
  assertStringIncludes(rate.stderr, "--rate as a trained comparison has its own settings");
});
