/**
 * An experiment of seconds, for the tests of whole runs.
 *
 * @module
 */

import { join } from "node:path";
import type { Cell, Experiment, Part } from "../../../suites/experiments/experiment.ts";
import type { CellRecord } from "../records.ts";
import { runExperiment } from "../run.ts";
import type { ExperimentSettings } from "../settings.ts";

/** Cells of a moment: two that end well, one that cannot be, and one that a test can spoil. */
export const CELLS: readonly Cell[] = [
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
    method: "unstructured",
    options: { allocation: "global" },
    target: { macs: 2 },
  },
];

/** A network of a moment: 2 + 2 + 1 epochs of two steps. */
export const PART: Part = {
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

/** A part whose files are not given. */
const FILE_PART: Part = {
  ...PART,
  id: "own-file",
  network: { file: "mine" },
  data: { source: "cifar10", path: "cifar10", validation: 1 },
};

/** An experiment of parts, of which no paper says anything. */
export function experiment(id: string, parts: readonly Part[]): Experiment {
  return { id, title: `Experiment ${id}`, description: "", parts: () => parts, claims: [] };
}

/** Runs in a folder that goes afterwards. */
export async function inFolder(
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
