/**
 * `deno task compress MODEL.onnx --method ID --rate X -o OUT.onnx`: a compressed model as an ONNX
 * file.
 *
 * @module
 */

import type { CompressedModel, LayerDecision } from "../compressors/compressor.ts";
import { formatRates } from "../compressors/rates.ts";
import { type ModelCosts, modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { writeChecked } from "../harness/checked_write.ts";
import { formatCount, formatRatio, printable } from "../harness/report/format.ts";
import { textTable } from "../harness/report/text_table.ts";
import { openSuite } from "../suites/own_model.ts";
import { withProvenance } from "../suites/provenance.ts";
import { type CommandContext, print, runCommand } from "./command.ts";
import { type CompressCommand, HELP, parseCompressCommand } from "./compress_flags.ts";
import { quoted } from "./flags.ts";

/** Does what a command line asks for; gives the exit code. */
export function compressTask(args: string[]): Promise<number> {
  return runCommand(async (context) => {
    const command = parseCompressCommand(args);
    if (command === undefined) return print(HELP);
    const { progress, signal } = context;
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const { name, weights, shapes, seed, out } = command;
    const suite = await openSuite(name, {
      onNote,
      ...(weights !== undefined && { weights }),
      ...(shapes && { shapes }),
    });
    const model = suite.buildModel(seed);
    const compressed = await compress(command, model, context);
    progress.show({ label: "running in ONNX Runtime", fraction: 1 });
    const { tensors } = await suite.loadInput(compressed, { seed, signal });
    const error = await writeChecked(compressed, out, tensors, signal);
    if (command.saveRates !== undefined) {
      await Deno.writeTextFile(command.saveRates, formatRates(compressed.report));
    }
    progress.clear();
    const { layers } = compressed.report;
    const found: Outcome = {
      out,
      before: modelCosts(model),
      after: modelCosts(compressed),
      notes: [...notes, ...compressed.report.notes],
      layers,
      relativeError: error,
    };
    return print(command.json ? renderJson(found) : renderOutcome(found));
  });
}

async function compress(
  { compressor, options, target, selection, align, seed }: CompressCommand,
  model: Model,
  { signal, progress }: CommandContext,
): Promise<CompressedModel> {
  const compressed = await compressor.compress(model, target, compressor.parseOptions(options), {
    seed,
    selection,
    ...(align !== undefined && { align }),
    signal,
    onProgress: ({ label, done, total }) => progress.show({ label, fraction: done / total }),
  });
  const asked = {
    ...selection,
    ...(selection.rates && { rates: Object.fromEntries(selection.rates) }),
    ...(align !== undefined && { align }),
  };
  return withProvenance(compressed, {
    method: compressor.id,
    options,
    target,
    seed,
    ...(Object.keys(asked).length > 0 && { selection: asked }),
  });
}

/** What was done. */
interface Outcome {
  readonly out: string;
  readonly before: ModelCosts;
  readonly after: ModelCosts;
  readonly notes: readonly string[];
  readonly layers: readonly LayerDecision[];
  readonly relativeError: number;
}

function renderOutcome({ out, before, after, notes, layers, relativeError }: Outcome): string {
  const total = (unit: "macs" | "params") =>
    `${formatCount(before[unit])} -> ${formatCount(after[unit])} ` +
    `(${formatRatio(before[unit] / after[unit])} fewer)`;
  return [
    textTable<LayerDecision>([
      { title: "layer", cell: ({ layer }) => layer },
      { title: "MACs", align: "right", cell: ({ denseMacs }) => formatCount(denseMacs) },
      { title: "kept", align: "right", cell: ({ macs }) => formatCount(macs) },
      { title: "params", align: "right", cell: ({ denseParams }) => formatCount(denseParams) },
      { title: "kept", align: "right", cell: ({ params }) => formatCount(params) },
      {
        title: "decision",
        cell: ({ decision, reason }) => reason ? `${decision}: ${reason}` : decision,
      },
    ], layers),
    "",
    `MACs    ${total("macs")}`,
    `params  ${total("params")}`,
    ...notes.map((note) => printable(`note    ${note}`)),
    `check   ONNX Runtime ran it; relative error ${
      relativeError.toExponential(1)
    } against the model`,
    `file    ${out}`,
    `bench   deno task bench ${quoted(out)}`,
  ].join("\n");
}

function renderJson({ before, after, ...rest }: Outcome): string {
  const totals = ({ macs, params }: ModelCosts) => ({ macs, params });
  return JSON.stringify({ ...rest, before: totals(before), after: totals(after) }, null, 2);
}

if (import.meta.main) Deno.exit(await compressTask(Deno.args));
