/**
 * How long compressed networks of an experiment take, beside the dense network and ONNX Runtime: all
 * of them take turns in one run.
 *
 * @module
 */

import { openDevice } from "../../devices/registry.ts";
import { reopenSuite } from "../../suites/own_model.ts";
import { type TrainedModels, trainedSuite } from "../../suites/trained_models.ts";
import { type BenchOptions, type BenchOutcome, resumeBench, startBench } from "../bench.ts";
import { writeRunPage } from "../report/publish_run.ts";
import { shownRows } from "../report/reading.ts";
import type { CaseResult, RunResult } from "../result.ts";
import type { BenchSettings } from "../settings.ts";

/** Options of {@linkcode resumeModels}. */
export type LatencyOptions = Partial<BenchOptions>;

/** What is timed, and how. */
export interface LatencyRequest
  extends
    TrainedModels,
    LatencyOptions,
    Pick<BenchSettings, "threads" | "rounds" | "blocks" | "out" | "machine" | "command"> {
  /** Seed of the generated input and the order of visits. @default {1} */
  readonly seed?: number;
}

/** A run with its page written. */
export interface LatencyRun extends BenchOutcome {
  /** Path of the page. */
  readonly page: string;
  /** What was found. */
  readonly rows: readonly LatencyRow[];
}

/** One network at one thread count. A row that did not end well has a reason and no times. */
export interface LatencyRow extends
  Pick<
    CaseResult,
    | "id"
    | "role"
    | "status"
    | "reason"
    | "macs"
    | "rate"
    | "valueBytes"
    | "indexBytes"
    | "latency"
    | "speedupDense"
    | "speedupPeer"
    | "efficiency"
  > {
  /** As the network was called when it was given; of others the name of the case. */
  readonly label: string;
  /** Worker threads. */
  readonly threads: number;
}

/**
 * Times networks at a batch of 1 on generated input, and writes the page of the run.
 *
 * @throws {RangeError|SyntaxError} before any work, when a setting is out of range, a file cannot be
 *   read, or a network does not compute what the dense one does.
 * @throws {DeviceUnavailableError} when a device lacks something.
 */
export async function benchModels(request: LatencyRequest): Promise<LatencyRun> {
  const { threads, rounds, blocks, out, machine, command, seed = 1 } = request;
  const suite = await trainedSuite(request);
  const settings: BenchSettings = {
    ...{ suite, rows: suite.rows, rate: suite.rate },
    ...{ threads, seed, out, rounds, blocks, command },
    ...(machine !== undefined && { machine }),
  };
  return await published(await startBench(settings, benchOptions(request)));
}

/**
 * Goes on with a run of {@linkcode benchModels} that was interrupted.
 *
 * @param folder Folder of the run.
 * @throws {Error} when there is no such run, it is finished, or files or the machine have changed.
 */
export async function resumeModels(
  folder: string,
  options: LatencyOptions = {},
): Promise<LatencyRun> {
  const openSuite = reopenSuite;
  return await published(await resumeBench(folder, { ...benchOptions(options), openSuite }));
}

/** The rows of a run as an experiment lists them: dense network first, its second copy left out. */
export function latencyRows(run: RunResult): readonly LatencyRow[] {
  const labels = new Map(run.cases.map(({ id, label, spec }) => // The scheme of a network from a file is what people call it.
  [id, spec.file === undefined ? label : spec.scheme]));
  return shownRows(run).map(({ spec, layers: _layers, notes: _notes, ...row }) => ({
    ...row,
    label: labels.get(row.id)!,
    threads: spec.threads,
  }));
}

function benchOptions({ execute, signal, onProgress, ...options }: LatencyOptions): BenchOptions {
  return {
    openDevice: options.openDevice ?? openDevice,
    ...(execute && { execute }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  };
}

async function published(outcome: BenchOutcome): Promise<LatencyRun> {
  const { run, folder } = outcome;
  return { ...outcome, page: await writeRunPage(run, folder), rows: latencyRows(run) };
}
