/**
 * `deno task readme`: makes the generated parts of the documents anew.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { recordsPage, withRunTable } from "../harness/report/documents.ts";
import { readRun } from "../harness/records/store.ts";

const HELP = `deno task readme [RUN]

Puts chart and table of a run into README.md, and the record formats into docs/results.md.

  RUN     folder of the run, e.g. results/<machine>/<run> (default: the newest finished one with times)
`;

/** Folders of all comparisons in `results/`. */
function runFolders(): string[] {
  const inside = (folder: string) =>
    [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => join(folder, name));
  return inside("results").flatMap(inside)
    .filter((folder) => existsSync(join(folder, "manifest.json")));
}

function newestRun(): string {
  const runs = runFolders().map((folder) => ({ folder, run: readRun(folder) }))
    .filter(({ run }) => run.cases.some(({ latency }) => latency))
    .map(({ folder, run }) => ({ folder, ...run.manifest }))
    .filter(({ finished }) => finished !== undefined)
    .sort((a, b) => b.started.localeCompare(a.started));
  if (runs.length > 0) return runs[0].folder;
  throw new Error(
    'Cannot make the table as "results" must have a finished run: deno task bench c3d',
  );
}

function main([argument, ...more]: string[]): void {
  if (argument === "--help") return console.log(HELP.trimEnd());
  if (more.length > 0 || argument?.startsWith("-")) {
    throw new RangeError(`Cannot run with "${Deno.args.join(" ")}": see --help`);
  }
  Deno.writeTextFileSync("docs/results.md", recordsPage());
  console.log("docs/results.md  record formats");
  const folder = argument?.replace(/\/+$/, "") ?? newestRun();
  const readme = Deno.readTextFileSync("README.md");
  Deno.writeTextFileSync("README.md", withRunTable(readme, readRun(folder), folder));
  console.log(`README.md        ${folder}`);
}

if (import.meta.main) {
  try {
    main(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? `error: ${error.message}` : error);
    Deno.exit(1);
  }
}
