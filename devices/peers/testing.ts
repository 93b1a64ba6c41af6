/**
 * Peer engines in tests: a scripted one, and models run one after the other in one child.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Model } from "../../graph/model.ts";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { Tensors } from "../device.ts";
import { PeerChild, type PeerCommand } from "./child.ts";
import { converted } from "./converted.ts";
import type { PeerEngine } from "./engine.ts";
import { PROTOCOL } from "./protocol.ts";

const SCRIPT = fileURLToPath(new URL("testdata/scripted_peer.ts", import.meta.url));

/** The command of the scripted engine; `fault` says what goes wrong where, e.g. `"hang load"`. */
export function scriptedCommand(fault = ""): PeerCommand {
  return {
    command: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-run",
      SCRIPT,
      fault,
    ],
  };
}

/** The scripted engine. */
export function scriptedEngine(fault = ""): PeerEngine {
  return {
    id: "scripted",
    name: "Scripted",
    find: () => Promise.resolve(scriptedCommand(fault)),
  };
}

/** Whether an engine is installed: for tests that are skipped without. */
export async function isInstalled(engine: PeerEngine): Promise<boolean> {
  return !("missing" in await engine.find());
}

/** Where programs are run that import what the project imports. */
const INSIDE = fileURLToPath(new URL("../../.build/", import.meta.url));

/** Writes the peer engine of docs/peers.md, as it stands there, and tells its path to `test`. */
export async function withExample(test: (path: string, folder: string) => Promise<void>) {
  const document = await Deno.readTextFile(new URL("../../docs/peers.md", import.meta.url));
  const [, example] = /^```ts ignore\n(#![^]*?)^```$/m.exec(document)!;
  await Deno.mkdir(INSIDE, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: INSIDE, prefix: "peer-" });
  try {
    const path = join(folder, "my-engine.ts");
    const here = example.replace("-S deno", `-S ${Deno.execPath()}`);
    await Deno.writeTextFile(path, here, { mode: 0o755 });
    await test(path, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs models one after the other in one child, since starting one takes longer than small networks do. */
export class PeerRunner implements AsyncDisposable {
  readonly #child: PeerChild;
  readonly #engine: PeerEngine;
  readonly #folder: string;
  #models = 0;

  private constructor(child: PeerChild, engine: PeerEngine, folder: string) {
    this.#child = child;
    this.#engine = engine;
    this.#folder = folder;
  }

  /** Starts the child of an engine that is installed. */
  static async open(engine: PeerEngine): Promise<PeerRunner> {
    const command = await engine.find();
    if ("missing" in command) throw new Error(command.missing.join("; "));
    const child = PeerChild.start(command, { name: engine.name });
    await child.ask("hello", { protocol: PROTOCOL });
    return new PeerRunner(child, engine, await Deno.makeTempDir());
  }

  /** What the engine makes of these inputs, and what it says of the way. */
  async run(
    model: Model,
    inputs: Tensors,
  ): Promise<{ outputs: Tensors; notes: readonly string[] }> {
    const path = join(this.#folder, `${this.#models++}.onnx`);
    await writeOnnx(model, path);
    const { id, convert } = this.#engine;
    const loadable = convert ? await converted(path, id, convert) : path;
    const { outputs, notes = [] } = await this.#child.ask("load", { path: loadable, threads: 1 });
    const file = join(this.#folder, "values.f32");
    for (const [name, input] of inputs) {
      await Deno.writeFile(file, new Uint8Array(values(input).slice().buffer));
      await this.#child.ask("setInput", { name, shape: input.shape, path: file });
    }
    await this.#child.ask("run", {});
    const found = new Map<string, Tensor>();
    for (const name of outputs) {
      const { shape } = await this.#child.ask("output", { name, path: file });
      found.set(name, tensor(new Float32Array((await Deno.readFile(file)).buffer), shape));
    }
    return { outputs: found, notes };
  }

  /** Ends the child. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
