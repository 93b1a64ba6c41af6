import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Experiment, Part } from "../../suites/experiments/experiment.ts";
import { readRun } from "../records/store.ts";
import { runExperiment } from "./run.ts";
import { timeParts } from "./time_parts.ts";

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
    { id: "half", label: "half, 2x", method: "l1-filter", options: {}, target: { macs: 2 } },
    { id: "single", label: "single, 2x", method: "unstructured", options: {}, target: { macs: 2 } },
  ],
  timed: true,
};

Deno.test("networks of timed parts are timed in one run, once", async () => {
  const folder = await Deno.makeTempDir();
  try {
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
    const common = { results, command, threads: [1], work };
    const store = await runExperiment({
      ...{ experiment, scale: "quick", paths: new Map(), threads: 1 },
      ...{ results, machine: "here", command },
    }, { work });
    const time = () => timeParts(store, parts, { ...common, rounds: 1 });
    await time();
    const { latency } = store.manifest;
    assertEquals(Object.keys(latency), ["vgg-textures"]);
    const path = join(results, "here", latency["vgg-textures"]);
    assert(existsSync(join(path, "index.html")));
    const { cases } = readRun(path);
    const subjects = cases.filter(({ role }) => role === "subject" || role === "control");
    assertEquals(subjects.map(({ label, status }) => [label, status]), [
      ["l1-filter half, 2x", "ok"],
      ["unstructured single, 2x", "ok"],
    ]);
    await time();
    assertEquals(store.manifest.latency, latency);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
