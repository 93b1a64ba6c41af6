/**
 * Where the networks of cells lie, and what an interrupted cell goes on from. It can all be made again,
 * so it is kept beside other built things and not among the results.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Model } from "../../graph/model.ts";
import { readOnnx } from "../../graph/onnx/read.ts";
import { writeOnnx } from "../../graph/onnx/write.ts";
import { writeWhole } from "../records/run_files.ts";
import { cellJson, parseCell } from "./record_json.ts";
import type { CellRecord } from "./records.ts";

const WORK = fileURLToPath(new URL("../../.build/experiments/", import.meta.url));

/** How often it is looked whether another process has let go of a cell. */
const POLL_MS = 1000;

/** The folder that holds those of all cells; made when it is missing. */
export function workParent(parent: string = WORK): string {
  Deno.mkdirSync(parent, { recursive: true });
  return parent;
}

/** Folder of one cell. */
export class WorkFolder {
  /** Path of the folder, which exists. */
  readonly path: string;

  /**
   * Makes the folder.
   *
   * @param id Of the cell.
   * @param parent Folder of such folders.
   */
  constructor(id: string, parent: string = WORK) {
    this.path = join(parent, id);
    Deno.mkdirSync(this.path, { recursive: true });
  }

  /** Path of the finished network. */
  get model(): string {
    return join(this.path, "model.onnx");
  }

  /** Whether there is a finished network. */
  get hasModel(): boolean {
    return existsSync(this.model);
  }

  /** What is recorded of the finished network, for experiments that want the same cell. */
  get record(): CellRecord | undefined {
    if (!this.hasModel || !existsSync(this.#record)) return undefined;
    return parseCell(Deno.readTextFileSync(this.#record), this.#record);
  }

  get #record(): string {
    return join(this.path, "cell.json");
  }

  /** Keeps the finished network with its record; what led to it goes. */
  async keep(model: Model, record: CellRecord): Promise<void> {
    const temporary = join(this.path, "unfinished.onnx");
    await writeOnnx(model, temporary);
    writeWhole(this.#record, cellJson(record));
    await Deno.rename(temporary, this.model);
    for (const { name } of Deno.readDirSync(this.path)) {
      if (name.startsWith("stage-")) await Deno.remove(join(this.path, name));
    }
  }

  /** The finished network. */
  load(): Promise<Model> {
    return readOnnx(this.model);
  }

  /**
   * Keeps other processes away from the cell until it is disposed of, or the process ends.
   *
   * @returns Undefined when another process has the cell.
   */
  async tryLock(): Promise<Disposable | undefined> {
    const file = await Deno.open(join(this.path, "lock"), { create: true, write: true });
    if (await file.tryLock(true)) return file;
    file.close();
    return undefined;
  }

  /** The same, after waiting for other processes. @throws the signal's reason when it is aborted */
  async lock(signal?: AbortSignal): Promise<Disposable> {
    for (;;) {
      const lock = await this.tryLock();
      if (lock) return lock;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      signal?.throwIfAborted();
    }
  }
}
