/**
 * The folder of one training, `results/<machine>/training/<run>/`, written as it goes, so that a
 * crash or Ctrl-C keeps every finished epoch:
 *
 * - `run.json`: what is trained, from what and how; the result once there is one;
 * - `curve.csv`: one row for each finished epoch;
 * - `checkpoint`: what an interrupted training goes on from; gone when it has ended;
 * - `model.onnx`: the network, unless another place was asked for;
 * - `curve.png`, `index.html`: made of the above at the end.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EpochRecord } from "../../training/trainer_options.ts";
import { claimFolder, writeWhole } from "../records/run_files.ts";
import {
  curveCsv,
  parseCurve,
  parseRecord,
  type RecordedResult,
  recordJson,
  type TrainingRecord,
} from "./record.ts";

/** Folder of trainings in a machine's folder. */
export const TRAININGS = "training";

/** A training as it is recorded. */
export interface RecordedTraining {
  /** What was trained, from what and how. */
  readonly record: TrainingRecord;
  /** The epochs that are finished. */
  readonly epochs: readonly EpochRecord[];
}

/** The folder of one training. */
export class TrainingFolder {
  #record: TrainingRecord;
  #epochs: readonly EpochRecord[];

  private constructor(
    /** Path of the folder. */
    readonly path: string,
    { record, epochs }: RecordedTraining,
  ) {
    this.#record = record;
    this.#epochs = epochs;
  }

  /**
   * Makes the folder of a new training, named after its record; a number is appended when another
   * one has the name already.
   *
   * @param results Folder of all results.
   * @throws {Error} when the folder cannot be written, before any work is lost.
   */
  static create(results: string, record: TrainingRecord): TrainingFolder {
    const parent = join(results, record.machine, TRAININGS);
    try {
      Deno.mkdirSync(parent, { recursive: true });
      const run = claimFolder(parent, record.run);
      const folder = new TrainingFolder(join(parent, run), {
        record: { ...record, run },
        epochs: [],
      });
      folder.#save();
      return folder;
    } catch (cause) {
      throw new Error(
        `Cannot write results to "${parent}": ${cause instanceof Error ? cause.message : cause}. ` +
          `Choose another folder with --results`,
        { cause },
      );
    }
  }

  /**
   * Opens the folder of an interrupted training to go on with it.
   *
   * @throws {Error} when there is no such training, it has ended, or it has no checkpoint.
   * @throws {SyntaxError} when its files are damaged.
   */
  static resume(path: string): TrainingFolder {
    const refusal = (reason: string) => new Error(`Cannot resume "${path}" as ${reason}`);
    if (!existsSync(join(path, "run.json"))) {
      throw refusal("it must be the folder of a training: it holds no run.json");
    }
    const training = readTraining(path);
    if (training.record.result) throw refusal("the training has ended");
    const folder = new TrainingFolder(path, training);
    if (existsSync(folder.checkpoint)) return folder;
    throw refusal("it holds no checkpoint: start the training anew, run.json tells its command");
  }

  /** What is recorded so far. */
  get training(): RecordedTraining {
    return { record: this.#record, epochs: this.#epochs };
  }

  /** Path of the checkpoint. */
  get checkpoint(): string {
    return join(this.path, "checkpoint");
  }

  /** Path of the network, where nobody asked for another. */
  get model(): string {
    return join(this.path, "model.onnx");
  }

  /**
   * Records a finished epoch. One that a killed process had recorded, and that was done again from
   * an older checkpoint, is replaced, and so is what followed it.
   */
  addEpoch(epoch: EpochRecord): void {
    const before = this.#epochs.filter((known) => known.epoch < epoch.epoch);
    this.#epochs = [...before, epoch];
    writeWhole(join(this.path, "curve.csv"), curveCsv(this.#record.metrics, this.#epochs));
  }

  /** Records how it ended, and the whole curve; then it can no longer be resumed. */
  finish(result: RecordedResult, epochs: readonly EpochRecord[]): void {
    this.#epochs = epochs;
    this.#record = { ...this.#record, finished: new Date().toISOString(), result };
    this.#save();
    if (existsSync(this.checkpoint)) Deno.removeSync(this.checkpoint);
  }

  /** Removes a folder in which nothing can be gone on with. */
  discard(): void {
    if (!existsSync(this.checkpoint)) Deno.removeSync(this.path, { recursive: true });
  }

  #save(): void {
    writeWhole(join(this.path, "run.json"), recordJson(this.#record));
    writeWhole(join(this.path, "curve.csv"), curveCsv(this.#record.metrics, this.#epochs));
  }
}

/**
 * Reads a training from its folder, finished or not.
 *
 * @throws {SyntaxError} when a file is damaged or of another schema version.
 * @throws {Deno.errors.NotFound} when one is missing.
 */
export function readTraining(folder: string): RecordedTraining {
  const [about, curve] = ["run.json", "curve.csv"].map((name) => join(folder, name));
  const record = parseRecord(Deno.readTextFileSync(about), about);
  return { record, epochs: parseCurve(record.metrics, Deno.readTextFileSync(curve), curve) };
}
