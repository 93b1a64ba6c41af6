/**
 * A CSV file that grows while a run goes on.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { writeAll, writeWhole } from "./run_files.ts";
import { type Column, fromCsv, type Row, toCsv } from "./schema.ts";

/** A file of rows with these columns; there is none until it has rows. */
export class AppendedTable<const Columns extends readonly Column[]> {
  /** Touches nothing yet. */
  constructor(readonly path: string, readonly columns: Columns) {}

  /** Writes rows behind those that are there, down to the disk. */
  append(rows: readonly Row<Columns>[]): void {
    if (rows.length === 0) return;
    if (!existsSync(this.path)) return this.replace(rows);
    const file = Deno.openSync(this.path, { append: true });
    try {
      const text = toCsv(this.columns, rows, { header: false });
      writeAll(file, new TextEncoder().encode(text));
    } finally {
      file.close();
    }
  }

  /** Writes these rows in place of those that are there. */
  replace(rows: readonly Row<Columns>[]): void {
    writeWhole(this.path, toCsv(this.columns, rows));
  }

  /** Drops rows, and a last line that was torn off. */
  keep(wanted: (row: Row<Columns>) => boolean): void {
    if (existsSync(this.path)) this.replace(this.read().filter(wanted));
  }

  /**
   * All rows; none when there is no file.
   *
   * @throws {SyntaxError} when the file is damaged.
   */
  read(): Row<Columns>[] {
    if (!existsSync(this.path)) return [];
    return fromCsv(this.columns, Deno.readTextFileSync(this.path), this.path);
  }
}
