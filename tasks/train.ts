/**
 * `deno task train NETWORK|MODEL.onnx --data KIND[:PATH]`: trains a network and writes it as ONNX.
 *
 * @module
 */

import { join, relative } from "node:path";
import { formatCount, printable } from "../harness/report/format.ts";
import { PAGE_FILE } from "../harness/report/page.ts";
import { writeResultsIndex } from "../harness/report/publish_run.ts";
import { formatShare, formatSmall } from "../harness/training/curve_chart.ts";
import { TrainingFolder } from "../harness/training/folder.ts";
import type { TrainingRecord } from "../harness/training/record.ts";
import { type FinishedTraining, runTraining } from "../harness/training/run.ts";
import type { TrainSettings } from "../harness/training/settings.ts";
import type { EpochRecord, TrainingProgress } from "../training/trainer_options.ts";
import { type CommandContext, print, runCommand } from "./command.ts";
import { dataWords, renderDataList } from "./data_flags.ts";
import { quoted } from "./flags.ts";
import { HELP, parseTrainCommand } from "./train_flags.ts";

/** Does what a command line asks for; gives the exit code. */
export function trainTask(args: string[]): Promise<number> {
  return runCommand(async (context) => {
    const command = parseTrainCommand(args);
    if (command.kind === "help") return print(HELP);
    if (command.kind === "list") return print(renderDataList());
    if (command.kind === "start") return await carryOut(command.settings, command.json, context);
    const folder = TrainingFolder.resume(command.folder);
    const first = parseTrainCommand([...folder.training.record.arguments]);
    if (first.kind !== "start") throw new SyntaxError(`Cannot resume "${command.folder}"`);
    return await carryOut(first.settings, command.json, context, folder);
  }, "keeping a checkpoint");
}

async function carryOut(
  settings: TrainSettings,
  json: boolean,
  { progress, signal }: CommandContext,
  resume?: TrainingFolder,
): Promise<number> {
  let metrics = "";
  const done = await runTraining(settings, {
    signal,
    ...(resume && { resume }),
    onStart: (record, notes) => progress.announce(announcement(record, notes)),
    onProgress: ({ label, fraction, secondsLeft, loss }: TrainingProgress) =>
      progress.show({
        label: `${label}${loss === undefined ? "" : `  loss ${formatSmall(loss)}`}${metrics}`,
        fraction,
        ...(secondsLeft !== undefined && { remainingMs: 1000 * secondsLeft }),
      }),
    onEpoch(epoch) {
      metrics = metricsText(epoch);
      progress.say(epochText(epoch));
    },
    onInterrupted: ({ folder, checkpoint }) =>
      progress.say(
        folder === undefined
          ? `resume  the same command: training goes on from ${checkpoint}`
          : `resume  deno task train --resume ${quoted(relative(Deno.cwd(), folder))}`,
      ),
  });
  progress.clear();
  if (settings.results !== undefined) await writeResultsIndex(settings.results);
  return print(json ? renderJson(done) : renderDone(done, settings));
}

/** What is about to be done, with everything that was chosen. */
function announcement(record: TrainingRecord, notes: readonly string[]): string {
  const { model, data, settings } = record;
  const form = ["width", "dropout"].flatMap((name) =>
    settings[name] === undefined ? [] : [`${name} ${settings[name]}`]
  );
  const samples = [data.train, ...data.test ? [data.test] : []]
    .map(({ name, description }) => `${name}: ${description}`);
  return [
    [
      `${model.name}, input ${model.sample.join("x")}`,
      ...form,
      `${formatCount(model.parameters)} parameters`,
      `${formatCount(model.macs)}MACs`,
    ].join(", "),
    ...samples,
    `${settings.epochs} epochs, batch ${settings.batch}, ${settings.optimiser} at ` +
    `${settings.rate}, ${settings.schedule}, decay ${settings.decay}, ${settings.loss}, ` +
    `seed ${record.seed}, threads ${settings.threads}`,
    ...notes.map((note) => `note: ${note}`),
  ].map(printable).join("\n");
}

function metricsText({ metrics }: EpochRecord): string {
  const [first] = Object.entries(metrics);
  return first === undefined ? "" : `  ${first[0]} ${formatShare(first[1])}`;
}

function epochText(epoch: EpochRecord): string {
  const seconds = epoch.trainSeconds + epoch.evaluationSeconds;
  return `epoch ${String(epoch.epoch).padEnd(4)} loss ${formatSmall(epoch.loss).padEnd(8)}` +
    `${metricsText(epoch)}  rate ${formatSmall(epoch.rate)}  ${seconds.toFixed(1)} s`;
}

function renderDone(done: FinishedTraining, { data, out, seed }: TrainSettings): string {
  const { record, epochs, file, relativeError, folder } = done;
  const { epoch, ended, loss, metrics } = record.result!;
  const own = out ?? relative(Deno.cwd(), file);
  const lines: (readonly [name: string, text: string])[] = [
    ...record.metrics.filter((name) => name in metrics)
      .map((name) => [name, formatShare(metrics[name])] as const),
    [
      "loss",
      `${formatSmall(loss)}, weights of epoch ${epoch} of ${epochs.length}` +
      (ended === "early stop" ? ", stopped early" : ""),
    ],
    [
      "check",
      `ONNX Runtime ran it; relative error ${relativeError.toExponential(1)} against the model`,
    ],
    ["file", own],
    ...folder === undefined
      ? []
      : [["page", relative(Deno.cwd(), join(folder, PAGE_FILE))] as const],
    ["judge", ["deno task evaluate", ...[own, ...dataWords(data, seed)].map(quoted)].join(" ")],
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines.map(([name, text]) => printable(`${name.padEnd(width)}${text}`)).join("\n");
}

function renderJson({ record, epochs, file, relativeError, folder }: FinishedTraining): string {
  return JSON.stringify({ file, relativeError, folder, epochs, ...record }, null, 2);
}

if (import.meta.main) Deno.exit(await trainTask(Deno.args));
