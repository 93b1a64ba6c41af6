/**
 * How far samples of emulated operators are from full counts, as a table that is committed:
 * `sampling-errors.csv`.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SamplingError } from "../../devices/emulation/sampling_error.ts";
import { QUANTITIES, type Quantity } from "../../devices/reading.ts";
import { writeWhole } from "./run_files.ts";
import { type Column, fromCsv, type Row, toCsv } from "./schema.ts";

/** Name of the file. */
export const SAMPLING_ERRORS_FILE = "sampling-errors.csv";

/** `sampling-errors.csv`: one row for each operator, quantity and size of the sample. */
export const SAMPLING_ERROR_COLUMNS = [
  { name: "suite", type: "text", description: "Suite, or the model of a user's own." },
  { name: "device", type: "text", description: "The emulated device." },
  { name: "threads", type: "integer", description: "Worker threads." },
  {
    name: "kernels",
    type: "text",
    values: ["default", "direct"],
    description: "`direct` for the kernels that sparse layers run on, in all layers.",
  },
  { name: "sample", type: "integer", description: "Units of work that were asked for." },
  {
    name: "operator",
    type: "text",
    optional: true,
    description: "Operator of the program; empty for the whole call.",
  },
  {
    name: "quantity",
    type: "text",
    values: Object.keys(QUANTITIES) as Quantity[],
    description: "What was estimated; see the table of quantities.",
  },
  { name: "whole", type: "number", description: "Value from all units, emulated or modelled." },
  { name: "estimate", type: "number", description: "Value from the sample, scaled." },
  {
    name: "error",
    type: "number",
    optional: true,
    description: "`estimate` ÷ `whole` - 1; empty where `whole` is 0.",
  },
  {
    name: "units",
    type: "integer",
    optional: true,
    description: "Units of work of the operator; empty for the whole call.",
  },
  {
    name: "counted_units",
    type: "integer",
    optional: true,
    description: "Of these, counted in the sample.",
  },
] as const satisfies readonly Column[];

/** A row of `sampling-errors.csv`. */
export type SamplingErrorRow = Row<typeof SAMPLING_ERROR_COLUMNS>;

/** What was compared with what. */
export type SampledRun = Pick<
  SamplingErrorRow,
  "suite" | "device" | "threads" | "kernels" | "sample"
>;

/** Errors of one sample as rows. */
export function samplingErrorRows(
  run: SampledRun,
  errors: readonly SamplingError[],
): readonly SamplingErrorRow[] {
  return errors.map(({ operator, quantity, whole, estimate, error, units, countedUnits }) => ({
    ...run,
    ...(operator !== undefined && { operator }),
    quantity,
    whole,
    estimate,
    ...(error !== undefined && { error }),
    ...(units !== undefined && { units }),
    ...(countedUnits !== undefined && { counted_units: countedUnits }),
  }));
}

/**
 * Writes rows into the table of a folder, in place of those of the same runs; gives its path.
 *
 * @throws {SyntaxError} when there is a file that is no such table.
 */
export function writeSamplingErrors(folder: string, rows: readonly SamplingErrorRow[]): string {
  const path = join(folder, SAMPLING_ERRORS_FILE);
  const before = readSamplingErrors(folder);
  const nameOf = ({ suite, device, threads, kernels, sample }: SampledRun) =>
    JSON.stringify([suite, device, threads, kernels, sample]);
  const replaced = new Set(rows.map(nameOf));
  const kept = before.filter((row) => !replaced.has(nameOf(row)));
  Deno.mkdirSync(folder, { recursive: true });
  writeWhole(path, toCsv(SAMPLING_ERROR_COLUMNS, [...kept, ...rows]));
  return path;
}

/**
 * The rows of a folder's table; none where there is no such file.
 *
 * @throws {SyntaxError} when the file is no such table.
 */
export function readSamplingErrors(folder: string): readonly SamplingErrorRow[] {
  const path = join(folder, SAMPLING_ERRORS_FILE);
  return existsSync(path) ? fromCsv(SAMPLING_ERROR_COLUMNS, Deno.readTextFileSync(path), path) : [];
}
