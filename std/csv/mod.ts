/**
 * Stand-in for `jsr:@std/csv`: `parse` and `stringify` with the options that this project uses,
 * with the same names, signatures and behaviour, over `npm:csv-parse` and `npm:csv-stringify`.
 *
 * @module
 */

import { parse as parseRows } from "csv-parse/sync";
import { stringify as stringifyRows } from "csv-stringify/sync";

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Takes the header from the first row; with `columns` the first row is dropped instead. */
  skipFirstRow?: boolean;
  /** Names of the columns. */
  columns?: readonly string[];
  /** Separator of values. @default {","} */
  separator?: string;
  /** Lines that begin with this character are ignored. */
  comment?: string;
}

/** Objects when a header is known from the options' type, rows of strings otherwise. */
export type ParseResult<T extends ParseOptions> = T extends
  { columns: readonly (infer C extends string)[] } ? Record<C, string>[]
  : T extends { skipFirstRow: true } ? Record<string, string>[]
  : string[][];

/** Parses CSV into rows of strings. */
export function parse(input: string): string[][];
/**
 * Parses CSV into objects, when there is a header, or rows of strings.
 *
 * @throws {SyntaxError} on a stray quote or a row whose length differs from the header's.
 */
export function parse<const T extends ParseOptions>(input: string, options: T): ParseResult<T>;
export function parse(input: string, options: ParseOptions = {}): unknown {
  const { skipFirstRow = false, columns, separator = ",", comment } = options;
  try {
    return parseRows(input, {
      bom: true,
      columns: columns ? [...columns] : skipFirstRow,
      ...(columns && skipFirstRow && { from_line: 2 }),
      ...(comment !== undefined && { comment }),
      comment_no_infix: true,
      delimiter: separator,
      relax_column_count: !columns && !skipFirstRow,
      skip_empty_lines: true,
    });
  } catch (cause) {
    throw new SyntaxError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A column of {@linkcode stringify}: a property, or a property under another header. */
export type Column = string | number | { header?: string; prop: string | number };

/** A row of {@linkcode stringify}. */
export type DataItem = Readonly<Record<string, unknown>> | readonly unknown[];

/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  /** Columns to write, in this order; required when rows are objects. */
  columns?: readonly Column[];
  /** Whether to write the row of headers. @default {true} */
  headers?: boolean;
  /** Separator of values. @default {","} */
  separator?: string;
}

/**
 * Writes rows as CSV, lines ended by CRLF (RFC 4180). `null` and `undefined` give empty cells.
 *
 * @throws {TypeError} when a row is an object and no columns are given.
 */
export function stringify(data: readonly DataItem[], options: StringifyOptions = {}): string {
  const { columns = [], headers = true, separator = "," } = options;
  const details = columns.map((column) => {
    const { header, prop } = typeof column === "object" ? column : { prop: column };
    return { header: header ?? String(prop), prop };
  });
  const rows: (readonly unknown[])[] = data.map((item) => {
    if (details.length > 0) return details.map(({ prop }) => Reflect.get(item, prop));
    if (Array.isArray(item)) return item;
    throw new TypeError("Cannot stringify an object as no columns were provided");
  });
  if (headers && details.length > 0) rows.unshift(details.map(({ header }) => header));
  return stringifyRows(rows as unknown[][], {
    delimiter: separator,
    record_delimiter: "\r\n",
    quoted_match: /\n/,
    cast: { boolean: String, date: (date) => JSON.stringify(date) },
  });
}
