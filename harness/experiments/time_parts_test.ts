import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../../suites/datasets/testing.ts";
import type { Experiment, Part } from "../../suites/experiments/experiment.ts";
import { spawnRounds } from "../measure/spawn.ts";
import { readRun, RunStore } from "../records/store.ts";
import { interrupted, SCRIPTED, scriptedRounds } from "../testdata/tiny_run.ts";
import type { LatencyOptions } from "./latency.ts";
import { runExperiment } from "./run.ts";
import type { ExperimentStore } from "./store.ts";
import { timeParts, type TimePartsOptions } from "./time_parts.ts";

const tune = { batch: 8, optimiser: "sgd", rate: 0.01, schedule: "cosine", decay: 0 } as const;

const PART: Part = {
  id: "vgg-textures",
  title: "VGG-16 on textures",
  network: { id: "vgg-16-cifar" },
  extents: { width: 0.0625 },
  data: { source: "textures", train: 16, test: 8, validation: 8 },
  dense: { ...tune, epochs: 1 },
  tune,
  budget: { prune: 1, retrain: 1 },
  seeds: [1],
  cells: [
    { id: "half", label: "half, 2x", method: "rt3d", options: {}, target: { macs: 2 } },
    { id: "single", label: "single, 2x", method: "unstructured", options: {}, target: { macs: 2 } },
  ],
  timed: true,
};

/** Trains the part's networks, then has them timed in two rounds as a test wants it. */
async function withNetworks(
  test: (
    time: (options?: LatencyOptions & Pick<TimePartsOptions, "onRestart">) => Promise<void>,
    store: ExperimentStore,
    folderOf: (run: string) => string,
  ) => Promise<void>,
) {
  await withFolder(async (folder) => {
    const parts = [PART, { ...PART, id: "not-timed", timed: false }];
    const experiment: Experiment = {
      id: "one",
      title: "One",
      description: "",
      parts: () => parts,
      claims: [],
    };
    const results = join(folder, "results"), work = join(folder, "work");
    const command = "deno task experiment one";
    const store = await runExperiment({
      ...{ experiment, scale: "quick", paths: new Map(), threads: 1 },
      ...{ results, machine: "here", command },
    }, { work });
    const common = { results, command, threads: [1], rounds: 2, work };
    await test(
      (options) => timeParts(store, parts, { ...common, ...SCRIPTED, ...options }),
      store,
      (run) => join(results, "here", run),
    );
  });
}

Deno.test("networks of timed parts are timed in one run, once", () =>
  withNetworks(async (time, store, folderOf) => {
    await time({ execute: spawnRounds() });
    const { latency } = store.manifest;
    assertEquals(Object.keys(latency), ["vgg-textures"]);
    const path = folderOf(latency["vgg-textures"]);
    assert(existsSync(join(path, "index.html")));
    const compressed = readRun(path).cases.filter(({ role }) =>
      role === "subject" || role === "control"
    );
    assertEquals(compressed.map(({ label, role, status }) => [label, role, status]), [
      ["rt3d half, 2x", "subject", "ok"],
      ["unstructured single, 2x", "control", "ok"],
    ]);
    await time();
    assertEquals(store.manifest.latency, latency);
    assertEquals(store.manifest.timing, undefined);
  }));

Deno.test("an interrupted timing goes on where it was, with the rounds that it has", () =>
  withNetworks(async (time, store, folderOf) => {
    await assertRejects(() => time(interrupted((_, round) => round === 1)));
    const { folder } = store.manifest.timing!["vgg-textures"];
    assertEquals(store.manifest.latency, {});
    const samples = () => Deno.readTextFileSync(join(folderOf(folder), "samples.csv"));
    const kept = samples();
    assertEquals(RunStore.resume(folderOf(folder)).progress.finishedRounds, [0]);

    const rounds: number[] = [];
    await time({
      execute: (request, ...others) => {
        rounds.push(request.round);
        return scriptedRounds(request, ...others);
      },
      onRestart: (message) => assert(false, message),
    });
    assertEquals(rounds, [1]);
    assert(samples().startsWith(kept) && samples().length > kept.length);
    assertEquals(store.manifest.latency, { "vgg-textures": folder });
    assertEquals(store.manifest.timing, {});
  }));

Deno.test("a timing that cannot go on begins anew, saying why; with other networks it just does", () =>
  withNetworks(async (time, store, folderOf) => {
    const interrupt = () => assertRejects(() => time(interrupted((_, round) => round === 1)));
    const messages: string[] = [];
    const onRestart = (message: string) => void messages.push(message);
    await interrupt();
    const { "vgg-textures": timing } = store.manifest.timing!;
    const progress = join(folderOf(timing.folder), "progress.json");
    // As on a machine with another processor.
    const changed = Deno.readTextFileSync(progress).replace(/"cpu": ?"[^"]*"/, '"cpu":"another"');
    Deno.writeTextFileSync(progress, changed);
    await time({ onRestart });
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0], "The timing of vgg-textures begins anew: Cannot resume");
    assertStringIncludes(messages[0], '"cpu" must be what it was, "another"');
    const { "vgg-textures": second } = store.manifest.latency;
    assertNotEquals(second, timing.folder);
    assertEquals(readRun(folderOf(second)).manifest.finished !== undefined, true);

    store.update({ timed: {}, timing: { "vgg-textures": { ...timing, cells: "other" } } });
    await time({ onRestart });
    assertNotEquals(store.manifest.latency, { "vgg-textures": second });
    assertEquals(messages.length, 1);
  }));
