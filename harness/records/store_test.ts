import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { fourCases, setupOf } from "../measure/testdata/mock_run.ts";
import type { SampleRow } from "./records.ts";
import { readRun, RunStore } from "./store.ts";
import { summarise } from "../measure/summarise.ts";
import { conditionRows, powerRows, readingRows } from "./told.ts";

/** Calls `test` with a folder for results, which is removed afterwards. */
function withResults(test: (results: string) => void): void {
  const results = Deno.makeTempDirSync();
  try {
    test(results);
  } finally {
    Deno.removeSync(results, { recursive: true });
  }
}

function sampleOf(id: string, round: number, ns: number): SampleRow {
  return { case: id, round, block: 0, order: 0, sample: 0, warmup: 0, phase: "steady", ns };
}

Deno.test("two runs of the same second do not mix", () => {
  withResults((results) => {
    const first = RunStore.create(results, setupOf());
    const second = RunStore.create(results, setupOf());
    assertNotEquals(first.folder, second.folder);
    assertEquals(second.progress.setup.manifest.run, "2026-01-02T03-04-05-fixture-2");
  });
});

Deno.test("a results folder that cannot be written is refused before any work", () => {
  withResults((results) => {
    const file = join(results, "file");
    Deno.writeTextFileSync(file, "");
    assertThrows(
      () => RunStore.create(join(file, "results"), setupOf()),
      Error,
      "Choose another folder with --out",
    );
  });
});

Deno.test("settings out of range are refused before a folder is made", () => {
  withResults((results) => {
    assertThrows(
      () => RunStore.create(results, setupOf({ rounds: 0 })),
      RangeError,
      'Cannot run as "rounds" must be an integer of at least 1: current value is 0',
    );
    assertEquals([...Deno.readDirSync(results)], []);
  });
});

Deno.test("a resumed store knows what is prepared, what is finished and what failed", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    store.setInputs([{ name: "x", shape: [1], path: "x.f32" }]);
    for (const prepared of fourCases()) store.addPrepared(prepared);
    store.finishRound(0, [sampleOf("a", 0, 1)]);
    store.addFailure({ round: 1, message: "ended by SIGKILL" });
    assertEquals(RunStore.resume(store.folder).progress, store.progress);
  });
});

Deno.test("a case that is prepared again keeps its place", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    const [first, ...others] = fourCases();
    for (const prepared of [first, ...others]) store.addPrepared(prepared);
    const again = { ...first, macs: 7 };
    store.addPrepared(again);
    assertEquals(store.progress.prepared, [again, ...others]);
  });
});

Deno.test("samples of a round that did not finish are dropped, torn lines included", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    store.finishRound(0, [sampleOf("a", 0, 1.5)]);
    const path = join(store.folder, "samples.csv");
    // As a crash between the samples and the mark that the round is finished leaves it.
    Deno.writeTextFileSync(path, "a,1,0,0,0,0,steady,,7\r\na,1,0,1,0,0,ste", { append: true });
    const resumed = RunStore.resume(store.folder);
    resumed.finishRound(1, [sampleOf("b", 1, 2.5)]);
    assertEquals(resumed.readSamples(), [sampleOf("a", 0, 1.5), sampleOf("b", 1, 2.5)]);
  });
});

Deno.test("damaged records are refused with the file's name", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    store.writeResult(summarise(store.progress, store.readSamples()));
    const damage = (name: string, text: string) =>
      Deno.writeTextFileSync(join(store.folder, name), text);

    damage("samples.csv", "case,round\r\na,1\r\n");
    assertThrows(() => RunStore.resume(store.folder), SyntaxError, "samples.csv");
    damage("progress.json", '{"schema":1,"setup":{},"inputs":[]}');
    assertThrows(() => RunStore.resume(store.folder), SyntaxError, '"prepared" must be given');
    damage("progress.json", '{"schema":99}');
    assertThrows(() => RunStore.resume(store.folder), SyntaxError, '"schema" must be 1');
    damage("progress.json", '{"sch');
    assertThrows(() => RunStore.resume(store.folder), SyntaxError, "it is no JSON");
    damage("summary.csv", "");
    assertThrows(() => readRun(store.folder), SyntaxError, "summary.csv");
  });
});

Deno.test("a finished run, or a folder that is none, cannot be resumed", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    const result = summarise(store.progress, store.readSamples());
    store.writeResult({ ...result, manifest: { ...result.manifest, finished: "now" } });
    assertThrows(() => RunStore.resume(store.folder), Error, "the run is finished");
    assertThrows(() => RunStore.resume(results), Error, "not the folder of a run");
  });
});

Deno.test("no temporary file is left behind", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    store.writeResult(summarise(store.progress, store.readSamples()));
    const names = [...Deno.readDirSync(store.folder)].map(({ name }) => name).toSorted();
    assertEquals(names, [
      "layers.csv",
      "manifest.json",
      "progress.json",
      "samples.csv",
      "summary.csv",
    ]);
    assert(Deno.readTextFileSync(join(store.folder, "summary.csv")).startsWith("run,case,label"));
  });
});

Deno.test("what devices tell is read back as it was told; of rounds that did not finish it is dropped", () => {
  withResults((results) => {
    const store = RunStore.create(results, setupOf());
    const files = () => [...Deno.readDirSync(store.folder)].map(({ name }) => name);
    store.finishRound(0, []);
    assert(!files().includes("readings.csv"), "there is no file of what nobody told");
    store.addCounted("a", [{ quantity: "cycles", source: "emulated", value: 12 }]);
    const place = (round: number) => ({ case: "a", round });
    const energy = { quantity: "energy", source: "measured", value: 0.5, origin: "x, y" } as const;
    const trace = { rail: "board", hertz: 2, seconds: [0.5], watts: [3], calls: [0, 1] } as const;
    const state = { celsius: { soc: 40.5 }, hertz: {} };
    const told = (round: number) => ({
      readings: readingRows(place(round), [energy]),
      power: powerRows(place(round), [trace]),
      conditions: conditionRows(place(round), [{ before: state, after: state }]),
    });
    store.finishRound(1, [sampleOf("a", 1, 1)], told(1));
    const finished = store.readTold();
    assertEquals([finished.readings.length, finished.power.length], [2, 1]);
    // As if the process had died between writing and telling that the round is over.
    const path = join(store.folder, "readings.csv");
    Deno.writeTextFileSync(path, "a,2,,energy,J,measured,7,,\r\na,2,,ene", { append: true });
    const resumed = RunStore.resume(store.folder);
    assertEquals(resumed.readTold(), finished);
    assert(!Deno.readTextFileSync(path).includes("a,2,"), "nor may it come back later");
    resumed.finishRound(2, [], told(2));
    assertEquals(resumed.readTold().readings.length, 3);
  });
});
