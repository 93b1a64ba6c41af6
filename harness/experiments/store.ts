/**
 * The folder of an experiment, `results/<machine>/experiments/<id>-<scale>/`:
 *
 * - `experiment.json`: what it is, from what command, on which machine;
 * - `cells/<hash>.json`: one file for each finished cell, whole or not there at all, so that a crash
 *   costs one cell, and work of several processes or machines merges by copying;
 * - tables, charts and the page: made of the above.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { writeWhole } from "../records/run_files.ts";
import { cellJson, manifestJson, parseCell, parseManifest } from "./record_json.ts";
import {
  cellId,
  type CellRecord,
  type CellSpec,
  type ExperimentManifest,
  type RecordedExperiment,
} from "./records.ts";

/** Folder of experiments in a machine's folder. */
export const EXPERIMENTS = "experiments";

const MANIFEST_FILE = "experiment.json";
const CELLS = "cells";

/** The folder of one experiment. */
export class ExperimentStore {
  #manifest: ExperimentManifest;

  /**
   * Opens an existing folder.
   *
   * @param manifest What it holds so far.
   */
  constructor(
    /** Path of the folder. */
    readonly path: string,
    manifest: ExperimentManifest,
  ) {
    this.#manifest = manifest;
  }

  /** Everything but the cells. */
  get manifest(): ExperimentManifest {
    return this.#manifest;
  }

  /** Changes some of the manifest's fields, on the disk too; what other processes wrote stays. */
  update(change: Partial<Omit<ExperimentManifest, "schema" | "id" | "scale" | "machine">>): void {
    const path = join(this.path, MANIFEST_FILE);
    const known = existsSync(path) ? readManifest(this.path) : this.#manifest;
    this.#manifest = { ...known, ...change };
    writeWhole(join(this.path, MANIFEST_FILE), manifestJson(this.#manifest));
  }

  /** Keeps a cell, instead of an earlier record of the same. */
  record(cell: CellRecord): void {
    // What could not be read again must not be written.
    const path = cellPath(this.path, cell.id);
    const text = cellJson(cell);
    parseCell(text, path);
    writeWhole(path, text);
  }

  /**
   * What is known of a cell, skipped and failed ones too.
   *
   * @throws {SyntaxError} when its file is damaged or of another schema version.
   */
  finished(spec: CellSpec): CellRecord | undefined {
    const path = cellPath(this.path, cellId(spec));
    return existsSync(path) ? readCell(path) : undefined;
  }

  /**
   * The finished cells of the experiment's present definition, in its order.
   *
   * @throws {SyntaxError} when a file is damaged or of another schema version.
   */
  cells(): CellRecord[] {
    return readCells(this.path, this.#manifest);
  }

  /**
   * All cells that are recorded, those of other definitions too.
   *
   * @throws {SyntaxError} when a file is damaged or of another schema version.
   */
  all(): CellRecord[] {
    return readCells(this.path, { ...this.#manifest, cells: [] });
  }
}

/**
 * Opens the folder of an experiment; makes it where there is none.
 *
 * @param results Folder of all results.
 * @param machine Name of the machine's folder.
 * @param command The command that makes the experiment again.
 * @throws {SyntaxError} when its manifest is damaged or of another schema version.
 * @throws {Error} when the folder cannot be written, before any work is lost.
 */
export function openStore(
  results: string,
  machine: string,
  { id, title }: { readonly id: string; readonly title: string },
  scale: string,
  command: string,
): ExperimentStore {
  const path = join(results, machine, EXPERIMENTS, `${id}-${scale}`);
  const manifest: ExperimentManifest = existsSync(join(path, MANIFEST_FILE))
    ? readManifest(path)
    : {
      schema: 1,
      id,
      title,
      scale,
      machine,
      command,
      started: new Date().toISOString(),
      environment: {},
      parts: [],
      cells: [],
      latency: {},
    };
  try {
    Deno.mkdirSync(join(path, CELLS), { recursive: true });
    const store = new ExperimentStore(path, manifest);
    store.update({ title, command });
    return store;
  } catch (cause) {
    throw new Error(
      `Cannot write results to "${path}": ${cause instanceof Error ? cause.message : cause}. ` +
        `Choose another folder with --results`,
      { cause },
    );
  }
}

/**
 * Reads an experiment from its folder, finished or not.
 *
 * @throws {SyntaxError} when a file is damaged or of another schema version.
 * @throws {Deno.errors.NotFound} when there is no such experiment.
 */
export function readExperiment(folder: string): RecordedExperiment {
  const manifest = readManifest(folder);
  return { manifest, records: readCells(folder, manifest) };
}

function readManifest(folder: string): ExperimentManifest {
  const path = join(folder, MANIFEST_FILE);
  return parseManifest(Deno.readTextFileSync(path), path);
}

function readCells(folder: string, { cells, parts }: ExperimentManifest): CellRecord[] {
  if (cells.length > 0) {
    return cells.map((id) => cellPath(folder, id)).filter(existsSync).map(readCell);
  }
  const place = ({ spec }: CellRecord) => parts.findIndex(({ id }) => id === spec.part);
  return [...Deno.readDirSync(join(folder, CELLS))]
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => readCell(join(folder, CELLS, name)))
    .sort((a, b) =>
      place(a) - place(b) || a.spec.part.localeCompare(b.spec.part) ||
      a.spec.cell.localeCompare(b.spec.cell) || a.spec.seed - b.spec.seed
    );
}

function readCell(path: string): CellRecord {
  const record = parseCell(Deno.readTextFileSync(path), path);
  if (`${record.id}.json` === basename(path)) return record;
  throw new SyntaxError(
    `Cannot read "${path}" as the file must be named after its "id": current value is ${record.id}`,
  );
}

function cellPath(folder: string, id: string): string {
  return join(folder, CELLS, `${id}.json`);
}
