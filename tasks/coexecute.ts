/**
 * `deno task coexecute MODEL.onnx|SUITE`: divides a network between an OpenCL device and the
 * processor.
 *
 * @module
 */

import { join } from "node:path";
import { coexecute, requireDevice } from "../harness/coexecution.ts";
import { chartPng } from "../harness/report/charts_png.ts";
import {
  type Coexecution,
  coexecutionCharts,
  coexecutionPage,
  coexecutionText,
} from "../harness/report/coexecution.ts";
import { openSuite } from "../suites/own_model.ts";
import { print, runCommand } from "./command.ts";
import { integerOf, onlyWord, readFlags, shapesOf } from "./flags.ts";

const HELP = `deno task coexecute MODEL.onnx|SUITE [options]

Measures each operator on an OpenCL device and on this machine's processor, and the copies between
them; decides which branches the processor takes while the device works on the others, and says why;
runs the network so, holds its outputs to ONNX Runtime, and times it beside either processor alone.

  --device N        OpenCL device, or N:untuned (default: 0)
  --threads N       threads of the processor (default: 1)
  --calls N         timed runs, of which the median is told (default: 5)
  --input FILE      what the network is run on (default: a generated input)
  --shape NAME=1x3x224x224
                    shape of an input of the model, where the file leaves it open
  --weights FILE    ONNX file whose weights a suite's network takes
  --out FOLDER      also write a page with the timelines as charts
  --help            this text
`;

/** Does what a command line asks for; gives the exit code. */
export function coexecuteTask(args: string[]): Promise<number> {
  return runCommand(async ({ signal, progress }) => {
    const flags = readFlags(args, {
      values: ["device", "threads", "calls", "input", "weights", "out"],
      switches: ["help"],
      lists: ["shape"],
      alias: { help: "h" },
    });
    if (flags.help) return print(HELP);
    const name = onlyWord(flags._, "one model or suite must be named");
    const { device, weights, input, out } = flags;
    const shapes = shapesOf(flags.shape);
    const threads = integerOf("threads", flags.threads ?? "1", 1);
    const calls = integerOf("calls", flags.calls ?? "5", 1);
    const on = device === undefined ? {} : { device };
    const suite = await openSuite(name, {
      ...(weights !== undefined && { weights }),
      ...(shapes && { shapes }),
    });
    await requireDevice(on);
    const model = suite.buildModel(1);
    const { tensors } = await suite.loadInput(model, {
      seed: 1,
      signal,
      ...(input !== undefined && { path: input }),
    });
    const found = await coexecute(model, tensors, {
      threads,
      calls,
      signal,
      onProgress: ({ label, done, total }) => progress.show({ label, fraction: done / total }),
      ...on,
    });
    progress.clear();
    if (out !== undefined) await writePage(found, out);
    return print(coexecutionText(found));
  });
}

async function writePage(found: Coexecution, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const chart of coexecutionCharts(found)) {
    await Deno.writeFile(join(folder, `${chart.name}.png`), chartPng(chart));
  }
  await Deno.writeTextFile(join(folder, "index.md"), coexecutionPage(found));
}

if (import.meta.main) Deno.exit(await coexecuteTask(Deno.args));
