/**
 * Peer engines as devices: each program runs in a child that speaks the protocol.
 *
 * @module
 */

import { join } from "node:path";
import { tensor, values } from "../../graph/tensor.ts";
import {
  type Device,
  DeviceUnavailableError,
  type LoadOptions,
  type MeasureRequest,
  type Probe,
  type Program,
  type RawSamples,
  type Session,
  type Tensors,
} from "../device.ts";
import { warmUp } from "../warm_up.ts";
import { PeerChild, type PeerCommand } from "./child.ts";
import { type Convert, converted } from "./converted.ts";
import { PROTOCOL } from "./protocol.ts";

/** An engine that runs in a child. */
export interface PeerEngine {
  /** Id of the device. */
  readonly id: string;
  /** Name for people, until the child tells its own. */
  readonly name: string;
  /** Finds what starts the child, or says what is missing and how to get it. */
  find(): Promise<PeerCommand | { readonly missing: readonly string[] }>;
  /** Makes what the child loads out of an ONNX file. @default it loads the ONNX file itself */
  readonly convert?: Convert;
}

/** Opens an engine as a device. Its children are not started before they are needed. */
export function openPeer(
  engine: PeerEngine,
): Promise<Device> {
  const { id, name, convert } = engine;
  let found: ReturnType<PeerEngine["find"]> | undefined;
  const find = async () => {
    const command = await (found ??= engine.find());
    if ("missing" in command) throw new DeviceUnavailableError(id, command.missing);
    return command;
  };
  const start = async (signal?: AbortSignal) => {
    const command = await find();
    await using stack = new AsyncDisposableStack();
    const child = stack.use(
      PeerChild.start(command, { name, ...(signal && { signal }) }),
    );
    const greeting = await child.ask("hello", { protocol: PROTOCOL });
    return { child, greeting, stack: stack.move() };
  };

  return Promise.resolve({
    id,
    timebase: "native",

    async probe(): Promise<Probe> {
      try {
        const { greeting, stack } = await start();
        await stack.disposeAsync();
        return { available: true, name: greeting.name, facts: greeting.facts, missing: [] };
      } catch (error) {
        const missing = error instanceof DeviceUnavailableError
          ? error.missing
          : [error instanceof Error ? error.message : String(error)];
        return { available: false, name, facts: {}, missing };
      }
    },

    supports: ({ kind }: Program) =>
      kind === "onnx" ? { ok: true } : { ok: false, reason: `${name} runs ONNX files` },

    async load({ path }: Program, { threads, signal }: LoadOptions): Promise<Session> {
      await find(); // what is missing is told before anything is made
      const loadable = convert ? await converted(path, id, convert, signal) : path;
      await using opened = new AsyncDisposableStack();
      const { child, stack } = await start(signal);
      opened.use(stack);
      const folder = await Deno.makeTempDir({ prefix: "kerf-peer-" });
      opened.defer(() => Deno.remove(folder, { recursive: true }));
      const loaded = await child.ask("load", { path: loadable, threads });
      return new PeerSession(child, { ...loaded, folder, opened: opened.move() });
    },

    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

/** What a session holds besides its child. */
interface Loaded extends Pick<Session, "notes"> {
  readonly outputs: readonly string[];
  /** For the files through which tensors go. */
  readonly folder: string;
  readonly opened: AsyncDisposable;
}

class PeerSession implements Session {
  readonly #child: PeerChild;
  readonly #loaded: Loaded;
  readonly notes: readonly string[];
  #ran = false;

  constructor(child: PeerChild, loaded: Loaded) {
    this.#child = child;
    this.#loaded = loaded;
    this.notes = loaded.notes ?? [];
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const { folder, outputs } = this.#loaded;
    for (const [i, [name, input]] of [...inputs].entries()) {
      const path = join(folder, `input-${i}.f32`);
      await Deno.writeFile(path, new Uint8Array(values(input).slice().buffer));
      await this.#child.ask("setInput", { name, shape: input.shape, path });
    }
    await this.#child.ask("run", {});
    this.#ran = true;
    const read = new Map<string, ReturnType<typeof tensor>>();
    for (const [i, name] of outputs.entries()) {
      const path = join(folder, `output-${i}.f32`);
      const { shape } = await this.#child.ask("output", { name, path });
      const bytes = await Deno.readFile(path);
      read.set(name, tensor(new Float32Array(bytes.buffer), shape));
    }
    return read;
  }

  async measure(request: MeasureRequest): Promise<RawSamples> {
    if (!this.#ran) throw new TypeError("Cannot measure as run must have been called once before");
    const warmup = await warmUp(request, async () => (await this.#times(1))[0]);
    return { warmup, samples: await this.#times(request.samples) };
  }

  async #times(n: number): Promise<readonly number[]> {
    if (n === 0) return [];
    const { ns } = await this.#child.ask("measure", { n });
    if (ns.length === n) return ns;
    throw new RangeError(
      `Cannot measure as "ns" must have ${n} times: current value has ${ns.length}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loaded.opened[Symbol.asyncDispose]();
  }
}
