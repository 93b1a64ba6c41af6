/**
 * The peer engine: ONNX Runtime on this machine's processor, as a device that loads ONNX files.
 * Its times include the call from JavaScript, some microseconds, and nothing else that ours lack.
 *
 * @module
 */

import type { Support } from "../compressors/compressor.ts";
import { openReference, type ReferenceSession } from "../graph/reference.ts";
import type {
  Device,
  LoadOptions,
  MeasureRequest,
  Probe,
  Program,
  RawSamples,
  Session,
  Tensors,
} from "./device.ts";
import { warmUp } from "./warm_up.ts";

/** Opens ONNX Runtime as a device. */
export function openOnnxRuntime(): Promise<Device> {
  return Promise.resolve({
    id: "onnxruntime",
    timebase: "native",

    async probe(): Promise<Probe> {
      try {
        const { default: ort } = await import("onnxruntime-node");
        const version = ort.env.versions.node ?? ort.env.versions.common;
        const facts = { version, provider: "cpu" };
        return { available: true, name: `ONNX Runtime ${version}`, facts, missing: [] };
      } catch (error) {
        const missing = [`onnxruntime-node does not load: ${error}`];
        return { available: false, name: "ONNX Runtime", facts: {}, missing };
      }
    },

    supports({ kind }: Program): Support {
      return kind === "onnx" ? { ok: true } : { ok: false, reason: "ONNX Runtime runs ONNX files" };
    },

    async load({ path }: Program, { threads }: LoadOptions): Promise<Session> {
      return new PeerSession(await openReference(path, { threads }));
    },

    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

class PeerSession implements Session {
  readonly #session: ReferenceSession;
  #inputs: Tensors | undefined;

  constructor(session: ReferenceSession) {
    this.#session = session;
  }

  run(inputs: Tensors): Promise<Tensors> {
    this.#inputs = inputs;
    return this.#session.run(inputs);
  }

  async measure(request: MeasureRequest): Promise<RawSamples> {
    const inputs = this.#inputs;
    if (!inputs) throw new TypeError("Cannot measure as run must have been called once before");
    const call = async () => {
      const begin = performance.now();
      await this.#session.run(inputs);
      return Math.round((performance.now() - begin) * 1e6);
    };
    const warmup = await warmUp(request, call);
    const samples: number[] = [];
    for (let i = 0; i < request.samples; i++) samples.push(await call());
    return { warmup, samples };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
