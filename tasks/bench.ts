/**
 * `deno task bench SUITE`: compares compression methods side by side.
 *
 * @module
 */

import { join, relative } from "node:path";
import { openDevice } from "../devices/registry.ts";
import { type BenchOutcome, resumeBench, startBench } from "../harness/bench.ts";
import { writeResultsIndex, writeRunPage } from "../harness/report/publish_run.ts";
import { renderTable } from "../harness/report/table.ts";
import { rowName } from "../harness/settings.ts";
import { findSuite, SUITES } from "../suites/registry.ts";
import type { Suite } from "../suites/suite.ts";
import { type BenchCommand, HELP, parseBenchCommand, renderList } from "./bench_flags.ts";
import { ProgressLine } from "./progress_line.ts";

/** What a shell expects of a program that was interrupted. */
const INTERRUPTED = 130;

type RunCommand = Exclude<BenchCommand, { kind: "help" | "list" }>;

/**
 * Does what a command line asks for. An error is told in one line.
 *
 * @param suites Suites that can be named.
 * @returns The exit code.
 */
export async function bench(args: string[], suites: readonly Suite[] = SUITES): Promise<number> {
  const interrupt = new AbortController();
  try {
    const command = parseBenchCommand(args, suites);
    switch (command.kind) {
      case "help":
        return print(HELP);
      case "list":
        return print(renderList(suites));
      default:
        return await run(command, suites, interrupt);
    }
  } catch (error) {
    if (interrupt.signal.aborted) return INTERRUPTED;
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    if (Deno.env.get("KERF_DEBUG")) console.error(error);
    return 1;
  }
}

async function run(
  command: RunCommand,
  suites: readonly Suite[],
  interrupt: AbortController,
): Promise<number> {
  const progress = new ProgressLine();
  const onSignal = () => {
    if (interrupt.signal.aborted) Deno.exit(INTERRUPTED);
    progress.say("interrupted: keeping what is finished (Ctrl-C again to stop at once)");
    interrupt.abort(new Error("interrupted"));
  };
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  try {
    const outcome = await carryOut(command, suites, interrupt.signal, progress);
    progress.clear();
    return await publish(command, outcome);
  } finally {
    progress.clear();
    Deno.removeSignalListener("SIGINT", onSignal);
    Deno.removeSignalListener("SIGTERM", onSignal);
  }
}

async function carryOut(
  command: RunCommand,
  suites: readonly Suite[],
  signal: AbortSignal,
  progress: ProgressLine,
): Promise<BenchOutcome> {
  const options = {
    openDevice,
    signal,
    onProgress: (state: Parameters<ProgressLine["show"]>[0]) => progress.show(state),
  };
  if (command.kind === "resume") {
    const find = (id: string) => findSuite(id, suites);
    return await resumeBench(command.folder, { ...options, findSuite: find });
  }
  const { suite, rows, rate } = command.settings;
  progress.announce(`${suite.description}\n${rows.map(rowName).join(", ")}; rate ${rate}x`);
  return await startBench(command.settings, options);
}

/** Writes the pages and prints what was found; nothing but the run goes to standard output as JSON. */
async function publish(
  { json }: RunCommand,
  { run, folder, interrupted }: BenchOutcome,
): Promise<number> {
  const page = await writeRunPage(run, folder);
  const index = await writeResultsIndex(join(folder, "..", ".."));
  print(json ? JSON.stringify(run, null, 2) : renderTable(run));
  const say = json ? console.error : console.log;
  say(`page    ${relative(Deno.cwd(), page)}\nindex   ${relative(Deno.cwd(), index)}`);
  if (interrupted) {
    say(`resume  deno task bench --resume ${relative(Deno.cwd(), folder)}`);
    return INTERRUPTED;
  }
  return run.cases.some(({ latency }) => latency) ? 0 : 1;
}

function print(text: string): number {
  console.log(text.trimEnd());
  return 0;
}

if (import.meta.main) Deno.exit(await bench(Deno.args));
