/**
 * The folder of one co-execution, `results/<machine>/coexecution/<run>/`: records, page and charts.
 *
 * @module
 */

import { join } from "node:path";
import { machineName, readEnvironment } from "../environment/environment.ts";
import { deviceFact } from "../open_devices.ts";
import { claimFolder, writeWhole } from "../records/run_files.ts";
import { renderCoexecutionPage } from "./page.ts";
import {
  type CoexecutionRecord,
  COEXECUTIONS,
  csvFiles,
  parseRecord,
  recordJson,
  recordOf,
} from "./record.ts";
import { type Coexecution, coexecutionCharts } from "./report.ts";

/** Name of the record, by which a folder is known. */
const RECORD = "run.json";
/** Name of the page in the folder. */
const PAGE = "index.html";

/** What is known of a co-execution besides what it found. */
export interface PublishOptions {
  /** Folder of all results. */
  readonly results: string;
  /** Name of the machine's folder. @default made from the processor's name */
  readonly machine?: string | undefined;
  /** When it began. */
  readonly started: Date;
  /** The command that does it again. */
  readonly command: string;
  /** What the network was fed with. */
  readonly input: string;
}

/**
 * Writes records, charts and page; gives the path of the page.
 *
 * @throws {RangeError} when the machine's name is none that a folder should have.
 */
export async function publishCoexecution(
  found: Coexecution,
  { results, machine: chosen, started, command, input }: PublishOptions,
): Promise<string> {
  const environment = readEnvironment({ tools: { [deviceFact(found.id)]: found.facts } });
  const machine = machineName(environment, chosen), begun = started.toISOString();
  const parent = join(results, machine, COEXECUTIONS);
  await Deno.mkdir(parent, { recursive: true });
  const run = claimFolder(parent, `${begun.slice(0, 19).replaceAll(":", "-")}-${found.network}`);
  const folder = join(parent, run);
  const facts = { run, machine, started: begun, finished: new Date().toISOString() };
  const record = recordOf(found, { ...facts, command, input, environment });
  const files = csvFiles(found);
  for (const [name, text] of Object.entries(files)) writeWhole(join(folder, name), text);
  // Imported on use, since the import opens a native library.
  const { chartPng } = await import("../report/charts_png.ts");
  const chartPath = (name: string) => `charts/${name}.png`;
  await Deno.mkdir(join(folder, "charts"));
  for (const chart of coexecutionCharts(found)) {
    writeWhole(join(folder, chartPath(chart.name)), chartPng(chart));
  }
  writeWhole(join(folder, RECORD), recordJson(record));
  const page = await renderCoexecutionPage(found, record, Object.keys(files), chartPath);
  writeWhole(join(folder, PAGE), page);
  return join(folder, PAGE);
}

/**
 * Reads the record of a co-execution from its folder.
 *
 * @throws {SyntaxError} when it is damaged or of another schema version.
 * @throws {Deno.errors.NotFound} when there is none.
 */
export function readCoexecution(folder: string): CoexecutionRecord {
  const path = join(folder, RECORD);
  return parseRecord(Deno.readTextFileSync(path), path);
}
