/**
 * The record store: one folder per run, `results/<machine>/<run>/`, written as the run goes, so
 * that a crash or Ctrl-C keeps every finished round.
 *
 * - `manifest.json`, `summary.csv`, `layers.csv`: the run as far as it is known;
 * - `samples.csv`: every time taken, appended after each round;
 * - `readings.csv`, `power.csv`, `conditions.csv`: what devices tell besides, where they do;
 * - `progress.json`: what a resumed run needs; its absence says that the run is finished.
 *
 * @module
 */

import { join } from "node:path";
import { parseManifest, parseVersioned } from "./manifest.ts";
import { admit, type PreparedCase } from "../measure/prepared.ts";
import {
  LAYER_COLUMNS,
  SAMPLE_COLUMNS,
  type SampleRow,
  SCHEMA_VERSION,
  SUMMARY_COLUMNS,
} from "./records.ts";
import type { RunResult } from "../result.ts";
import type { RoundInput } from "../measure/round.ts";
import { fromRecords, toRecords } from "./rows.ts";
import { claimFolder, writeWhole } from "./run_files.ts";
import { fromCsv, toCsv } from "./schema.ts";
import { checkSetup, type RunSetup } from "../measure/setup.ts";
import { withTold } from "../measure/summarise_told.ts";
import type { Reading } from "../../devices/reading.ts";
import { AppendedTable } from "./appended_table.ts";
import {
  CONDITION_COLUMNS,
  NOTHING_TOLD,
  POWER_COLUMNS,
  READING_COLUMNS,
  readingRows,
  type Told,
} from "./told.ts";

/** Something that went wrong in a round. */
export interface RoundFailure {
  /** Round in which it happened, from 0. */
  readonly round: number;
  /** Absent when the round itself failed. */
  readonly case?: string;
  /** What went wrong. */
  readonly message: string;
}

/** How far a run has come. */
export interface RunProgress {
  /** What was decided before. */
  readonly setup: RunSetup;
  /** What the network is fed with. */
  readonly inputs: readonly RoundInput[];
  /** Cases that are prepared so far, in the order of the run. */
  readonly prepared: readonly PreparedCase[];
  /** Rounds that are over; their samples are in `samples.csv`. */
  readonly finishedRounds: readonly number[];
  /** Everything that went wrong, in order. */
  readonly failures: readonly RoundFailure[];
}

/** The folder of one run. */
export class RunStore {
  #progress: RunProgress;

  private constructor(
    /** Path of the run's folder. */
    readonly folder: string,
    progress: RunProgress,
  ) {
    this.#progress = progress;
  }

  /**
   * Makes the folder of a new run, named after its manifest; a number is appended when another
   * run has the name already.
   *
   * @param results Folder of all results.
   * @throws {RangeError} when a setting is out of range.
   * @throws {Error} when the folder cannot be written, before any work is lost.
   */
  static create(results: string, setup: RunSetup): RunStore {
    checkSetup(setup);
    const { machine, run: name } = setup.manifest;
    const parent = join(results, machine);
    try {
      Deno.mkdirSync(parent, { recursive: true });
      const run = claimFolder(parent, name);
      const store = new RunStore(join(parent, run), {
        setup: { ...setup, manifest: { ...setup.manifest, run } },
        inputs: [],
        prepared: [],
        finishedRounds: [],
        failures: [],
      });
      tablesIn(store.folder).samples.replace([]);
      store.#save({});
      return store;
    } catch (cause) {
      throw new Error(
        `Cannot write results to "${parent}": ${cause instanceof Error ? cause.message : cause}. ` +
          `Choose another folder with --out`,
        { cause },
      );
    }
  }

  /**
   * Opens an unfinished run to go on with it. Samples of rounds that did not finish are dropped.
   *
   * @throws {Error} when there is no such run or it is finished.
   * @throws {SyntaxError} when its records are damaged or of another schema version.
   */
  static resume(folder: string): RunStore {
    const path = join(folder, "progress.json");
    let text: string;
    try {
      text = Deno.readTextFileSync(path);
    } catch (cause) {
      const { NotFound, NotADirectory } = Deno.errors;
      if (!(cause instanceof NotFound || cause instanceof NotADirectory)) throw cause;
      throw new Error(
        `Cannot resume "${folder}" as it holds no progress.json: the run is finished, or this is ` +
          `not the folder of a run`,
        { cause },
      );
    }
    const { schema: _, ...progress } = parseVersioned(text, path);
    const store = new RunStore(folder, parseProgress(progress, path));
    for (const table of Object.values(tablesIn(folder))) table.keep(store.#isFinished);
    return store;
  }

  /** How far the run has come. */
  get progress(): RunProgress {
    return this.#progress;
  }

  /** Records what the network is fed with. */
  setInputs(inputs: readonly RoundInput[]): void {
    this.#save({ inputs });
  }

  /**
   * Records a case that is prepared, as `"invalid"` when its output is not shown to be right. A
   * case of the same id is replaced.
   */
  addPrepared(prepared: PreparedCase): void {
    const all = new Map(this.#progress.prepared.map((one) => [one.id, one]));
    // A map keeps the place of a key that is set again, and so the order of the run.
    all.set(prepared.id, admit(prepared));
    this.#save({ prepared: [...all.values()] });
  }

  /** Records a failure. */
  addFailure(failure: RoundFailure): void {
    this.#save({ failures: [...this.#progress.failures, failure] });
  }

  /** Records what was counted of a case, which is the same in all rounds. */
  addCounted(id: string, readings: readonly Reading[]): void {
    tablesIn(this.folder).readings.append(readingRows({ case: id }, readings));
  }

  /** Records a round that is over: first what came of it, then that it is finished. */
  finishRound(round: number, samples: readonly SampleRow[], told: Told = NOTHING_TOLD): void {
    const tables = tablesIn(this.folder);
    tables.samples.append(samples);
    tables.readings.append(told.readings);
    tables.power.append(told.power);
    tables.conditions.append(told.conditions);
    this.#save({ finishedRounds: [...this.#progress.finishedRounds, round] });
  }

  /** The samples of all finished rounds, in measured order. */
  readSamples(): readonly SampleRow[] {
    return tablesIn(this.folder).samples.read().filter(this.#isFinished);
  }

  /** What devices told in all finished rounds, and before. */
  readTold(): Told {
    const { readings, power, conditions } = readTold(this.folder);
    return {
      readings: readings.filter(this.#isFinished),
      power: power.filter(this.#isFinished),
      conditions: conditions.filter(this.#isFinished),
    };
  }

  /** Writes manifest, summary and layers; a run that has finished can no longer be resumed. */
  writeResult(result: RunResult): void {
    const { manifest, summary, layers } = toRecords(result);
    writeWhole(this.#path("summary.csv"), toCsv(SUMMARY_COLUMNS, summary));
    writeWhole(this.#path("layers.csv"), toCsv(LAYER_COLUMNS, layers));
    writeWhole(this.#path("manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
    if (manifest.finished !== undefined) Deno.removeSync(this.#path("progress.json"));
  }

  #save(change: Partial<RunProgress>): void {
    this.#progress = { ...this.#progress, ...change };
    const text = JSON.stringify({ schema: SCHEMA_VERSION, ...this.#progress });
    writeWhole(this.#path("progress.json"), text + "\n");
  }

  readonly #isFinished = ({ round }: { readonly round?: number }): boolean =>
    round === undefined || this.#progress.finishedRounds.includes(round);

  #path(name: string): string {
    return join(this.folder, name);
  }
}

/**
 * Reads a run from its folder, e.g. to make its page again.
 *
 * @throws {SyntaxError} when a file is damaged or of another schema version.
 * @throws {Deno.errors.NotFound} when a file is missing.
 */
export function readRun(folder: string): RunResult {
  const read = <T>(name: string, parse: (text: string, path: string) => T) => {
    const path = join(folder, name);
    return parse(Deno.readTextFileSync(path), path);
  };
  const run = fromRecords({
    manifest: read("manifest.json", parseManifest),
    summary: read("summary.csv", (text, path) => fromCsv(SUMMARY_COLUMNS, text, path)),
    layers: read("layers.csv", (text, path) => fromCsv(LAYER_COLUMNS, text, path)),
  });
  return { ...run, cases: withTold(run.cases, readTold(folder)) };
}

/**
 * Every time that was taken in a finished run, in measured order.
 *
 * @throws {SyntaxError} when the file is damaged.
 */
export function readSamples(folder: string): readonly SampleRow[] {
  return tablesIn(folder).samples.read();
}

/** The files of a run that grow. */
function tablesIn(folder: string) {
  return {
    samples: new AppendedTable(join(folder, "samples.csv"), SAMPLE_COLUMNS),
    readings: new AppendedTable(join(folder, "readings.csv"), READING_COLUMNS),
    power: new AppendedTable(join(folder, "power.csv"), POWER_COLUMNS),
    conditions: new AppendedTable(join(folder, "conditions.csv"), CONDITION_COLUMNS),
  };
}

/** All that devices told in a run, unfinished rounds included. */
function readTold(folder: string): Told {
  const { readings, power, conditions } = tablesIn(folder);
  return { readings: readings.read(), power: power.read(), conditions: conditions.read() };
}

function parseProgress(value: Record<string, unknown>, path: string): RunProgress {
  const lists = ["inputs", "prepared", "finishedRounds", "failures"];
  const wrong = lists.find((name) => !Array.isArray(value[name]));
  if (wrong !== undefined || typeof value.setup !== "object" || value.setup === null) {
    throw new SyntaxError(
      `Cannot read "${path}" as "${wrong ?? "setup"}" must be given: ` +
        `current value is ${JSON.stringify(value[wrong ?? "setup"])}`,
    );
  }
  return value as unknown as RunProgress;
}
