/**
 * `deno task bench-training`: times training steps against forward passes of the same graphs.
 *
 * @module
 */

import { join } from "node:path";
import { machineName, readEnvironment } from "../harness/environment/environment.ts";
import { TRAININGS } from "../harness/training/folder.ts";
import { type MeasuredStep, measureStep } from "../harness/training/steps/measure_step.ts";
import { type StepRow, stepsCsv, stepsPage } from "../harness/training/steps/report.ts";
import { findStepCase, STEP_CASES } from "../harness/training/steps/step_case.ts";
import { type CommandContext, print, runCommand } from "./command.ts";
import { integerOf, listOf, readFlags } from "./flags.ts";

const HELP = `deno task bench-training [options]

Times one training step of networks of the papers in turn with ONNX Runtime's forward pass of the same
graph, and with PyTorch's step where Debian's python3-torch is installed. Writes
results/<machine>/training/steps.md and steps.csv.

  --match LIST    which of ${STEP_CASES.map(({ id }) => id).join(", ")} (default: all)
  --threads N     threads of everything (default: all cores)
  --rounds N      times that everything runs in turn (default: 8)
  --results DIR   folder of results (default: results)
  --machine NAME  name of the machine's folder (default: made from the processor's name)
  --no-record     write nothing
  --help          this text
`;

/** Does what a command line asks for; gives the exit code. */
export function benchTraining(args: string[]): Promise<number> {
  return runCommand(async (context) => {
    const flags = readFlags(args, {
      values: ["match", "threads", "rounds", "results", "machine", "measure"],
      switches: ["no-record", "help"],
      alias: { help: "h" },
    });
    if (flags.help) return print(HELP);
    const threads = integerOf("threads", flags.threads ?? `${navigator.hardwareConcurrency}`, 1);
    const rounds = integerOf("rounds", flags.rounds ?? "8", 1);
    if (flags.measure !== undefined) return await measureAlone(flags.measure, threads, rounds);
    const cases = flags.match === undefined
      ? STEP_CASES
      : listOf("match", flags.match).map(findStepCase);
    const environment = await readEnvironment();
    const machine = machineName(environment, flags.machine);
    const rows: StepRow[] = [];
    for (const [i, which] of cases.entries()) {
      context.progress.show({ label: which.id, fraction: i / cases.length });
      const measured = await measureInProcess(which.id, threads, rounds, context);
      rows.push({ which, threads, measured });
    }
    context.progress.clear();
    const page = stepsPage(rows, environment);
    if (!flags["no-record"]) {
      const folder = join(flags.results ?? "results", machine, TRAININGS);
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(join(folder, "steps.md"), page);
      await Deno.writeTextFile(join(folder, "steps.csv"), stepsCsv(rows));
    }
    return print(page);
  });
}

/** Each case has a process of its own, since the peak of its memory is taken. */
async function measureInProcess(
  id: string,
  threads: number,
  rounds: number,
  { signal }: CommandContext,
): Promise<MeasuredStep> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-read",
      "--allow-run",
      "--allow-ffi",
      "--allow-env=KERF_*",
      "--allow-sys",
      new URL(import.meta.url).pathname,
      `--measure=${id}`,
      `--threads=${threads}`,
      `--rounds=${rounds}`,
    ],
    stderr: "inherit",
    signal,
  }).output();
  if (!success) throw new Error(`Cannot time training step "${id}": its message is above`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function measureAlone(id: string, threads: number, rounds: number): Promise<0> {
  return print(JSON.stringify(await measureStep(findStepCase(id), { threads, rounds })));
}

if (import.meta.main) Deno.exit(await benchTraining(Deno.args));
