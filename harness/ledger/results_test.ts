import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { exampleRecord } from "../experiments/testing.ts";
import { readResults } from "./results.ts";
import { ofResults, writeExperiment, writeRun } from "./testing.ts";

const ROWS = [{ method: "dense", times: [1, 2] }];

Deno.test("runs and experiments of all machines are read, the newest first, unfinished runs are not", () => {
  const fill = (folder: string) => {
    const at = (started: string, name: string) =>
      writeRun(folder, { folder: name, suite: "c3d", rows: ROWS, started });
    at("2026-01-01T00:00:00Z", "a/old");
    at("2026-03-01T00:00:00Z", "a/new");
    at("2026-02-01T00:00:00Z", "b/middle");
    writeRun(folder, { folder: "b/open", suite: "c3d", rows: ROWS, finished: undefined });
    writeExperiment(folder, { machine: "b", id: "rt3d" }, [exampleRecord()]);
    Deno.mkdirSync(join(folder, "splits"));
    Deno.mkdirSync(join(folder, "a", "notes"));
  };
  ofResults(fill, ({ runs, experiments, passedOver }) => {
    assertEquals(runs.map(({ folder }) => folder), ["a/new", "b/middle", "a/old"]);
    assertEquals(experiments.map(({ folder }) => folder), ["b/experiments/rt3d-small"]);
    assertEquals(experiments[0].experiment.records.length, 1);
    assertEquals(passedOver, []);
  });
});

Deno.test("damaged records and those of another version are passed over, and told", () => {
  const change = (folder: string, file: string, from: string | RegExp, to: string) => {
    const path = join(folder, file), text = Deno.readTextFileSync(path);
    assert(text.replace(from, to) !== text);
    Deno.writeTextFileSync(path, text.replace(from, to));
  };
  const fill = (folder: string) => {
    for (const name of ["a/good", "a/old", "a/torn", "a/bare"]) {
      writeRun(folder, { folder: name, suite: "c3d", rows: ROWS });
    }
    writeExperiment(folder, { machine: "a", id: "rt3d" }, [exampleRecord()]);
    change(folder, "a/old/manifest.json", '"schema":1', '"schema":0');
    change(folder, "a/torn/summary.csv", "latency", "lateness");
    Deno.removeSync(join(folder, "a/bare/layers.csv"));
    change(folder, "a/experiments/rt3d-small/experiment.json", /"schema": ?1/, '"schema": 7');
  };
  ofResults(fill, ({ runs, experiments, passedOver }) => {
    assertEquals(runs.map(({ folder }) => folder), ["a/good"]);
    assertEquals(experiments, []);
    assertEquals(passedOver.map(({ folder }) => folder).sort(), [
      ...["a/bare", "a/experiments/rt3d-small", "a/old", "a/torn"],
    ]);
    const old = passedOver.find(({ folder }) => folder === "a/old")!;
    assertStringIncludes(old.reason, "schema");
  });
});

Deno.test("a folder that does not exist has no results", () => {
  const { runs, experiments } = readResults("/nonexistent/results");
  assertEquals([runs, experiments], [[], []]);
});
