/**
 * What computes a network when it is judged.
 *
 * @module
 */

import { join } from "node:path";
import type { Tensors } from "../../devices/device.ts";
import { openDevice } from "../../devices/registry.ts";
import type { Model } from "../../graph/model.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { openReference } from "../../graph/reference.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { HOST } from "../case.ts";
import { OpenDevices } from "../open_devices.ts";
import { openProgramsFolder } from "../programs.ts";

/** Ids of the engines: our own runtime, and the peer. */
export const ENGINES = ["kerf", "onnxruntime"] as const;

/** Id of an engine. */
export type EngineId = typeof ENGINES[number];

/** A network, loaded by an engine. */
export interface Engine extends AsyncDisposable {
  /** Which one it is. */
  readonly id: EngineId;
  /** Computes the outputs of one batch. */
  run(inputs: Tensors): Promise<Tensors>;
}

/**
 * Loads a network into an engine.
 *
 * @throws {DeviceUnavailableError} when our runtime cannot be built here.
 * @throws {Error} when an operator is not supported; the message names it.
 */
export function openEngine(id: EngineId, model: Model, threads: number): Promise<Engine> {
  return id === "kerf" ? openKerf(model, threads) : openPeer(model, threads);
}

async function openPeer(model: Model, threads: number): Promise<Engine> {
  // As a file, whose weights ONNX Runtime folds and packs once.
  const session = await openReference(encodeOnnx(model), { threads });
  return {
    id: "onnxruntime",
    run: (inputs) => session.run(inputs),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function openKerf(model: Model, threads: number): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const plan = lower(model);
  const host = opened.use(await OpenDevices.open([HOST], openDevice)).device(HOST);
  const { path: folder } = opened.use(await openProgramsFolder());
  const path = join(folder, "network.plan");
  await writePlan(plan, path);
  const session = opened.use(await host.load({ kind: "plan", path }, { threads }));
  const kept = opened.move();
  return {
    id: "kerf",
    run: (inputs) => session.run(inputs),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
