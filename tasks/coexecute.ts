/**
 * `deno task coexecute MODEL.onnx|SUITE`: divides a network between an OpenCL device and the
 * processor.
 *
 * @module
 */

import { relative } from "node:path";
import { publishCoexecution } from "../harness/coexecution/publish.ts";
import { coexecutionText } from "../harness/coexecution/report.ts";
import { coexecute, requireDevice } from "../harness/coexecution/run.ts";
import { writeResultsIndex } from "../harness/report/publish_run.ts";
import { openSuite } from "../suites/own_model.ts";
import { print, runCommand } from "./command.ts";
import { integerOf, onlyWord, quoted, readFlags, shapesOf } from "./flags.ts";

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
  --out DIR         folder of results, e.g. results: also write records and a page with the timelines
  --machine NAME    name of the machine's folder there (default: from the processor)
  --help            this text
`;

const VALUES = ["device", "threads", "calls", "input", "weights", "out", "machine"] as const;

/** Does what a command line asks for; gives the exit code. */
export function coexecuteTask(args: string[]): Promise<number> {
  return runCommand(async ({ signal, progress }) => {
    const flags = readFlags(args, {
      values: VALUES,
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
    const started = new Date();
    const on = device === undefined ? {} : { device };
    const suite = await openSuite(name, {
      ...(weights !== undefined && { weights }),
      ...(shapes && { shapes }),
    });
    await requireDevice(on);
    const model = suite.buildModel(1);
    const { tensors, description } = await suite.loadInput(model, {
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
    print(coexecutionText(found));
    if (out === undefined) return 0;
    const command = commandOf(name, flags);
    const about = { started, command, input: description, machine: flags.machine };
    const page = await publishCoexecution(found, { results: out, ...about });
    const index = await writeResultsIndex(out);
    return print(`page    ${relative(Deno.cwd(), page)}\nindex   ${relative(Deno.cwd(), index)}`);
  });
}

/** The command as someone else would type it: without where this machine keeps results. */
function commandOf(name: string, flags: Readonly<Record<string, unknown>>): string {
  const words = VALUES.filter((flag) => flag !== "out" && flag !== "machine")
    .flatMap((flag) => typeof flags[flag] === "string" ? [`--${flag}`, quoted(flags[flag])] : []);
  const shapes = (flags.shape as readonly string[]).flatMap((shape) => ["--shape", quoted(shape)]);
  return ["deno task coexecute", quoted(name), ...words, ...shapes].join(" ");
}

if (import.meta.main) Deno.exit(await coexecuteTask(Deno.args));
