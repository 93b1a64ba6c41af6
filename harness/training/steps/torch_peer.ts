/**
 * PyTorch, where it is installed, as a peer of the training step.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pythonWith } from "../../../devices/peers/python.ts";
import { learnedInputs } from "../../../graph/costs.ts";
import type { Model } from "../../../graph/model.ts";

const SCRIPT = fileURLToPath(new URL("torch_step.py", import.meta.url));

/** A training step in PyTorch, loaded. */
export interface TorchPeer extends AsyncDisposable {
  /** Version of PyTorch. */
  readonly version: string;
  /** Runs one step; milliseconds, taken inside. */
  step(): Promise<number>;
}

/**
 * Loads the step of a classifier into PyTorch; undefined where it is not installed.
 *
 * @throws {Error} when PyTorch fails, with what it said.
 */
export async function openTorch(
  model: Model,
  classes: number,
  threads: number,
): Promise<TorchPeer | undefined> {
  const python = await pythonWith("torch");
  if (python === undefined) return undefined;
  const child = new Deno.Command(python, {
    args: [SCRIPT],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = createInterface({ input: Readable.fromWeb(child.stdout as never) });
  const answers = lines[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<Record<string, unknown>> => {
    await writer.write(new TextEncoder().encode(`${line}\n`));
    const { value, done } = await answers.next();
    if (done) throw new Error("Cannot time PyTorch as it ended early; its message is above");
    return JSON.parse(value);
  };
  const { version } = await ask(JSON.stringify(describe(model, classes, threads)));
  return {
    version: String(version),
    step: async () => Number((await ask("step")).milliseconds),
    async [Symbol.asyncDispose]() {
      await writer.close();
      await child.status;
    },
  };
}

/** The graph as the script reads it. */
function describe(model: Model, classes: number, threads: number) {
  const learnt = new Set(model.nodes.flatMap(learnedInputs));
  const norms = model.nodes.filter(({ op }) => op === "BatchNormalization");
  return {
    threads,
    classes,
    input: model.inputs[0],
    output: model.outputs[0].name,
    weights: Object.fromEntries([...model.weights].map(([name, { shape }]) => [name, shape])),
    learnt: [...model.weights.keys()].filter((name) => learnt.has(name)),
    // Scales and variances.
    positive: norms.flatMap(({ inputs }) => [inputs[1], inputs[4]]),
    nodes: model.nodes.map(({ op, inputs, outputs, attributes }) => ({
      op,
      inputs,
      output: outputs[0],
      attributes,
    })),
  };
}
