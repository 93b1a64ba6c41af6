/**
 * `deno task experiment NAME`: trains, compresses and judges, and tells what papers' claims are worth
 * here.
 *
 * @module
 */

import { relative } from "node:path";
import { judgeClaims } from "../harness/experiments/claims.ts";
import { printExperiment } from "../harness/experiments/print.ts";
import { writeExperimentPage } from "../harness/experiments/publish.ts";
import type { CellRecord } from "../harness/experiments/records.ts";
import { runExperiment } from "../harness/experiments/run.ts";
import type { ExperimentSettings } from "../harness/experiments/settings.ts";
import { readExperiment } from "../harness/experiments/store.ts";
import { timeParts } from "../harness/experiments/time_parts.ts";
import { formatShare } from "../harness/training/curve_chart.ts";
import { writeResultsIndex } from "../harness/report/publish_run.ts";
import { type CommandContext, print, runCommand } from "./command.ts";
import { HELP, parseExperimentCommand, renderExperimentList } from "./experiment_flags.ts";

/** Rounds of a timing: enough for 95 % intervals. */
const ROUNDS = 6;

/** Does what a command line asks for; gives the exit code. */
export function experimentTask(args: string[]): Promise<number> {
  return runCommand(async (context) => {
    const command = parseExperimentCommand(args);
    if (command.kind === "help") return print(HELP);
    if (command.kind === "list") return print(renderExperimentList(command.scale));
    return await carryOutExperiment(command.settings, command, context);
  }, "keeping what is finished");
}

/** Runs an experiment, times its networks, publishes and prints; gives the exit code. */
export async function carryOutExperiment(
  settings: ExperimentSettings,
  { timing, json, work }: {
    readonly timing: boolean;
    readonly json: boolean;
    readonly work?: string;
  },
  { signal, progress }: CommandContext,
): Promise<number> {
  const { experiment, scale, results, command, threads } = settings;
  progress.announce(`${experiment.title}\n${command}`);
  const store = await runExperiment(settings, {
    signal,
    ...(work !== undefined && { work }),
    onProgress: (state) => progress.show(state),
    onCell: (record) => progress.say(cellText(record)),
  });
  if (timing) {
    const counts = threads > 1 ? [1, threads] : [1];
    await timeParts(store, experiment.parts(scale), {
      results,
      command,
      threads: counts,
      rounds: scale === "quick" ? 1 : ROUNDS,
      ...(work !== undefined && { work }),
      signal,
      onProgress: (state) => progress.show({ ...state, label: `timing: ${state.label}` }),
      onRestart: (message) => progress.say(message),
    });
  }
  progress.clear();
  const page = await writeExperimentPage(store.path, experiment.claims);
  await writeResultsIndex(results);
  const recorded = readExperiment(store.path);
  const claims = judgeClaims(experiment.claims, recorded);
  print(
    json ? JSON.stringify({ ...recorded, claims }, null, 2) : printExperiment(recorded, claims),
  );
  (json ? console.error : console.log)(`page  ${relative(Deno.cwd(), page)}`);
  return recorded.records.some(({ status }) => status === "failed") ? 1 : 0;
}

function cellText({ spec, label, status, reason, result }: CellRecord): string {
  const name = `${spec.part}, seed ${spec.seed}, ${label}`;
  if (!result) return `${name}: ${status}: ${reason}`;
  const [metric, value] = Object.entries(result.metrics)[0];
  const rate = result.denseMacs / result.macs;
  return `${name}: ${metric} ${formatShare(value)}, ${rate.toFixed(2)}x MACs`;
}

if (import.meta.main) Deno.exit(await experimentTask(Deno.args));
