/**
 * Tables of fixed width for a terminal.
 *
 * @module
 */

import { printable } from "./format.ts";

/** One column. */
export interface TextColumn<Row> {
  /** Heading. */
  readonly title: string;
  /** Numbers stand to the right. @default "left" */
  readonly align?: "left" | "right";
  /** Text of a cell. */
  cell(row: Row): string;
}

/**
 * Rows under headings and a rule. Names in cells are stripped of control characters; the last column
 * is not filled up.
 */
export function textTable<Row>(
  columns: readonly TextColumn<Row>[],
  rows: readonly Row[],
): string {
  const cells = columns.map(({ title, align, cell }) => {
    const texts = [title, ...rows.map((row) => printable(cell(row)))];
    const width = Math.max(...texts.map((text) => text.length));
    const fill = (text: string) => align === "right" ? text.padStart(width) : text.padEnd(width);
    return [fill(texts[0]), "─".repeat(width), ...texts.slice(1).map(fill)];
  });
  return cells[0].map((_, line) => cells.map((column) => column[line]).join("  ").trimEnd())
    .join("\n");
}
