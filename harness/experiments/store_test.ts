import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../../suites/datasets/testing.ts";
import { cellId, workId } from "./records.ts";
import { openStore, readExperiment } from "./store.ts";
import { exampleExperiment, exampleFailure, exampleRecord, exampleSpec } from "./testing.ts";

const EXAMPLE = { id: "example", title: "Example" };

function open(results: string, command = "deno task experiment example") {
  return openStore(results, "m", EXAMPLE, "small", command);
}

function inFolder(body: (results: string) => void): Promise<void> {
  return withFolder((results) => Promise.resolve(body(results)));
}

Deno.test("a cell that was recorded is found by its specification, whoever opens the store", () =>
  inFolder((results) => {
    const store = open(results);
    assertEquals(store.path, join(results, "m", "experiments", "example-small"));
    const { records } = exampleExperiment();
    for (const record of records) store.record(record);
    const again = open(results);
    for (const record of records) assertEquals(again.finished(record.spec), record);
    assertEquals(again.cells().length, records.length);
  }));

Deno.test("another setting, seed or target is another cell", () =>
  inFolder((results) => {
    const store = open(results);
    store.record(exampleRecord());
    assert(store.finished(exampleSpec()) !== undefined);
    for (
      const change of [{ seed: 2 }, { target: { macs: 2 } }, { setting: { epochs: 11, batch: 16 } }]
    ) assertEquals(store.finished(exampleSpec(change)), undefined);
  }));

Deno.test("the order of fields does not matter to the hash", () => {
  const { setting: _, ...rest } = exampleSpec();
  assertEquals(cellId({ setting: { batch: 16, epochs: 10 }, ...rest }), cellId(exampleSpec()));
});

Deno.test("cells of two parts that do the same are two records of one work", () =>
  inFolder((results) => {
    const store = open(results);
    const [one, other] = ["a", "b"].map((part) => exampleRecord({ part }));
    assertEquals(workId(one.spec), workId(other.spec));
    store.record(one);
    assertEquals(store.finished(other.spec), undefined);
    store.record(other);
    store.update({ cells: [one.id, other.id] });
    assertEquals(store.cells(), [one, other]);
  }));

Deno.test("cells are those of the present definition, in its order; others stay in place", () =>
  inFolder((results) => {
    const store = open(results);
    const [old, first, second] = [3, 1, 2].map((seed) => exampleRecord({ seed }));
    for (const record of [old, first, second]) store.record(record);
    store.update({ cells: [second.id, cellId(exampleSpec({ seed: 9 })), first.id] });
    assertEquals(store.cells(), [second, first]);
    assertEquals(readExperiment(store.path).records, [second, first]);
    assertEquals(store.finished(old.spec), old);
  }));

Deno.test("records of two machines merge by copying", () =>
  inFolder((results) => {
    const here = open(results), there = openStore(results, "n", EXAMPLE, "small", "");
    here.record(exampleRecord({ seed: 1 }));
    const failed = exampleFailure({ seed: 2 }, "failed", "out of memory");
    there.record(failed);
    const file = join("cells", `${failed.id}.json`);
    Deno.copyFileSync(join(there.path, file), join(here.path, file));
    assertEquals(here.cells().map(({ spec: { seed } }) => seed), [1, 2]);
  }));

Deno.test("opening again keeps the beginning and takes the new command", () =>
  inFolder((results) => {
    const first = open(results, "deno task experiment example");
    const second = open(results, "deno task experiment example --jobs 2");
    assertEquals(second.manifest, { ...first.manifest, command: second.manifest.command });
    assertMatch(second.manifest.command, /--jobs 2$/);
  }));

Deno.test("numbers that JSON has not come back as they were", () =>
  inFolder((results) => {
    const store = open(results);
    const record = exampleRecord({}, { "top-1": NaN }, {
      spent: { epochs: 1, trainingMacs: Infinity, seconds: 1, evaluations: 0 },
    });
    store.record(record);
    assertEquals(store.finished(record.spec), record);
  }));

Deno.test("a damaged record, one of another version and one that was renamed are errors with their path", () =>
  inFolder((results) => {
    const store = open(results);
    const record = exampleRecord();
    store.record(record);
    const path = join(store.path, "cells", `${record.id}.json`);
    const text = Deno.readTextFileSync(path);
    const damages: readonly (readonly [damaged: string, message: RegExp])[] = [
      [text.slice(0, 100), /is no JSON/],
      [text.replace('"schema":1', '"schema":2'), /"schema" must be 1: current value is 2/],
      [text.replace('"seed":1', '"seed":2'), /"id" must be [0-9a-f]{12}, of "spec"/],
      [text.replace('"macs":410000000', '"macs":"many"'), /"result\.macs" must be of type number/],
      [text.replace(/"result":\{.*\},"finished"/, '"finished"'), /"result" must be given/],
      [text.replace('"seconds":95.25,', ""), /"result\.spent\.seconds" must be of type number/],
      [text.replace('"status":"ok"', '"status":"failed"'), /"reason" must be given/],
    ];
    for (const [damaged, message] of damages) {
      Deno.writeTextFileSync(path, damaged);
      const error = assertThrows(() => store.finished(record.spec), SyntaxError);
      assertMatch(error.message, message);
      assert(error.message.includes(path));
    }
    Deno.writeTextFileSync(path, text);
    Deno.renameSync(path, join(store.path, "cells", "000000000000.json"));
    assertMatch(assertThrows(() => store.cells(), SyntaxError).message, /named after its "id"/);
  }));

Deno.test("a record that could not be read again is not written", () =>
  inFolder((results) => {
    const store = open(results);
    assertThrows(() => store.record({ ...exampleRecord(), id: "0123456789ab" }), SyntaxError);
    assertEquals(store.cells(), []);
  }));

Deno.test("a damaged manifest is an error with its path", () =>
  inFolder((results) => {
    const path = join(open(results).path, "experiment.json");
    Deno.writeTextFileSync(path, `{"schema": 1, "id": "example"}`);
    const error = assertThrows(() => open(results), SyntaxError);
    assertMatch(error.message, /"title" must be of type text: current value is undefined/);
    assert(error.message.includes(path));
  }));
