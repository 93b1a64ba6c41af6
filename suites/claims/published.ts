/**
 * What the four papers state, one value a row, with where it was read: facts, not ours.
 *
 * @module
 */

import { parse } from "@std/csv";

/** The papers, as the list names them. */
export const PAPERS = ["RT3D", "YOLObile", "Kim2016", "AutoCompress"] as const;

/** Columns of the list, in order. */
const COLUMNS = [
  "id",
  "paper",
  "claim",
  "metric",
  "model",
  "dataset",
  "config",
  "value",
  "unit",
  "source",
  "confidence",
] as const;

/** One published value. */
export interface Published {
  /** Unique, e.g. `"rt3d.t1.c3d.base.top1"`. */
  readonly id: string;
  /** Which paper states it. */
  readonly paper: typeof PAPERS[number];
  /** What is stated, in words. */
  readonly claim: string;
  /** What the value is of, e.g. `"top1_acc"`. */
  readonly metric: string;
  /** Network. */
  readonly model: string;
  /** Data set; may be empty. */
  readonly dataset: string;
  /** Under which conditions; may be empty. */
  readonly config: string;
  /** As it was printed: mostly a number, else e.g. `"<2"` or `"8x4"`. */
  readonly value: string;
  /** Unit; may be empty. */
  readonly unit: string;
  /** Where it was read. */
  readonly source: string;
  /** Whether the paper itself (or its repository) was read, or an article about it. */
  readonly confidence: "paper or repository" | "article";
}

/**
 * Reads a list of published values.
 *
 * @param name What errors call the text.
 * @throws {SyntaxError} with the row, when the list does not fit.
 */
export function parsePublished(text: string, name: string): readonly Published[] {
  const [header = [], ...rows] = parse(text);
  const refuse = (where: string, expected: string, value: unknown): never => {
    throw new SyntaxError(
      `Cannot read "${name}" as ${where} must be ${expected}: current value is "${value}"`,
    );
  };
  if (header.join() !== COLUMNS.join()) refuse("its header", COLUMNS.join(), header.join());
  const seen = new Set<string>();
  return rows.map((cells, at) => {
    const where = `row ${at + 2}`;
    if (cells.length !== COLUMNS.length) refuse(where, `${COLUMNS.length} cells`, cells.length);
    const row = Object.fromEntries(COLUMNS.map((column, i) => [column, cells[i]]));
    if (seen.has(row.id)) refuse(`"id" of ${where}`, "unique", row.id);
    seen.add(row.id);
    if (!PAPERS.some((paper) => paper === row.paper)) {
      refuse(`"paper" of ${where}`, `one of ${PAPERS.join(", ")}`, row.paper);
    }
    if (row.confidence !== "paper or repository" && row.confidence !== "article") {
      refuse(`"confidence" of ${where}`, "paper or repository, or article", row.confidence);
    }
    return row as unknown as Published;
  });
}

let published: readonly Published[] | undefined;

/** All published values, in the order of the papers' tables. */
export function publishedValues(): readonly Published[] {
  const file = new URL("./published.csv", import.meta.url);
  return published ??= parsePublished(Deno.readTextFileSync(file), "published.csv");
}

/**
 * The published value called `id`.
 *
 * @throws {RangeError} when there is none.
 */
export function findPublished(id: string): Published {
  const found = publishedValues().find((row) => row.id === id);
  if (found) return found;
  throw new RangeError(`Cannot find a published value "${id}"`);
}
