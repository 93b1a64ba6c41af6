/**
 * `deno task page RUN...`: makes the pages of runs anew from their records.
 *
 * @module
 */

import { join } from "node:path";
import { readRun } from "../harness/records/store.ts";
import { writeResultsIndex, writeRunPage } from "../harness/report/publish_run.ts";
import { print, runCommand } from "./command.ts";
import { readFlags, UsageError } from "./flags.ts";

const HELP = `deno task page results/MACHINE/RUN...

Makes page, charts and the tables that come with them anew from the records of finished runs, and the
list of all runs. Samples, summary, readings and manifest stay as they are.

  --help            this text
`;

/** Does what a command line asks for; gives the exit code. */
export function page(args: string[]): Promise<number> {
  return runCommand(async ({ signal, progress }) => {
    const flags = readFlags(args, { values: [], switches: ["help"], alias: { help: "h" } });
    if (flags.help) return print(HELP);
    if (flags._.length === 0) {
      throw new UsageError("Cannot make a page as a run must be named: results/MACHINE/RUN");
    }
    // What cannot be read is told before anything is written.
    const runs = flags._.map((name) => ({ folder: name.replace(/\/+$/, ""), run: readRun(name) }));
    const pages: string[] = [];
    for (const [i, { folder, run }] of runs.entries()) {
      signal.throwIfAborted();
      progress.show({ label: folder, fraction: i / runs.length });
      pages.push(await writeRunPage(run, folder));
    }
    progress.clear();
    const parents = new Set(runs.map(({ folder }) => join(folder, "..", "..")));
    const indices = await Promise.all([...parents].map(writeResultsIndex));
    return print(
      [...pages.map((path) => `page    ${path}`), ...indices.map((path) => `index   ${path}`)]
        .join("\n"),
    );
  });
}

if (import.meta.main) Deno.exit(await page(Deno.args));
