/**
 * Puts the page of a run and its charts beside the run's records, and the list of all runs above.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { coexecutionFinding, coexecutionTitle } from "../coexecution/page.ts";
import { readCoexecution } from "../coexecution/publish.ts";
import { COEXECUTIONS } from "../coexecution/record.ts";
import { experimentTitle } from "../experiments/page.ts";
import { EXPERIMENTS, readExperiment } from "../experiments/store.ts";
import { experimentFinding } from "../experiments/summary.ts";
import {
  LAYER_READING_COLUMNS,
  LAYER_READINGS_FILE,
  layerReadingRows,
} from "../records/layer_readings.ts";
import { writeWhole } from "../records/run_files.ts";
import { toCsv } from "../records/schema.ts";
import { readRun } from "../records/store.ts";
import { readTraining, TRAININGS } from "../training/folder.ts";
import { trainingFinding, trainingTitle } from "../training/page.ts";
import { runCharts } from "./charts.ts";
import { chartPath, PAGE_FILE, renderPage } from "./page.ts";
import { LEDGER_FILE, type ListedRun, NETWORKS_FILE, renderIndex } from "./index_page.ts";
import { keyFinding } from "./finding.ts";
import type { RunResult } from "../result.ts";

/**
 * Writes `index.html`, `charts/*.png` and, where devices told of layers, `layer_readings.csv` into a
 * run's folder; gives the path of the page. Every file is whole at any time, and the page comes last.
 *
 * @param folder Existing folder of the run.
 */
export async function writeRunPage(run: RunResult, folder: string): Promise<string> {
  const page = await renderPage(run);
  const layers = layerReadingRows(run);
  // Imported on use, since the import opens a native library.
  const { chartPng } = await import("./charts_png.ts");
  await Deno.mkdir(`${folder}/charts`, { recursive: true });
  const charts = runCharts(run);
  for (const chart of charts) writeWhole(`${folder}/${chartPath(chart)}`, chartPng(chart));
  removeOthers(`${folder}/charts`, new Set(charts.map(({ name }) => `${name}.png`)));
  if (layers.length > 0) {
    writeWhole(`${folder}/${LAYER_READINGS_FILE}`, toCsv(LAYER_READING_COLUMNS, layers));
  }
  const path = `${folder}/${PAGE_FILE}`;
  writeWhole(path, page);
  return path;
}

/** Removes charts that an earlier page had and this one has not. */
function removeOthers(folder: string, names: ReadonlySet<string>): void {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (name.endsWith(".png") && !names.has(name)) Deno.removeSync(join(folder, name));
  }
}

/** Writes `index.html`, the list of all runs, into the folder of results; gives its path. */
export async function writeResultsIndex(results: string): Promise<string> {
  const machines = folders(results);
  const overviews = machines.filter((name) => existsSync(join(results, name, NETWORKS_FILE)));
  const runs = machines.flatMap((machine) => [
    ...listed(results, machine, listedRun),
    ...listed(results, `${machine}/${TRAININGS}`, listedTraining),
    ...listed(results, `${machine}/${EXPERIMENTS}`, listedExperiment),
    ...listed(results, `${machine}/${COEXECUTIONS}`, listedCoexecution),
  ]);
  const path = join(results, PAGE_FILE);
  const hasLedger = existsSync(join(results, LEDGER_FILE));
  writeWhole(path, await renderIndex(runs, overviews, hasLedger));
  return path;
}

/** The runs in a folder; what is none, or of another schema, is passed over: its page tells of it. */
function listed(
  results: string,
  parent: string,
  read: (folder: string) => Omit<ListedRun, "path">,
): ListedRun[] {
  return folders(join(results, parent)).flatMap((name) => {
    try {
      const path = `${parent}/${name}/${PAGE_FILE}`;
      return [{ ...read(join(results, parent, name)), path }];
    } catch {
      return [];
    }
  });
}

function listedRun(folder: string): Omit<ListedRun, "path"> {
  const run = readRun(folder);
  const { suite, machine, started, finished, input } = run.manifest;
  return {
    title: `${suite} on ${machine}`,
    started,
    finished: finished !== undefined,
    about: `input: ${input}`,
    headline: keyFinding(run),
  };
}

function listedTraining(folder: string): Omit<ListedRun, "path"> {
  const training = readTraining(folder);
  const { machine, started, finished, data } = training.record;
  return {
    title: `${trainingTitle(training.record)}, on ${machine}`,
    started,
    finished: finished !== undefined,
    about: `learnt from ${data.train.description}`,
    headline: trainingFinding(training),
  };
}

function listedExperiment(folder: string): Omit<ListedRun, "path"> {
  const experiment = readExperiment(folder);
  const { manifest } = experiment;
  return {
    title: experimentTitle(manifest),
    started: manifest.started,
    finished: manifest.finished !== undefined,
    about: `experiment: ${manifest.parts.map(({ title }) => title).join("; ")}`,
    headline: experimentFinding(experiment),
  };
}

function listedCoexecution(folder: string): Omit<ListedRun, "path"> {
  const record = readCoexecution(folder);
  return {
    title: coexecutionTitle(record),
    started: record.started,
    finished: true,
    about: `on ${record.device}; input: ${record.input}`,
    headline: coexecutionFinding(record),
  };
}

/** Names of the folders in a folder, none where there is no such folder. */
function folders(path: string): string[] {
  if (!existsSync(path)) return [];
  return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory).map(({ name }) =>
    name
  );
}
