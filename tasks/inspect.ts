/**
 * `deno task inspect MODEL.onnx|SUITE`: what a model is made of, and what could be removed of it.
 *
 * @module
 */

import type { ValueInfo } from "../graph/model.ts";
import { decodeFile } from "../graph/onnx/file.ts";
import {
  inspect,
  type InspectedLayer,
  type InspectedScheme,
  type Inspection,
} from "../harness/inspection.ts";
import { formatCount, formatMebibytes, formatRatio, printable } from "../harness/report/format.ts";
import { textTable } from "../harness/report/text_table.ts";
import { isModelFile, openSuite } from "../suites/own_model.ts";
import { print, runCommand } from "./command.ts";
import { onlyWord, readFlags, shapesOf } from "./flags.ts";

const HELP = `deno task inspect MODEL.onnx|SUITE [--json]

Tells what a model is made of: inputs and outputs, operators and whether the native runtime has them
all, each layer with its costs and whether it can be pruned, and how far each scheme could reduce the
model. Nothing is run and nothing is written.

  --shape NAME=1x3x224x224
                    shape of an input of the model, where the file leaves it open
  --weights FILE    ONNX file whose weights a suite's network takes
  --json            print everything as JSON
  --help            this text
`;

/** What a file says of itself. */
export interface Source {
  /** Opset of the file; absent for a suite. */
  readonly opset?: number;
  /** What the import changed. */
  readonly notes: readonly string[];
}

/** Does what a command line asks for; gives the exit code. */
export function inspectTask(args: string[]): Promise<number> {
  return runCommand(async () => {
    const flags = readFlags(args, {
      values: ["weights"],
      switches: ["json", "help"],
      lists: ["shape"],
      alias: { help: "h" },
    });
    if (flags.help) return print(HELP);
    const name = onlyWord(flags._, "one model or suite must be named");
    const notes: string[] = [];
    const { weights } = flags;
    const onNote = (note: string) => notes.push(note);
    const shapes = shapesOf(flags.shape);
    const suite = await openSuite(name, {
      onNote,
      ...(weights !== undefined && { weights }),
      ...(shapes && { shapes }),
    });
    const opset = isModelFile(name)
      ? decodeFile(await Deno.readFile(name)).opsets.get("")
      : undefined;
    const source = { notes, ...(opset !== undefined && { opset }) };
    const inspection = await inspect(suite.buildModel(1));
    return print(
      flags.json
        ? JSON.stringify({ ...source, ...inspection }, null, 2)
        : renderInspection(inspection, source),
    );
  });
}

/** An inspection as text. */
export function renderInspection(found: Inspection, { opset, notes }: Source): string {
  const { native, totals, operators } = found;
  const pruned = totals.macs < totals.denseMacs || totals.params < totals.denseParams
    ? `; without what is pruned already ${formatCount(totals.macs)}MACs, ` +
      `${formatCount(totals.params)} parameters`
    : "";
  return [
    printable(`model      ${found.name}${opset === undefined ? "" : `, opset ${opset}`}`),
    ...found.inputs.map((value) => `input      ${valueText(value)}`),
    ...found.outputs.map((value) => `output     ${valueText(value)}`),
    ...notes.map((note) => printable(`note       ${note}`)),
    `operators  ${operators.map(({ op, count }) => `${op} ${count}`).join(", ")}`,
    native.ok
      ? `native     all operators; ${native.operators} in the plan, activations of ` +
        `${formatMebibytes(native.activationBytes)} MiB`
      : printable(`native     lacks something: ${native.reason}`),
    `total      ${formatCount(totals.denseMacs)}MACs, ${formatCount(totals.denseParams)} ` +
    `parameters${pruned}`,
    "",
    layerTable(found.layers),
    "",
    "How far each scheme could reduce the model, first convolution and heads left alone:",
    "",
    schemeTable(found.schemes),
  ].join("\n");
}

function valueText({ name, shape }: ValueInfo): string {
  return printable(`${name} [${shape.join(", ")}]`);
}

function layerTable(layers: readonly InspectedLayer[]): string {
  return textTable<InspectedLayer>([
    { title: "layer", cell: ({ name }) => name },
    { title: "operator", cell: ({ op }) => op },
    { title: "shape", cell: ({ input, output }) => `${input.join("x")} → ${output.join("x")}` },
    { title: "MACs", align: "right", cell: ({ denseMacs }) => formatCount(denseMacs) },
    { title: "params", align: "right", cell: ({ denseParams }) => formatCount(denseParams) },
    { title: "weights", cell: ({ unprunable }) => unprunable ?? "prunable" },
    { title: "filters", cell: filtersText },
  ], layers);
}

function filtersText({ name, coupled, unremovable }: InspectedLayer): string {
  const others = coupled?.filter((layer) => layer !== name) ?? [];
  if (others.length > 3) return `removable with ${others.length} other layers`;
  if (others.length > 0) return `removable with ${others.join(", ")}`;
  return coupled ? "removable" : unremovable ?? "";
}

function schemeTable(schemes: readonly InspectedScheme[]): string {
  const upTo = (rate: number | undefined) => rate === undefined ? "" : `up to ${formatRatio(rate)}`;
  return textTable<InspectedScheme>([
    { title: "scheme", cell: ({ name }) => name },
    { title: "MACs", align: "right", cell: ({ macs }) => upTo(macs) },
    { title: "params", align: "right", cell: ({ params }) => upTo(params) },
    { title: "", cell: ({ reason }) => reason ?? "" },
  ], schemes);
}

if (import.meta.main) Deno.exit(await inspectTask(Deno.args));
