/**
 * Runs an experiment: all cells that are not yet finished, seed by seed, so that the first seed tells
 * something before the second begins. Several processes may run the same one: each cell is done by one
 * of them.
 *
 * @module
 */

import { UnreachableRateError } from "../../compressors/budget.ts";
import { findCompressor } from "../../compressors/registry.ts";
import { machineName, readEnvironment } from "../environment/environment.ts";
import { messageOf } from "../measure/round.ts";
import { type PlannedCell, plannedCells } from "./cells.ts";
import { describePart } from "./describe_part.ts";
import {
  hashesOf,
  type Job,
  jobsOf,
  recordedHashes,
  requireMeans,
  requirePaths,
  seedsOf,
} from "./jobs.ts";
import { takeMachine } from "./machine_lock.ts";
import { missingPath, type OpenedPart, openPart } from "./open_part.ts";
import { cellId, type CellRecord, workId } from "./records.ts";
import { type CellContext, type FinishedCell, runCompression, runDense } from "./run_cell.ts";
import type { ExperimentSettings } from "./settings.ts";
import { type ExperimentStore, openStore } from "./store.ts";
import { WorkFolder, workParent } from "./work_folder.ts";

/** How far an experiment is. */
export interface ExperimentProgress {
  /** What is being done. */
  readonly label: string;
  /** Part of the cells that is done, 0 to 1. */
  readonly fraction: number;
}

/** Options of {@linkcode runExperiment}. */
export interface RunExperimentOptions {
  /** Ends the work after the running step; finished cells and stages are kept. */
  readonly signal?: AbortSignal;
  /** Folder of the work of cells. @default beside other built things of the project */
  readonly work?: string;
  /** Told what is being done. */
  onProgress?(progress: ExperimentProgress): void;
  /** Told of each cell that this process has finished. */
  onCell?(record: CellRecord): void;
}

/**
 * Runs what is left of an experiment. A cell that fails is recorded with its reason, and the others go
 * on; it is tried again when the experiment is run again.
 *
 * @returns The store with all records.
 * @throws {RangeError} when nothing that is asked for can be run, or a cell never could be, before any
 *   work.
 * @throws the signal's reason when it is aborted.
 */
export async function runExperiment(
  settings: ExperimentSettings,
  options: RunExperimentOptions = {},
): Promise<ExperimentStore> {
  const { experiment, scale, paths, results, command } = settings;
  const parts = experiment.parts(scale);
  const given = await hashesOf(parts, paths);
  const jobs = jobsOf(settings, parts, given);
  requirePaths(parts, paths);
  requireMeans(jobs);
  const environment = readEnvironment();
  const machine = machineName(environment, settings.machine);
  const store = openStore(results, machine, experiment, scale, command);
  const files = new Map([...recordedHashes(parts, paths, store), ...given]);
  store.update({
    environment,
    parts: parts.map((part) => describePart(part, missingPath(part, paths))),
    // Those of other seeds stay where they are finished.
    cells: parts.flatMap((part) =>
      [...new Set([...part.seeds, ...seedsOf(part, settings)])].flatMap((seed) =>
        plannedCells(experiment, scale, part, seed, files).map(({ spec }) => cellId(spec))
      )
    ),
  });
  const total = jobs.reduce((sum, { cells }) => sum + cells.length + 1, 0);
  let done = 0;
  for (const job of jobs) {
    await new Work(
      settings,
      options,
      store,
      job,
      (label, inner = 0) => options.onProgress?.({ label, fraction: (done + inner) / total }),
    ).run(() => done++);
  }
  store.update({ finished: new Date().toISOString() });
  return store;
}

/** The cells of one part from one seed. */
class Work {
  #opened: OpenedPart | undefined;

  constructor(
    readonly settings: ExperimentSettings,
    readonly options: RunExperimentOptions,
    readonly store: ExperimentStore,
    readonly job: Job,
    readonly tell: (label: string, fraction?: number) => void,
  ) {}

  /** Runs what is left; `onDone` is called once for each cell, finished before or not. */
  async run(onDone: () => void): Promise<void> {
    const { dense, cells } = this.job;
    try {
      const open = cells.filter((cell) => !this.#isFinished(cell));
      if (open.length > 0 || !this.#isFinished(dense)) {
        this.tell(this.#label("waiting for the dense network"));
        using _lock = await this.#folder(dense).lock(this.options.signal);
        if (!await this.#dense()) return;
      }
      onDone();
      const elsewhere: PlannedCell[] = [];
      for (const cell of cells) {
        if (await this.#cell(cell, false)) onDone();
        else elsewhere.push(cell);
      }
      for (const cell of elsewhere) {
        await this.#cell(cell, true);
        onDone();
      }
    } finally {
      await this.#opened?.problem[Symbol.asyncDispose]();
    }
  }

  /** Does a cell unless it is done; false when another process is doing it and we do not wait. */
  async #cell(cell: PlannedCell, wait: boolean): Promise<boolean> {
    if (this.#isFinished(cell)) return true;
    const work = this.#folder(cell);
    const lock = wait ? await work.lock(this.options.signal) : await work.tryLock();
    if (!lock) return false;
    using _lock = lock;
    if (this.#isFinished(cell)) return true;
    const { spec, label } = cell;
    const compressor = findCompressor(spec.method);
    await this.#record(cell, work, async (context) => {
      const model = await this.#folder(this.job.dense).load();
      const support = compressor.supports(model, compressor.parseOptions(spec.options));
      if (!support.ok) throw new UnsupportedError(support.reason);
      this.tell(this.#label(label));
      return await runCompression(spec, compressor, model, context);
    });
    return true;
  }

  /** Makes the dense network, of which the file must be there; without it there are no cells. */
  async #dense(): Promise<boolean> {
    const { dense } = this.job;
    const work = this.#folder(dense);
    if (this.#isFinished(dense) && work.hasModel) return true;
    await this.#record(dense, work, (context) => runDense(dense.spec, context));
    return this.store.finished(dense.spec)?.status === "ok";
  }

  async #record(
    { spec, label }: PlannedCell,
    work: WorkFolder,
    run: (context: CellContext) => Promise<FinishedCell>,
  ): Promise<void> {
    const { signal, onCell } = this.options;
    const { threads, provider } = this.settings;
    const known = work.record;
    if (known) return this.store.record({ ...known, id: cellId(spec), spec, label });
    const about = { schema: 1, id: cellId(spec), spec, label } as const;
    const end = () => ({ finished: new Date().toISOString(), environment: readEnvironment() });
    let record: CellRecord;
    this.tell(this.#label("waiting for timings to end"));
    using _shared = await takeMachine(workParent(this.options.work), "shared", signal);
    try {
      const { model, result } = await run({
        part: this.job.part,
        opened: await this.#open(),
        work,
        threads,
        ...(provider !== undefined && { provider }),
        ...(signal && { signal }),
        onProgress: (what, fraction) => this.tell(`${this.#label(label)}: ${what}`, fraction),
      });
      record = { ...about, status: "ok", result, ...end() };
      this.store.record(record);
      await work.keep(model, record);
    } catch (error) {
      signal?.throwIfAborted();
      const impossible = error instanceof UnreachableRateError || error instanceof UnsupportedError;
      const status = impossible ? "skipped" : "failed";
      record = { ...about, status, reason: messageOf(error), ...end() };
    }
    if (record.status !== "ok") this.store.record(record);
    onCell?.(record);
  }

  async #open(): Promise<OpenedPart> {
    const { part, seed, dense } = this.job;
    const { paths, threads } = this.settings;
    const { signal } = this.options;
    this.tell(`${this.#label("")}: opening the data`);
    this.#opened ??= await openPart(part, {
      seed,
      paths,
      folder: this.#folder(dense).path,
      threads,
      ...(signal && { signal }),
    });
    return this.#opened;
  }

  #isFinished({ spec }: PlannedCell): boolean {
    const status = this.store.finished(spec)?.status;
    return status === "ok" || status === "skipped";
  }

  #folder({ spec }: PlannedCell): WorkFolder {
    return new WorkFolder(workId(spec), this.options.work);
  }

  #label(cell: string): string {
    return `${this.job.part.id}, seed ${this.job.seed}${cell && `, ${cell}`}`;
  }
}

/** A method that does not know what to do with a network. */
class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}
