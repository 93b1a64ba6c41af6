/**
 * A whole run: input, network, cases, rounds, records. What a person waits for is told through
 * `onProgress`; what an interrupt leaves can be resumed.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { Device } from "../devices/device.ts";
import type { Model } from "../graph/model.ts";
import { type Tensor, values } from "../graph/tensor.ts";
import { loadClip } from "../suites/datasets/clip.ts";
import type { Clip } from "../suites/datasets/protocol.ts";
import type { Suite } from "../suites/suite.ts";
import { caseLabel, type PlannedCase, programId } from "./case.ts";
import { type Environment, environmentWarnings, machineName } from "./environment/environment.ts";
import { type BenchProgress, Forecast } from "./forecast.ts";
import type { RoundExecutor } from "./measure/round.ts";
import { measureRun } from "./measure/run.ts";
import { DEFAULT_MEASURE } from "./measure/setup.ts";
import { spawnRounds } from "./measure/spawn.ts";
import { OpenDevices } from "./open_devices.ts";
import { Preparation } from "./prepare.ts";
import { openProgramsFolder } from "./programs.ts";
import { requireReachable } from "./reach.ts";
import { SCHEMA_VERSION } from "./records/records.ts";
import { RunStore } from "./records/store.ts";
import type { Manifest, RunResult } from "./result.ts";
import { type BenchSettings, checkSettings, planCases, rowName } from "./settings.ts";

/** Options of {@linkcode startBench} and {@linkcode resumeBench}. */
export interface BenchOptions {
  /** Opens a device by its id; `onProgress` is told what has to be built first. */
  readonly openDevice: (id: string, onProgress: (label: string) => void) => Promise<Device>;
  /** Carries out the rounds. @default a fresh process for each */
  readonly execute?: RoundExecutor;
  /** Ends the run; what is finished is kept. */
  readonly signal?: AbortSignal;
  /** Told between steps. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** Options of {@linkcode resumeBench}. */
export interface ResumeOptions extends BenchOptions {
  /** Finds the suite of the run; throws when there is none. */
  readonly findSuite: (id: string) => Suite;
}

/** What a run left. */
export interface BenchOutcome {
  /** The run as far as it came. */
  readonly run: RunResult;
  /** Folder of the run. */
  readonly folder: string;
  /** Whether the run ended before all rounds were finished. */
  readonly interrupted: boolean;
}

/** What must be the same in all rounds of a run, so that their times can be compared. */
const INVARIANTS = ["cpu", "isa", "build", "onnxruntime"];

/**
 * Starts a run. Everything that can be refused is refused before the work.
 *
 * @throws {RangeError} when a setting is out of range, the input does not fit, or no method reaches
 *   the rate.
 * @throws {DeviceUnavailableError} when a device lacks something.
 * @throws {Error} when the results folder cannot be written, or the signal's reason when it is
 *   aborted before there is something to keep.
 */
export async function startBench(
  settings: BenchSettings,
  options: BenchOptions,
): Promise<BenchOutcome> {
  checkSettings(settings);
  const { suite, seed, out, input, rounds, blocks } = settings;
  const clip = await loadInput(suite, input, seed, options);
  const model = suite.buildModel(seed);
  const cases = planCases(settings);
  await requireReachable(model, cases);
  await using devices = await openDevices(cases, options);
  await using programs = await openProgramsFolder();
  const store = RunStore.create(out, {
    manifest: manifestOf(settings, clip, devices.environment),
    cases,
    ...(input !== undefined && { input: resolve(input) }),
    rounds,
    blocks,
    measure: { ...DEFAULT_MEASURE, warmupCalls: 1, warmupMs: 0 },
    scheduleSeed: seed,
  });
  const work = { store, model, clip: clip.tensor, device: devices.host, folder: programs.path };
  return await carryOut(work, options);
}

/**
 * Goes on with an interrupted run: the same cases, seeds and schedule, the rounds that are left.
 *
 * @param folder Folder of the run, `results/<machine>/<run>`.
 * @throws {Error} when there is no such run, it is finished, or something changed since then that
 *   times depend on.
 */
export async function resumeBench(folder: string, options: ResumeOptions): Promise<BenchOutcome> {
  const store = RunStore.resume(folder);
  const { manifest, cases, input } = store.progress.setup;
  const seed = manifest.seeds.weights;
  const suite = options.findSuite(manifest.suite);
  const clip = await loadInput(suite, input, seed, options);
  await using devices = await openDevices(cases, options);
  requireSame(folder, manifest, devices.environment);
  await using programs = await openProgramsFolder();
  const model = suite.buildModel(seed);
  const work = { store, model, clip: clip.tensor, device: devices.host, folder: programs.path };
  return await carryOut(work, options);
}

function openDevices(
  cases: readonly PlannedCase[],
  { openDevice, signal, onProgress }: BenchOptions,
): Promise<OpenDevices> {
  return OpenDevices.open(cases.map(({ spec }) => spec.device), (id) => {
    signal?.throwIfAborted();
    return openDevice(id, (label) => onProgress?.({ label, fraction: 0 }));
  });
}

async function loadInput(
  suite: Suite,
  path: string | undefined,
  seed: number,
  { signal }: BenchOptions,
): Promise<Clip> {
  return await loadClip(path, suite.protocol, { seed, ...(signal && { signal }) });
}

function manifestOf(settings: BenchSettings, clip: Clip, environment: Environment): Manifest {
  const { suite, rows, rate, threads, seed, rounds, blocks, machine, command } = settings;
  const started = new Date().toISOString();
  return {
    schema: SCHEMA_VERSION,
    run: `${started.slice(0, 19).replaceAll(":", "-")}-${suite.id}`,
    machine: machineName(environment, machine),
    suite: suite.id,
    started,
    command,
    input: clip.description,
    settings: {
      rate,
      rows: rows.map(rowName).join(", "),
      threads: threads.join(","),
      rounds,
      blocks,
    },
    seeds: { weights: seed, compression: seed, schedule: seed },
    environment,
    warnings: environmentWarnings(environment),
  };
}

function requireSame(folder: string, { environment: before }: Manifest, now: Environment): void {
  for (const name of INVARIANTS) {
    if (before[name] === now[name]) continue;
    throw new Error(
      `Cannot resume "${folder}" as "${name}" must be what it was, "${before[name]}": ` +
        `current value is "${now[name]}"; start a new run`,
    );
  }
}

/** Everything that a run is carried out with. */
interface Work {
  readonly store: RunStore;
  readonly model: Model;
  readonly clip: Tensor;
  readonly device: Device;
  /** Where programs are written. */
  readonly folder: string;
}

async function carryOut(work: Work, options: BenchOptions): Promise<BenchOutcome> {
  const { store } = work;
  const { signal, onProgress, execute = spawnRounds() } = options;
  const { setup: { cases, rounds }, finishedRounds } = store.progress;
  const forecast = new Forecast({
    programs: new Set(cases.map(({ spec }) => programId(spec))).size,
    cases: cases.length,
    rounds: rounds - finishedRounds.length,
  }, (progress) => onProgress?.(progress));
  try {
    await prepareAll(work, forecast, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  const run = await measureRun(store, {
    execute,
    ...(signal && { signal }),
    onProgress: (progress) => forecast.measuring(progress),
  });
  return { run, folder: store.folder, interrupted: run.manifest.finished === undefined };
}

/** Prepares all cases, those of a resumed run as well, since programs are not kept. */
async function prepareAll(
  { store, model, clip, device, folder }: Work,
  forecast: Forecast,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [{ name }] = model.inputs;
  const path = join(folder, "input.f32");
  await Deno.writeFile(path, new Uint8Array(values(clip).slice().buffer));
  store.setInputs([{ name, shape: clip.shape, path }]);
  const made = new Set<string>();
  let label = "";
  const preparation = new Preparation({
    model,
    inputs: new Map([[name, clip]]),
    folder,
    device,
    ...(signal && { signal }),
    onProgress: (step) => forecast.preparing(`${label}: ${step}`, made.size),
  });
  for (const planned of store.progress.setup.cases) {
    label = caseLabel(planned.spec);
    forecast.preparing(label, made.size);
    store.addPrepared(await preparation.prepare(planned));
    made.add(programId(planned.spec));
  }
}
