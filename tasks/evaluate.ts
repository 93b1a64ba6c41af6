/**
 * `deno task evaluate MODEL.onnx|NETWORK --data KIND[:PATH]`: how good a network is, and whether our
 * runtime computes what ONNX Runtime does.
 *
 * @module
 */

import { printable } from "../harness/report/format.ts";
import { textTable } from "../harness/report/text_table.ts";
import { formatShare } from "../harness/training/curve_chart.ts";
import { type Evaluation, runEvaluation } from "../harness/training/evaluation.ts";
import { print, runCommand } from "./command.ts";
import { renderDataList } from "./data_flags.ts";
import { HELP, parseEvaluateCommand } from "./evaluate_flags.ts";

/** Does what a command line asks for; gives the exit code. */
export function evaluateTask(args: string[]): Promise<number> {
  return runCommand(async ({ progress, signal }) => {
    const command = parseEvaluateCommand(args);
    if (command.kind === "help") return print(HELP);
    if (command.kind === "list") return print(renderDataList());
    const begin = performance.now();
    const found = await runEvaluation(command.settings, {
      signal,
      onStart: ({ name }, { name: samples, description }, notes) =>
        progress.announce(
          [`${name} on ${samples}: ${description}`, ...notes.map((note) => `note: ${note}`)]
            .map(printable).join("\n"),
        ),
      onProgress: (done, total) =>
        progress.show({
          label: `${done} of ${total} samples`,
          fraction: done / total,
          remainingMs: (performance.now() - begin) * (total / done - 1),
        }),
    });
    progress.clear();
    print(command.json ? renderJson(found) : renderEvaluation(found));
    return agrees(found) ? 0 : 1;
  });
}

/**
 * The largest relative error of an output that counts as rounding: ten times that of a comparison,
 * which looks at one input, as here it is the worst of all samples.
 */
const MAX_RELATIVE_ERROR = 1e-3;

/** Whether engines agree. */
function agrees({ relativeError = 0 }: Evaluation): boolean {
  return relativeError <= MAX_RELATIVE_ERROR;
}

function renderEvaluation(found: Evaluation): string {
  const { samples, judgements, relativeError } = found;
  const names = Object.keys(judgements[0].metrics);
  const table = textTable<string>([
    { title: "", cell: (name) => name },
    ...judgements.map(({ engine, metrics, seconds }) => ({
      title: engine,
      align: "right" as const,
      cell: (name: string) =>
        name === "time"
          ? `${(1000 * seconds / samples.size).toFixed(2)} ms a sample`
          : Number.isNaN(metrics[name])
          ? "none to judge"
          : formatShare(metrics[name], 2),
    })),
  ], [...names, "time"]);
  if (relativeError === undefined) return table;
  const verdict = agrees(found) ? "both agree" : "they do not agree";
  return `${table}\n\n${verdict}: largest relative error of an output ` +
    `${relativeError.toExponential(1)} (at most ${MAX_RELATIVE_ERROR} is right)`;
}

function renderJson({ model, samples, judgements, relativeError, notes }: Evaluation): string {
  const { name, description, size } = samples;
  return JSON.stringify(
    {
      model: model.name,
      samples: { name, description, size },
      judgements,
      relativeError,
      notes,
      source: "measured",
    },
    null,
    2,
  );
}

if (import.meta.main) Deno.exit(await evaluateTask(Deno.args));
