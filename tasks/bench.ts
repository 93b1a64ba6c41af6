/**
 * `deno task bench SUITE|MODEL.onnx`: compares compression methods side by side.
 *
 * @module
 */

import { join, relative } from "node:path";
import { openDevice } from "../devices/registry.ts";
import { type BenchOutcome, resumeBench, startBench } from "../harness/bench.ts";
import { writeResultsIndex, writeRunPage } from "../harness/report/publish_run.ts";
import { renderTable } from "../harness/report/table.ts";
import { rowName } from "../harness/settings.ts";
import { openSuite, reopenSuite } from "../suites/own_model.ts";
import { SUITES } from "../suites/registry.ts";
import type { Suite } from "../suites/suite.ts";
import {
  type BenchCommand,
  benchSettings,
  HELP,
  parseBenchCommand,
  renderList,
} from "./bench_flags.ts";
import { carryOutExperiment } from "./experiment.ts";
import { shapesOf } from "./flags.ts";
import { type CommandContext, INTERRUPTED, print, runCommand } from "./command.ts";

type RunCommand = Exclude<BenchCommand, { kind: "help" | "list" | "train" }>;

/**
 * Does what a command line asks for. An error is told in one line.
 *
 * @param suites Suites that can be named.
 * @returns The exit code.
 */
export function bench(args: string[], suites: readonly Suite[] = SUITES): Promise<number> {
  return runCommand(async (context) => {
    const command = parseBenchCommand(args);
    if (command.kind === "help") return print(HELP);
    if (command.kind === "list") return print(renderList(suites));
    if (command.kind === "train") {
      return await carryOutExperiment(command.settings, { ...command, timing: true }, context);
    }
    const outcome = await carryOut(command, suites, context);
    context.progress.clear();
    return await publish(command, outcome);
  }, "keeping what is finished");
}

async function carryOut(
  command: RunCommand,
  suites: readonly Suite[],
  { signal, progress }: CommandContext,
): Promise<BenchOutcome> {
  const options = {
    openDevice,
    signal,
    onProgress: (state: Parameters<typeof progress.show>[0]) => progress.show(state),
  };
  const notes: string[] = [];
  const opening = { suites, onNote: (note: string) => notes.push(note) };
  if (command.kind === "resume") {
    const reopen: typeof reopenSuite = (id, files) => reopenSuite(id, files, opening);
    return await resumeBench(command.folder, { ...options, openSuite: reopen });
  }
  const { weights, shape } = command.flags;
  const shapes = shapesOf(shape);
  const suite = await openSuite(command.name, {
    ...opening,
    ...(weights !== undefined && { weights }),
    ...(shapes && { shapes }),
  });
  const settings = benchSettings(command, suite);
  const { rows, rate } = settings;
  progress.announce(
    [
      suite.description,
      ...notes.map((note) => `note: ${note}`),
      `${rows.map(rowName).join(", ")}; rate ${rate}x`,
    ].join("\n"),
  );
  return await startBench(settings, options);
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
  const told = run.cases.some(({ latency, readings = [] }) =>
    latency || readings.some(({ value }) => value)
  );
  return told ? 0 : 1;
}

if (import.meta.main) Deno.exit(await bench(Deno.args));
