/**
 * Everything that was recorded, as the ledger reads it.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXPERIMENTS, readExperiment } from "../experiments/store.ts";
import type { RecordedExperiment } from "../experiments/records.ts";
import { readRun } from "../records/store.ts";
import type { RunResult } from "../result.ts";

/** A run in its folder. */
export interface FiledRun {
  readonly run: RunResult;
  /** From the folder of results, e.g. `"<machine>/<run>"`. */
  readonly folder: string;
}

/** An experiment in its folder. */
export interface FiledExperiment {
  readonly experiment: RecordedExperiment;
  /** From the folder of results. */
  readonly folder: string;
}

/** What a folder of results holds. */
export interface Results {
  /** Path of the folder. */
  readonly path: string;
  /** Finished runs, the newest first. */
  readonly runs: readonly FiledRun[];
  /** All experiments. */
  readonly experiments: readonly FiledExperiment[];
}

/**
 * Reads all records of a folder; other folders in it are passed over.
 *
 * @throws {SyntaxError} when a record is damaged or of another version.
 */
export function readResults(path: string): Results {
  const machines = foldersIn(path);
  const runs = machines.flatMap((machine) =>
    foldersIn(join(path, machine))
      .map((name) => join(machine, name))
      .filter((folder) =>
        existsSync(join(path, folder, "manifest.json")) &&
        existsSync(join(path, folder, "summary.csv"))
      )
      .map((folder): FiledRun => ({ run: readRun(join(path, folder)), folder }))
  );
  const experiments = machines.flatMap((machine) =>
    foldersIn(join(path, machine, EXPERIMENTS))
      .map((name) => join(machine, EXPERIMENTS, name))
      .filter((folder) => existsSync(join(path, folder, "experiment.json")))
      .map((folder): FiledExperiment => ({
        experiment: readExperiment(join(path, folder)),
        folder,
      }))
  );
  return {
    path,
    runs: runs.filter(({ run }) => run.manifest.finished !== undefined)
      .toSorted((a, b) => b.run.manifest.started.localeCompare(a.run.manifest.started)),
    experiments,
  };
}

function foldersIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).sort();
}
