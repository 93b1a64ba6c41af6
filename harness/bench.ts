/**
 * A whole run: devices, model, input, cases, rounds, records, page. What a person waits for is told
 * through `onProgress`; what an interrupt leaves can be resumed.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Device,
  DeviceUnavailableError,
  type Probe,
  type Tensors,
} from "../devices/device.ts";
import { type Tensor, values } from "../graph/tensor.ts";
import { loadClip } from "../suites/datasets/clip.ts";
import { findSuite } from "../suites/registry.ts";
import type { Suite, SuiteRow } from "../suites/suite.ts";
import { caseId, caseLabel, secondCopy } from "./case.ts";
import { environmentWarnings, machineName, readEnvironment } from "./environment/environment.ts";
import type { PreparedCase } from "./measure/prepared.ts";
import type { RoundExecutor } from "./measure/round.ts";
import { measureRun } from "./measure/run.ts";
import { DEFAULT_MEASURE, type RunSetup } from "./measure/setup.ts";
import { spawnRounds } from "./measure/spawn.ts";
import { prepareCase } from "./prepare.ts";
import { SCHEMA_VERSION } from "./records/records.ts";
import { RunStore } from "./records/store.ts";
import type { CaseResult, CaseSpec, RunResult } from "./result.ts";

/** What to compare and how. */
export interface BenchSettings {
  readonly suite: Suite;
  /** Rows to run; the baseline must be among them. */
  readonly rows: readonly SuiteRow[];
  /** Reduction of MACs that every method is held to. */
  readonly rate: number;
  /** Thread counts; each is a comparison of its own. */
  readonly threads: readonly number[];
  readonly seed: number;
  /** Path of a clip; generated moving shapes when absent. */
  readonly input?: string;
  /** Folder of all results. */
  readonly out: string;
  readonly rounds: number;
  /** Visits of every case in a round. */
  readonly blocks: number;
  /** Name of the machine's folder. @default made from the processor's name */
  readonly machine?: string;
  /** The command that makes this run again. */
  readonly command: string;
}

/** How far a run is. */
export interface BenchProgress {
  /** What is being done, e.g. `"rt3d kgs 8x4: checking against ONNX Runtime"`. */
  readonly label: string;
  /** Part of the whole run that is done, 0 to 1. */
  readonly fraction: number;
  readonly remainingMs?: number;
}

/** Options of {@linkcode startBench} and {@linkcode resumeBench}. */
export interface BenchOptions {
  /** Opens a device by its id. */
  readonly openDevice: (id: string) => Promise<Device>;
  /** @default a fresh process for each round */
  readonly execute?: RoundExecutor;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** What a run left. */
export interface BenchOutcome {
  readonly run: RunResult;
  /** Folder of the run. */
  readonly folder: string;
  /** Whether the run ended before all rounds were finished. */
  readonly interrupted: boolean;
}

/** Where programs lie while a run lasts: gigabytes, so not in a memory-backed temporary folder. */
const PROGRAMS = fileURLToPath(new URL("../.build/programs/", import.meta.url));

/** Name of the input of video networks. */
const INPUT = "clip";

/** Share of a run's time that preparing takes, for the progress; measuring takes the rest. */
const PREPARING = 0.35;

/**
 * Starts a run.
 *
 * @throws {DeviceUnavailableError} when a device lacks something, before any work.
 * @throws {RangeError} when a setting is out of range or the input does not fit.
 * @throws {Error} when the results folder cannot be written, before any work.
 */
export async function startBench(
  settings: BenchSettings,
  options: BenchOptions,
): Promise<BenchOutcome> {
  await using device = await options.openDevice("host");
  const probe = await requireAvailable(device);
  const clip = await loadClip(settings.input, settings.suite.protocol, {
    seed: settings.seed,
    ...(options.signal && { signal: options.signal }),
  });
  const environment = readEnvironment({ tools: probe.facts });
  const started = new Date();
  const setup: RunSetup = {
    manifest: {
      schema: SCHEMA_VERSION,
      run: `${started.toISOString().slice(0, 19).replaceAll(":", "-")}-${settings.suite.id}`,
      machine: machineName(environment, settings.machine),
      suite: settings.suite.id,
      started: started.toISOString(),
      command: settings.command,
      input: clip.description,
      settings: {
        rate: settings.rate,
        rows: settings.rows.map(rowName).join(", "),
        threads: settings.threads.join(","),
        rounds: settings.rounds,
        blocks: settings.blocks,
        ...(settings.input !== undefined && { input: settings.input }),
      },
      seeds: { weights: settings.seed, compression: settings.seed, schedule: settings.seed },
      environment,
      warnings: environmentWarnings(environment),
    },
    rounds: settings.rounds,
    blocks: settings.blocks,
    measure: { ...DEFAULT_MEASURE, warmupCalls: 1, warmupMs: 0 },
    scheduleSeed: settings.seed,
  };
  const store = RunStore.create(settings.out, setup);
  return await carryOut(store, settings, clip.tensor, device, options);
}

/**
 * Goes on with an interrupted run: the same cases, seeds and schedule, the rounds that are left.
 *
 * @param folder Folder of the run, `results/<machine>/<run>`.
 * @throws {Error} when there is no such run or it is finished.
 */
export async function resumeBench(folder: string, options: BenchOptions): Promise<BenchOutcome> {
  const store = RunStore.resume(folder);
  const { manifest, rounds, blocks } = store.progress.setup;
  const suite = findSuite(manifest.suite);
  const names = new Set(String(manifest.settings.rows).split(", "));
  const settings: BenchSettings = {
    suite,
    rows: suite.rows.filter((row) => names.has(rowName(row))),
    rate: Number(manifest.settings.rate),
    threads: String(manifest.settings.threads).split(",").map(Number),
    seed: manifest.seeds.weights,
    out: dirname(dirname(folder)),
    rounds,
    blocks,
    command: manifest.command,
    ...(manifest.settings.input !== undefined && { input: String(manifest.settings.input) }),
  };
  await using device = await options.openDevice("host");
  await requireAvailable(device);
  const { tensor } = await loadClip(settings.input, suite.protocol, {
    seed: settings.seed,
    ...(options.signal && { signal: options.signal }),
  });
  return await carryOut(store, settings, tensor, device, options);
}

/** How a row is called, e.g. `"rt3d kgs 8x4"`. */
export function rowName({ method, scheme }: SuiteRow): string {
  return `${method} ${scheme}`.trim();
}

async function requireAvailable(device: Device): Promise<Probe> {
  const probe = await device.probe();
  if (!probe.available) throw new DeviceUnavailableError(device.id, probe.missing);
  return probe;
}

/** One case to prepare and what it is for. */
interface PlannedCase {
  readonly spec: CaseSpec;
  readonly role: CaseResult["role"];
}

/** The cases of a run: each row at each thread count, and the baseline's second copy. */
function planCases(settings: BenchSettings): PlannedCase[] {
  return settings.threads.flatMap((threads) =>
    settings.rows.flatMap(({ method, scheme, options, role }): PlannedCase[] => {
      const compresses = role !== "baseline" && role !== "peer";
      const spec: CaseSpec = {
        suite: settings.suite.id,
        model: settings.suite.id,
        method,
        scheme,
        options,
        rate: compresses ? settings.rate : 1,
        device: role === "peer" ? method : "host",
        threads,
        seed: settings.seed,
      };
      return role === "baseline"
        ? [{ spec, role }, { spec: secondCopy(spec), role: "A/A" }]
        : [{ spec, role }];
    })
  );
}

async function carryOut(
  store: RunStore,
  settings: BenchSettings,
  clip: Tensor,
  device: Device,
  options: BenchOptions,
): Promise<BenchOutcome> {
  const { signal, onProgress, execute = spawnRounds() } = options;
  await Deno.mkdir(PROGRAMS, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: PROGRAMS });
  try {
    const path = join(folder, "input.f32");
    await Deno.writeFile(path, new Uint8Array(values(clip).slice().buffer));
    store.setInputs([{ name: INPUT, shape: clip.shape, path }]);
    try {
      await prepareAll(store, settings, new Map([[INPUT, clip]]), device, folder, options);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    const run = await measureRun(store, {
      execute,
      ...(signal && { signal }),
      onProgress: ({ round, rounds, label, fraction, remainingMs }) =>
        onProgress?.({
          label: `round ${round + 1} of ${rounds}: ${label}`,
          fraction: PREPARING + (1 - PREPARING) * fraction,
          ...(remainingMs !== undefined && { remainingMs }),
        }),
    });
    return { run, folder: store.folder, interrupted: run.manifest.finished === undefined };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Prepares what is not prepared yet; programs are always written anew, since they are not kept. */
async function prepareAll(
  store: RunStore,
  settings: BenchSettings,
  inputs: Tensors,
  device: Device,
  folder: string,
  { signal, onProgress }: BenchOptions,
): Promise<void> {
  const planned = planCases(settings);
  const begin = performance.now();
  let done = 0;
  const report = (label: string) => {
    const elapsed = performance.now() - begin;
    const left = done && elapsed / done * (planned.length - done);
    onProgress?.({
      label,
      fraction: PREPARING * done / planned.length,
      ...(done && { remainingMs: left + elapsed / done * planned.length * (1 / PREPARING - 1) }),
    });
  };
  report(`building ${settings.suite.id}`);
  const model = settings.suite.buildModel(settings.seed);
  const made = new Map<string, PreparedCase>();
  for (const { spec, role } of planned) {
    const name = caseLabel(spec);
    const context = {
      model,
      inputs,
      folder,
      device,
      ...(signal && { signal }),
      onProgress: ({ label }: { label: string }) => report(`${name}: ${label}`),
    };
    report(name);
    // Thread counts and the A/A copy share one program: only what runs differs, not what is run.
    const key = caseId({ ...spec, threads: 0, options: { ...spec.options, copy: 0 } });
    const same = made.get(key);
    const prepared = same
      ? { ...same, id: caseId(spec), spec, role }
      : await prepareCase(spec, role, context);
    made.set(key, prepared);
    store.addPrepared(prepared);
    done++;
  }
}
