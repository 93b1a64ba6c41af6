/**
 * A whole run: input, network, cases, rounds, records. What a person waits for is told through
 * `onProgress`; what an interrupt leaves can be resumed.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { Device, Tensors } from "../devices/device.ts";
import { modelCosts } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { values } from "../graph/tensor.ts";
import type { Suite, SuiteFile, SuiteInput } from "../suites/suite.ts";
import { openCompressed } from "../suites/trained_models.ts";
import { checkId, placedLabel, type PlannedCase } from "./case.ts";
import { manifestOf, withPublishedNames } from "./begun_run.ts";
import { type BenchProgress, Forecast } from "./forecast.ts";
import type { RoundExecutor } from "./measure/round.ts";
import { measureRun } from "./measure/run.ts";
import { callsOfAVisit, DEFAULT_MEASURE } from "./measure/setup.ts";
import { spawnRounds } from "./measure/spawn.ts";
import { DeviceProgress, OpenDevices } from "./open_devices.ts";
import { Preparation } from "./prepare.ts";
import { openProgramsFolder } from "./programs.ts";
import type { PublishedNames } from "./published_names.ts";
import { requireReachable } from "./reach.ts";
import { RunStore } from "./records/store.ts";
import type { RunResult } from "./result.ts";
import { requireSame, requireSameDevices, requireSameFiles } from "./resume.ts";
import { type BenchSettings, checkSettings, planCases } from "./settings.ts";

/** Options of {@linkcode startBench} and {@linkcode resumeBench}. */
export interface BenchOptions {
  /** Opens a device by its id; `onProgress` is told what has to be built first. */
  readonly openDevice: (
    id: string,
    onProgress: (label: string) => void,
    signal?: AbortSignal,
  ) => Promise<Device>;
  /** Carries out the rounds. @default a fresh process for each */
  readonly execute?: RoundExecutor;
  /** Ends the run; what is finished is kept. */
  readonly signal?: AbortSignal;
  /** Told between steps. */
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** Options of {@linkcode resumeBench}. */
export interface ResumeOptions extends BenchOptions {
  /** Opens the suite of the run, made from these files; throws when there is none. */
  readonly openSuite: (id: string, files: readonly SuiteFile[]) => Promise<Suite>;
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

/**
 * Starts a run. Everything that can be refused is refused before the work.
 *
 * @throws {RangeError} when a setting is out of range, the input does not fit, no method reaches the
 *   rate, or the file of a compressed model is not what it was.
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
  const model = suite.buildModel(seed);
  const fed = await loadInput(suite, model, input, seed, options);
  const planned = planCases(settings);
  await requireReachable(model, planned.filter(({ file }) => file === undefined));
  await requireCompressed(model, planned);
  const progress = new DeviceProgress(options.onProgress);
  await using devices = await openDevices(planned, options, progress);
  const { names } = devices, { addresses } = names;
  await using programs = await openProgramsFolder();
  const store = RunStore.create(out, {
    manifest: manifestOf(settings, fed, devices),
    cases: planned.map((one) => withPublishedNames(one, names)),
    ...(addresses && { addresses }),
    ...(input !== undefined && { input: resolve(input) }),
    ...(suite.files && { files: suite.files }),
    rounds,
    blocks,
    measure: {
      ...DEFAULT_MEASURE,
      warmupCalls: 1,
      warmupMs: 0,
      ...callsOfAVisit(modelCosts(model).macs),
      ...(settings.readings && { readings: true }),
    },
    scheduleSeed: seed,
  });
  const work = {
    store,
    model,
    inputs: fed.tensors,
    devices,
    progress,
    folder: programs.path,
  };
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
  const { setup } = store.progress;
  const { manifest, cases, addresses = {}, input, files = [] } = setup;
  const seed = manifest.seeds.weights;
  const suite = await options.openSuite(manifest.suite, files);
  requireSameFiles(folder, files, suite.files ?? []);
  const model = suite.buildModel(seed);
  await requireCompressed(model, cases);
  const fed = await loadInput(suite, model, input, seed, options);
  const progress = new DeviceProgress(options.onProgress);
  await using devices = await openDevices(cases, options, progress, addresses);
  requireSameDevices(folder, setup, devices.names);
  requireSame(folder, manifest, devices.environment, cases);
  await using programs = await openProgramsFolder();
  const work = {
    store,
    model,
    inputs: fed.tensors,
    devices,
    progress,
    folder: programs.path,
  };
  return await carryOut(work, options);
}

function openDevices(
  cases: readonly PlannedCase[],
  { openDevice, signal }: BenchOptions,
  progress: DeviceProgress,
  addresses: Readonly<Record<string, string>> = {},
): Promise<OpenDevices> {
  const open = (id: string) => {
    signal?.throwIfAborted();
    return openDevice(id, (label) => progress.tell(label), signal);
  };
  const of = (wanted: (role: PlannedCase["role"]) => boolean) =>
    cases.filter(({ role }) => wanted(role))
      .map(({ spec }) => addresses[spec.device] ?? spec.device);
  // A peer that is not here is a row with the reason.
  return OpenDevices.open(of((role) => role !== "peer"), open, of((role) => role === "peer"));
}

async function loadInput(
  suite: Suite,
  model: Model,
  path: string | undefined,
  seed: number,
  { signal }: BenchOptions,
): Promise<SuiteInput> {
  return await suite.loadInput(model, {
    seed,
    ...(path !== undefined && { path }),
    ...(signal && { signal }),
  });
}

/** Refuses models that were compressed elsewhere, and are gone, changed or of another network. */
async function requireCompressed(model: Model, cases: readonly PlannedCase[]): Promise<void> {
  const files = new Map(cases.flatMap(({ file }) => file ? [[file.path, file] as const] : []));
  for (const file of files.values()) await openCompressed(file, model);
}

/** Everything that a run is carried out with. */
interface Work {
  readonly store: RunStore;
  readonly model: Model;
  readonly inputs: Tensors;
  readonly devices: OpenDevices;
  readonly progress: DeviceProgress;
  /** Where programs are written. */
  readonly folder: string;
}

async function carryOut(work: Work, options: BenchOptions): Promise<BenchOutcome> {
  const { store, devices } = work;
  const { signal, onProgress, execute = spawnRounds() } = options;
  const { setup: { cases, rounds }, finishedRounds } = store.progress;
  const forecast = new Forecast({
    programs: new Set(cases.map(({ spec }) => checkId(spec))).size,
    cases: cases.length,
    rounds: rounds - finishedRounds.length,
  }, (progress) => onProgress?.(progress));
  try {
    await prepareAll(work, forecast, signal);
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  const run = await measureRun(store, {
    execute: namedRounds(execute, devices.names),
    ...(signal && { signal }),
    onProgress: (progress) => forecast.measuring(progress),
  });
  return { run, folder: store.folder, interrupted: run.manifest.finished === undefined };
}

/** Rounds that open devices by their addresses, and tell of none. */
function namedRounds(execute: RoundExecutor, names: PublishedNames): RoundExecutor {
  return ({ cases, ...request }, emit, signal) => {
    const typed = cases.map((one) => ({ ...one, device: names.typed(one.device) }));
    return execute(
      { ...request, cases: typed },
      (event) => emit(names.inMessagesOf(event)),
      signal,
    );
  };
}

/** Prepares all cases, those of a resumed run as well, since programs are not kept. */
async function prepareAll(
  { store, model, inputs, devices, progress, folder }: Work,
  forecast: Forecast,
  signal: AbortSignal | undefined,
): Promise<void> {
  store.setInputs([...inputs].map(([name, tensor], i) => {
    const path = join(folder, `input-${i}.f32`);
    Deno.writeFileSync(path, new Uint8Array(values(tensor).slice().buffer));
    return { name, shape: tensor.shape, path };
  }));
  const { names } = devices;
  const made = new Set<string>();
  let label = "";
  const tell = (step: string) => forecast.preparing(`${label}: ${step}`, made.size);
  progress.tell = tell;
  const preparation = new Preparation({
    model,
    inputs,
    folder,
    device: (id) => devices.device(id),
    counted: new Set(store.readTold().readings.map((row) => row.case)),
    onCounted: (id, readings) => store.addCounted(id, names.inMessagesOf(readings)),
    ...(signal && { signal }),
    onProgress: tell,
  });
  for (const planned of store.progress.setup.cases) {
    label = placedLabel(planned.spec);
    forecast.preparing(label, made.size);
    store.addPrepared(names.inMessagesOf(await preparation.prepare(planned)));
    made.add(checkId(planned.spec));
  }
}
