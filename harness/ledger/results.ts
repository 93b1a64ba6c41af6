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
import type { Scale } from "../../suites/experiments/experiment.ts";

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

/** A folder whose records cannot be used. */
export interface PassedOver {
  /** From the folder of results. */
  readonly folder: string;
  /** Why: they are damaged, or of another version. */
  readonly reason: string;
}

/** What a folder of results holds. */
export interface Results {
  /** Path of the folder. */
  readonly path: string;
  /** Finished runs, the newest first. */
  readonly runs: readonly FiledRun[];
  /** All experiments, those begun last first. */
  readonly experiments: readonly FiledExperiment[];
  /** Scale of experiments that count. */
  readonly scale: Scale;
  /** Records that do not. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * Reads all records of a folder. Other folders in it are left alone; records that are damaged or of
 * another version are passed over, and told.
 *
 * @param scale Scale of experiments that count.
 */
export function readResults(path: string, scale: Scale = "small"): Results {
  const passedOver: PassedOver[] = [];
  const read = <T>(folder: string, files: readonly string[], from: (path: string) => T): T[] => {
    const place = join(path, folder);
    if (!files.every((file) => existsSync(join(place, file)))) return [];
    try {
      return [from(place)];
    } catch (error) {
      passedOver.push({ folder, reason: error instanceof Error ? error.message : String(error) });
      return [];
    }
  };
  const machines = foldersIn(path);
  const runs = machines.flatMap((machine) => foldersIn(path, machine)).flatMap((folder) =>
    read(folder, ["manifest.json", "summary.csv"], readRun).map((run) => ({ run, folder }))
  );
  const experiments = machines.flatMap((machine) => foldersIn(path, join(machine, EXPERIMENTS)))
    .flatMap((folder) =>
      read(folder, ["experiment.json"], readExperiment)
        .map((experiment) => ({ experiment, folder }))
    );
  return {
    path,
    runs: runs.filter(({ run }) => run.manifest.finished !== undefined)
      .toSorted((a, b) => b.run.manifest.started.localeCompare(a.run.manifest.started)),
    experiments: experiments.toSorted((a, b) =>
      b.experiment.manifest.started.localeCompare(a.experiment.manifest.started)
    ),
    scale,
    passedOver,
  };
}

/** Folders in `folder` of `path`, as they are called from `path`. */
function foldersIn(path: string, folder = ""): string[] {
  const place = join(path, folder);
  if (!existsSync(place)) return [];
  return [...Deno.readDirSync(place)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => join(folder, name)).sort();
}
