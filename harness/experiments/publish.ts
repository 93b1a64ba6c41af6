/**
 * Puts tables, charts and page of an experiment beside its records.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Claim } from "../../suites/experiments/experiment.ts";
import { writeWhole } from "../records/run_files.ts";
import { readRun } from "../records/store.ts";
import { type Html, html } from "../report/html.ts";
import { chartPath, PAGE_FILE } from "../report/page.ts";
import type { RunResult } from "../result.ts";
import { judgeClaims } from "./claims.ts";
import { factorTimes } from "./factor_times.ts";
import { experimentCharts, renderExperimentPage } from "./page.ts";
import { factorTable } from "./page_factors.ts";
import { latencySection } from "./page_latency.ts";
import type { ExperimentManifest } from "./records.ts";
import { readExperiment } from "./store.ts";
import { summarise } from "./summary.ts";
import { TRACES } from "./table_columns.ts";
import { experimentTables } from "./tables.ts";

/**
 * Writes the CSV tables, `charts/*.png` and `index.html` into the folder of an experiment, finished or
 * not; gives the path of the page.
 *
 * @param claims What papers say of it.
 * @throws {SyntaxError} when a record is damaged or of another schema version.
 */
export async function writeExperimentPage(
  folder: string,
  claims: readonly Claim[],
): Promise<string> {
  const experiment = readExperiment(folder);
  const { manifest, records } = experiment;
  const parts = summarise(experiment);
  replaceTables(folder, experimentTables(experiment));
  // Imported on use, since the import opens a native library.
  const { chartPng } = await import("../report/charts_png.ts");
  clear(join(folder, "charts"));
  for (const chart of experimentCharts(parts)) {
    writeWhole(join(folder, chartPath(chart)), chartPng(chart));
  }
  const latency = latencySections(folder, manifest);
  const path = join(folder, PAGE_FILE);
  writeWhole(
    path,
    await renderExperimentPage(manifest, records, {
      claims: judgeClaims(claims, experiment),
      ...(latency && { latency }),
    }),
  );
  return path;
}

/** Tables of traces that are no longer made go. */
function replaceTables(folder: string, tables: ReadonlyMap<string, string>): void {
  clear(join(folder, TRACES));
  for (const [file, text] of tables) writeWhole(join(folder, file), text);
}

function clear(folder: string): void {
  if (existsSync(folder)) Deno.removeSync(folder, { recursive: true });
  Deno.mkdirSync(folder);
}

/** Path of a machine's folder from that of its experiment. */
const MACHINE = "../..";

function latencySections(
  folder: string,
  { latency, parts }: ExperimentManifest,
): Html | undefined {
  const sections = Object.entries(latency).map(([part, run]) => {
    const title = parts.find(({ id }) => id === part)?.title ?? part;
    const timed = readRun(join(folder, MACHINE, run));
    return [
      latencySection(timed, `Latency of ${title}`, `${MACHINE}/${run}/${PAGE_FILE}`),
      factorSection(timed, title),
    ];
  });
  return sections.length === 0 ? undefined : html`${sections}`;
}

/** Where the time of factorised layers goes, a table for each network; nothing where none is. */
function factorSection(run: RunResult, title: string): Html | undefined {
  const networks = Map.groupBy(factorTimes(run), ({ row }) => row.id);
  if (networks.size === 0) return undefined;
  const tables = [...networks.values()].map((layers) => {
    const [{ row, threads }] = layers;
    return factorTable(
      `${row.label}, ${threads === 1 ? "1 thread" : `${threads} threads`}`,
      layers,
    );
  });
  return html`<details><summary>Factorised layers of ${title}</summary>${tables}</details>`;
}
