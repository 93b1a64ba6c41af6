/**
 * Tables as data: an array of columns from which the CSV header, the validator, the row type and
 * the documentation are all made, so that none of them can drift from the others.
 *
 * @module
 */

import { parse, stringify } from "@std/csv";

/** One column of a CSV file. */
export interface Column {
  /** Header of the column. */
  readonly name: string;
  /** Kind of cell. */
  readonly type: "text" | "integer" | "number";
  /** Unit of a number, e.g. `"ns"`; absent where the row tells or there is none. */
  readonly unit?: string;
  /** Whether the cell may be empty, which means "there is no such value", never 0 or "". */
  readonly optional?: boolean;
  /** The only texts allowed. */
  readonly values?: readonly string[];
  /** What it means. */
  readonly description: string;
}

/** The value in a cell of a column. */
export type Cell<C extends Column> = C["type"] extends "text"
  ? C["values"] extends readonly (infer Value)[] ? Value : string
  : number;

/** A row of a table with these columns: optional cells may be absent. */
export type Row<Columns extends readonly Column[]> =
  & {
    readonly [C in Exclude<Columns[number], { optional: true }> as C["name"]]: Cell<C>;
  }
  & {
    readonly [C in Extract<Columns[number], { optional: true }> as C["name"]]?: Cell<C>;
  };

/**
 * The rows as CSV text, with or without the header line.
 *
 * @throws {TypeError} when a cell does not fit its column: such a record must not be written.
 */
export function toCsv<const Columns extends readonly Column[]>(
  columns: Columns,
  rows: readonly Row<Columns>[],
  options: { readonly header: boolean } = { header: true },
): string {
  const cells = rows.map((row, index) => {
    const record = row as Readonly<Record<string, string | number | undefined>>;
    return columns.map((column) => {
      const cell = record[column.name];
      const text = cell === undefined ? "" : String(cell);
      parseCell(column, text, `row ${index + 1}`, TypeError);
      return text;
    });
  });
  const header = options.header ? [columns.map((column) => column.name)] : [];
  return stringify([...header, ...cells]);
}

/**
 * The rows of a CSV text. A last line without its line end was torn off by a crash while being
 * written, and is dropped.
 *
 * @param name What error messages call the text, e.g. its path.
 * @throws {SyntaxError} with line, column and value when the text does not fit the columns.
 */
export function fromCsv<const Columns extends readonly Column[]>(
  columns: Columns,
  text: string,
  name: string,
): Row<Columns>[] {
  const [header = [], ...lines] = parse(text.slice(0, text.lastIndexOf("\n") + 1));
  const expected = columns.map((column) => column.name).join(",");
  if (header.join(",") !== expected) {
    throw new SyntaxError(
      `Cannot read "${name}" as its header must be "${expected}": ` +
        `current value is "${header.join(",")}"`,
    );
  }
  return lines.map((cells, index) => {
    const where = `"${name}" line ${index + 2}`;
    if (cells.length !== columns.length) {
      throw new SyntaxError(
        `Cannot read ${where} as it must have ${columns.length} cells: ` +
          `current value is ${cells.length} cells`,
      );
    }
    const entries = columns.map((column, at) =>
      [column.name, parseCell(column, cells[at], where, SyntaxError)] as const
    );
    return Object.fromEntries(entries.filter(([, cell]) => cell !== undefined)) as Row<Columns>;
  });
}

/** The columns as a Markdown table, for the documentation. */
export function describeColumns(columns: readonly Column[]): string {
  const lines = columns.map(({ name, type, unit, optional, values, description }) => {
    const kind = values ? values.map((value) => `\`${value}\``).join(", ") : type;
    return `| \`${name}\` | ${kind}${optional ? ", may be empty" : ""} | ${unit ?? ""} | ` +
      `${description} |`;
  });
  return ["| column | type | unit | meaning |", "| --- | --- | --- | --- |", ...lines, ""].join(
    "\n",
  );
}

function parseCell(
  column: Column,
  text: string,
  where: string,
  ErrorType: typeof SyntaxError | typeof TypeError,
): string | number | undefined {
  const refuse = (expected: string) =>
    new ErrorType(
      `Cannot use ${where} as "${column.name}" must be ${expected}: current value is "${text}"`,
    );
  if (text === "") {
    if (column.optional) return undefined;
    if (column.type === "text" && !column.values) return text;
    throw refuse("given");
  }
  if (column.type === "text") {
    if (column.values && !column.values.includes(text)) {
      throw refuse(`one of ${column.values.join(", ")}`);
    }
    return text;
  }
  const number = text.trim() === text ? Number(text) : NaN;
  if (!Number.isFinite(number)) throw refuse("a finite number");
  if (column.type === "integer" && !Number.isSafeInteger(number)) throw refuse("an integer");
  return number;
}
