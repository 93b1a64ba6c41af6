/**
 * Puts page and chart of a training beside its records.
 *
 * @module
 */

import { join } from "node:path";
import { writeWhole } from "../records/run_files.ts";
import { PAGE_FILE } from "../report/page.ts";
import { curveChart } from "./curve_chart.ts";
import { readTraining } from "./folder.ts";
import { CHART_FILE, renderTrainingPage } from "./page.ts";

/**
 * Writes `curve.png` and `index.html` into the folder of a training, finished or not; gives the path
 * of the page.
 */
export async function writeTrainingPage(folder: string): Promise<string> {
  const training = readTraining(folder);
  // Imported on use, since the import opens a native library.
  const { chartPng } = await import("../report/charts_png.ts");
  writeWhole(join(folder, CHART_FILE), chartPng(curveChart(training)));
  const path = join(folder, PAGE_FILE);
  writeWhole(path, await renderTrainingPage(training));
  return path;
}
