/**
 * The peer engine: ONNX Runtime on this machine's processor, as a device that loads ONNX files.
 * Its times include the call from JavaScript, some microseconds, and nothing else that ours lack.
 *
 * @module
 */

import type { Support } from "../compressors/compressor.ts";
import { openReference, type ReferenceSession } from "../graph/reference.ts";
import { allThreads } from "./counters/event_counts.ts";
import { Instruments, withoutInstruments } from "./counters/instruments.ts";
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
  let instruments: Instruments | undefined;
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
      instruments ??= Instruments.open();
      return new PeerSession(await openReference(path, { threads }), instruments);
    },

    [Symbol.asyncDispose]() {
      instruments?.[Symbol.dispose]();
      return Promise.resolve();
    },
  });
}

class PeerSession implements Session {
  readonly #session: ReferenceSession;
  readonly #instruments: Instruments | undefined;
  #inputs: Tensors | undefined;

  constructor(session: ReferenceSession, instruments: Instruments | undefined) {
    this.#session = session;
    this.#instruments = instruments;
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
    const conditions = this.#instruments?.watchConditions();
    const warmup = await warmUp(request, call);
    const samples: number[] = [];
    for (let i = 0; i < request.samples; i++) samples.push(await call());
    const told = conditions?.();
    return {
      warmup,
      samples,
      ...(told && { conditions: told }),
      ...(request.readings && await this.#readings(call)),
    };
  }

  /** Of all threads: those of the engine are not told apart from others, which hardly do anything. */
  async #readings(
    call: () => Promise<number>,
  ): Promise<Pick<RawSamples, "readings" | "power">> {
    if (!this.#instruments) return { readings: withoutInstruments() };
    return await this.#instruments.take({
      async call(calls) {
        for (let i = 0; i < calls; i++) await call();
      },
      secondsPerCall: await call() / 1e9,
      threads: allThreads,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
