/**
 * Divides a network between an OpenCL device and the processor, holds what they compute together to
 * ONNX Runtime, and times it beside either of them alone.
 *
 * @module
 */

import { join } from "node:path";
import {
  type CoexecutionDevice,
  type CoexecutionOptions,
  openCoexecution,
} from "../../devices/coexecution/device.ts";
import { DeviceUnavailableError, FLOAT_TOLERANCE, type Tensors } from "../../devices/device.ts";
import type { Progress } from "../../compressors/compressor.ts";
import { outputsError } from "../../graph/compare.ts";
import type { Model } from "../../graph/model.ts";
import { openReference } from "../../graph/reference.ts";
import { lower } from "../../kernels/plan/lower.ts";
import { writePlan } from "../../kernels/plan/write.ts";
import { median } from "../measure/statistics.ts";
import { describeProbe } from "../open_devices.ts";
import type { Coexecution } from "./report.ts";

/** Options of {@linkcode coexecute}. */
export interface CoexecuteOptions {
  /** Which OpenCL device, as behind `coexec:`. @default {"0"} */
  readonly device?: string;
  /** Threads of the processor. @default {1} */
  readonly threads?: number;
  /** Timed runs in each way, of which medians are taken. @default {5} */
  readonly calls?: number;
  /** Ends the work. */
  readonly signal?: AbortSignal;
  /** Told how far it is: in which of the three ways. */
  onProgress?(progress: Progress): void;
  /** Opens devices. @default {openCoexecution} */
  open?(options: CoexecutionOptions): Promise<CoexecutionDevice>;
}

/**
 * Divides a network and runs it.
 *
 * @throws {DeviceUnavailableError} with what is missing.
 * @throws {Error} when the outputs are not those of ONNX Runtime.
 * @throws the signal's reason when it is aborted.
 */
export async function coexecute(
  model: Model,
  inputs: Tensors,
  options: CoexecuteOptions = {},
): Promise<Coexecution> {
  const { device = "0", threads = 1, signal } = options;
  signal?.throwIfAborted();
  await requireDevice(options);
  const folder = await Deno.makeTempDir();
  try {
    options.onProgress?.({ label: "running in ONNX Runtime", done: 0, total: 3 });
    const expected = await referenceOutputs(model, inputs);
    const path = join(folder, "plan");
    await writePlan(lower(model, { target: "both" }), path);
    const run = (argument: string, way: number) => {
      const onProgress = (label: string) => options.onProgress?.({ label, done: way, total: 3 });
      return runOn(argument, path, { inputs, expected }, { ...options, onProgress });
    };
    const gpu = await run(`${device}:gpu`, 0);
    const cpu = await run(`${device}:cpu`, 1);
    const { ms: both, ...found } = await run(device, 2);
    return { network: model.name, threads, ...found, ms: { gpu: gpu.ms, cpu: cpu.ms, both } };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function referenceOutputs(model: Model, inputs: Tensors): Promise<Tensors> {
  await using session = await openReference(model, { threads: navigator.hardwareConcurrency });
  return await session.run(inputs);
}

/**
 * Opens the device once, before work is done for it.
 *
 * @throws {RangeError} when it cannot be used so.
 * @throws {DeviceUnavailableError} with what is missing.
 */
export async function requireDevice(
  { device = "0", open = openCoexecution }: CoexecuteOptions = {},
): Promise<void> {
  await using opened = await open({ argument: device });
  const { available, missing } = await opened.probe();
  if (!available) throw new DeviceUnavailableError(opened.id, missing);
}

/** Runs a plan on both processors or one of them, as the argument of the device says. */
async function runOn(
  argument: string,
  path: string,
  { inputs, expected }: { readonly inputs: Tensors; readonly expected: Tensors },
  { threads = 1, calls = 5, signal, onProgress, open = openCoexecution }:
    & Omit<CoexecuteOptions, "onProgress">
    & { onProgress(label: string): void },
) {
  signal?.throwIfAborted();
  await using device = await open({
    argument,
    ...(signal && { signal }),
    onProgress,
  });
  const probe = await device.probe();
  await using session = await device.load({ kind: "plan", path }, { threads });
  const error = outputsError(await session.run(inputs), expected);
  if (!(error <= FLOAT_TOLERANCE)) {
    throw new Error(
      `Cannot use device "${device.id}" as the relative error of its outputs must be at most ` +
        `${FLOAT_TOLERANCE}: current value is ${error}`,
    );
  }
  onProgress(`timing ${device.id}`);
  const { samples } = await session.measure({ warmupCalls: 1, warmupMs: 0, samples: calls });
  const { plan, costs, decision } = session;
  const measured = await session.timeline();
  const about = { id: device.id, device: probe.name, facts: describeProbe(probe) };
  return { ...about, calls, plan, costs, decision, measured, ms: median(samples) / 1e6 };
}
