/**
 * Puts the page of a run and its charts beside the run's records, and the list of all runs above.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "../records/store.ts";
import { runCharts } from "./charts.ts";
import { chartPath, renderPage } from "./page.ts";
import { type ListedRun, NETWORKS_FILE, renderIndex } from "./index_page.ts";
import { keyFinding } from "./reading.ts";
import type { RunResult } from "../result.ts";

/** Name of the page in a run's folder. */
export const PAGE_FILE = "index.html";

/**
 * Writes `index.html` and `charts/*.png` into a run's folder; gives the path of the page. Every
 * file is whole at any time, and the page comes last.
 *
 * @param folder Existing folder of the run.
 */
export async function writeRunPage(run: RunResult, folder: string): Promise<string> {
  const page = await renderPage(run);
  // Imported on use, since the import opens a native library.
  const { chartPng } = await import("./charts_png.ts");
  await Deno.mkdir(`${folder}/charts`, { recursive: true });
  for (const chart of runCharts(run)) {
    await replaceFile(`${folder}/${chartPath(chart)}`, chartPng(chart));
  }
  const path = `${folder}/${PAGE_FILE}`;
  await replaceFile(path, new TextEncoder().encode(page));
  return path;
}

/** Writes `index.html`, the list of all runs, into the folder of results; gives its path. */
export async function writeResultsIndex(results: string): Promise<string> {
  const runs: ListedRun[] = [];
  const overviews: string[] = [];
  for (const machine of folders(results)) {
    if (existsSync(join(results, machine, NETWORKS_FILE))) overviews.push(machine);
    for (const name of folders(join(results, machine))) {
      const folder = join(results, machine, name);
      try {
        const run = readRun(folder);
        const path = `${machine}/${name}/${PAGE_FILE}`;
        runs.push({ manifest: run.manifest, path, headline: keyFinding(run) });
      } catch {
        // Not a run, or one of another schema: its own page still says what it is.
      }
    }
  }
  const path = join(results, PAGE_FILE);
  await replaceFile(path, new TextEncoder().encode(await renderIndex(runs, overviews)));
  return path;
}

function folders(path: string): string[] {
  return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory).map(({ name }) =>
    name
  );
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, path);
}
