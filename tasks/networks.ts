/**
 * `deno task networks`: the newest run of every network of one machine in one table.
 *
 * @module
 */

import { join } from "node:path";
import { readRun } from "../harness/records/store.ts";
import {
  networksCsv,
  networksPage,
  newestRuns,
  type StoredRun,
} from "../harness/report/networks.ts";
import { NETWORKS_FILE } from "../harness/report/index_page.ts";
import { writeResultsIndex } from "../harness/report/publish_run.ts";
import { print, runCommand } from "./command.ts";
import { readFlags, UsageError } from "./flags.ts";

const HELP = `deno task networks [results/MACHINE]

Reads all runs of a machine and puts the newest of each network and thread count into one table:
results/MACHINE/networks.md and networks.csv. What falls short of the project's targets is told.

  results/MACHINE   folder of the machine (default: the only one in results/ that has times)
  --help            this text
`;

/**
 * Does what a command line asks for; gives the exit code.
 *
 * @param results Folder of all results.
 */
export function networks(args: string[], results = "results"): Promise<number> {
  return runCommand(async () => {
    const flags = readFlags(args, { values: [], switches: ["help"], alias: { help: "h" } });
    if (flags.help) return print(HELP);
    const folder = machineFolder(flags._, results);
    const found = newestRuns(storedRuns(folder));
    if (found.length === 0) {
      throw new RangeError(`Cannot make a table as "${folder}" must have a finished run`);
    }
    const machine = found[0].run.manifest.machine;
    await Deno.writeTextFile(join(folder, NETWORKS_FILE), networksPage(machine, found));
    await Deno.writeTextFile(join(folder, "networks.csv"), networksCsv(found));
    await writeResultsIndex(join(folder, ".."));
    return print(
      `${found.length} comparisons\npage    ${join(folder, NETWORKS_FILE)}\n` +
        `table   ${join(folder, "networks.csv")}`,
    );
  });
}

function machineFolder(words: readonly string[], results: string): string {
  if (words.length > 1) {
    throw new UsageError(
      `Cannot run as one machine must be named: current value is "${words.join(" ")}"`,
    );
  }
  if (words.length === 1) {
    if (foldersIn(words[0]).length > 0) return words[0].replace(/\/+$/, "");
    throw new RangeError(`Cannot make a table as "${words[0]}" must be a folder of runs`);
  }
  const folders = foldersIn(results);
  // Where devices were emulated there are no times, and nothing for the table.
  const machines = folders.length === 1
    ? folders
    : folders.filter((name) => newestRuns(storedRuns(join(results, name))).length > 0);
  if (machines.length === 1) return join(results, machines[0]);
  throw new UsageError(
    `Cannot run as one machine must be named: ${results} has ${folders.join(", ") || "none"}`,
  );
}

function foldersIn(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** The runs in a folder; what is no run, or one of another schema, is passed over. */
function storedRuns(folder: string): StoredRun[] {
  return foldersIn(folder).flatMap((name) => {
    try {
      return [{ run: readRun(join(folder, name)), folder: name }];
    } catch {
      return [];
    }
  });
}

if (import.meta.main) Deno.exit(await networks(Deno.args));
