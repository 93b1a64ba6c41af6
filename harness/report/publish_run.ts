/**
 * Puts the page of a run and its charts beside the run's records.
 *
 * @module
 */

import { chartPng } from "./charts_png.ts";
import { runCharts } from "./charts.ts";
import { chartPath, renderPage } from "./page.ts";
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
  await Deno.mkdir(`${folder}/charts`, { recursive: true });
  for (const chart of runCharts(run)) {
    await replaceFile(`${folder}/${chartPath(chart)}`, chartPng(chart));
  }
  const path = `${folder}/${PAGE_FILE}`;
  await replaceFile(path, new TextEncoder().encode(page));
  return path;
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, path);
}
