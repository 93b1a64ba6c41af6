/**
 * `deno task reproduce`: runs what the claims ledger lacks, and judges every published value.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { openDevice } from "../devices/registry.ts";
import { readEnvironment } from "../harness/environment/environment.ts";
import { commandText } from "../harness/ledger/commands.ts";
import { judgeLine } from "../harness/ledger/judge.ts";
import { devicesAsked, planLedger } from "../harness/ledger/plan.ts";
import { printLedger, printPlan, stepText } from "../harness/ledger/print.ts";
import { writeLedger } from "../harness/ledger/publish.ts";
import { readResults } from "../harness/ledger/results.ts";
import type { DeviceHere, Plan, Step } from "../harness/ledger/step.ts";
import { writeResultsIndex } from "../harness/report/publish_run.ts";
import { type LedgerLine, ledgerLines } from "../suites/claims/registry.ts";
import { bench } from "./bench.ts";
import { type CommandContext, INTERRUPTED, print, runCommand } from "./command.ts";
import { experimentTask } from "./experiment.ts";
import { HELP, parseReproduceCommand, type ReproduceCommand } from "./reproduce_flags.ts";

type Asked = Extract<ReproduceCommand, { kind: "reproduce" }>;

/** What does the work; tests have their own. */
export interface Runners {
  /** Runs `deno task bench`; gives its exit code. */
  bench(args: string[]): Promise<number>;
  /** Runs `deno task experiment`; gives its exit code. */
  experiment(args: string[]): Promise<number>;
  /** What a device is or lacks. */
  look(id: string, context: CommandContext): Promise<DeviceHere>;
}

const RUNNERS: Runners = { bench, experiment: experimentTask, look };

/** Does what a command line asks for; gives the exit code. */
export async function reproduce(args: string[], runners: Runners = RUNNERS): Promise<number> {
  let asked: Asked | undefined, plan: Plan | undefined;
  const planned = await runCommand(async (context) => {
    const command = parseReproduceCommand(args);
    if (command.kind === "help") return print(HELP);
    if (command.run !== "no") {
      plan = await planFor(command, runners, context);
      context.progress.clear();
      print(printPlan(plan));
    }
    if (command.run === "plan") return 0;
    // What cannot be written is told before the work.
    Deno.mkdirSync(command.out, { recursive: true });
    asked = command;
    return 0;
  });
  if (planned !== 0 || asked === undefined) return planned;
  const ran = await runSteps(plan?.steps ?? [], asked, runners);
  const told = await tell(asked);
  return ran === INTERRUPTED ? ran : Math.max(ran, told);
}

function linesOf({ papers }: Asked): LedgerLine[] {
  return ledgerLines().filter(({ published: { paper } }) => papers.includes(paper));
}

function resultsOf({ out, quick }: Asked) {
  return readResults(out, quick ? "quick" : "small");
}

async function planFor(command: Asked, runners: Runners, context: CommandContext): Promise<Plan> {
  const lines = linesOf(command);
  const devices = new Map<string, DeviceHere>();
  for (const id of devicesAsked(lines)) {
    context.signal.throwIfAborted();
    devices.set(id, await runners.look(id, context));
  }
  const { cpu } = readEnvironment();
  const { paths, quick } = command;
  return planLedger(lines, resultsOf(command), { cpu, devices, paths, quick });
}

async function look(id: string, { progress, signal }: CommandContext): Promise<DeviceHere> {
  const tell = (label: string) => progress.show({ label, fraction: 0 });
  await using device = await openDevice(id, tell, signal);
  const { available, facts: { build }, missing } = await device.probe();
  return { missing: available ? [] : missing, ...(build !== undefined && { build }) };
}

/**
 * Runs the steps in this process, one after the other; each keeps what it finishes by itself. A step that
 * fails does not hold up the others.
 */
async function runSteps(steps: readonly Step[], asked: Asked, runners: Runners): Promise<number> {
  if (steps.length === 0) return 0;
  const lock = join(asked.out, ".reproduce.lock");
  using file = Deno.openSync(lock, { create: true, write: true });
  if (!file.tryLockSync(true)) {
    console.error(`error: Cannot run in "${asked.out}" as another one does already`);
    return 1;
  }
  const failed: Step[] = [];
  try {
    for (const [i, step] of steps.entries()) {
      print(`\n${i + 1} of ${steps.length}: ${stepText(step)}`);
      const code = await runStep(step, asked, runners);
      if (code === INTERRUPTED) return INTERRUPTED;
      if (code !== 0) failed.push(step);
    }
  } finally {
    Deno.removeSync(lock);
  }
  for (const { command } of failed) console.error(`failed: ${commandText(command)}`);
  return failed.length === 0 ? 0 : 1;
}

async function runStep(
  { command }: Step,
  { out, machine }: Asked,
  runners: Runners,
): Promise<number> {
  const named = machine === undefined ? [] : ["--machine", machine];
  if (command.task === "experiment") {
    return await runners.experiment([...command.args, "--results", out, ...named]);
  }
  const unfinished = unfinishedRun(out, commandText(command));
  if (unfinished !== undefined) {
    print(`going on with ${unfinished}`);
    const code = await runners.bench(["--resume", unfinished]);
    // What cannot be gone on with, as the kernels have changed, say, is begun anew.
    if (code !== 1) return code;
  }
  return await runners.bench([...command.args, "--out", out, ...named]);
}

/** The newest run of a command that was interrupted. */
function unfinishedRun(out: string, command: string): string | undefined {
  const folders = [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory)
    .flatMap(({ name: machine }) =>
      [...Deno.readDirSync(join(out, machine))].map(({ name }) => join(out, machine, name))
    );
  return folders.sort().findLast((folder) => {
    const path = join(folder, "progress.json");
    if (!existsSync(path)) return false;
    try {
      return JSON.parse(Deno.readTextFileSync(path)).setup?.manifest?.command === command;
    } catch {
      return false;
    }
  });
}

/** Judges by what is recorded now, prints the ledger and writes it. */
function tell(asked: Asked): Promise<number> {
  return runCommand(async () => {
    const results = resultsOf(asked), { passedOver } = results;
    const all = ledgerLines().map((line) => judgeLine(line, results));
    const { csv, page } = await writeLedger(asked.out, all, { passedOver, quick: asked.quick });
    await writeResultsIndex(asked.out);
    const chosen = all.filter(({ published: { paper } }) => asked.papers.includes(paper));
    print(
      `${printLedger(chosen, passedOver)}\n\npage   ${relative(Deno.cwd(), page)}\n` +
        `table  ${relative(Deno.cwd(), csv)}`,
    );
    return 0;
  });
}

if (import.meta.main) Deno.exit(await reproduce(Deno.args));
