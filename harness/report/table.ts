/**
 * A run as text: a table for the terminal, and a Markdown table for documents.
 *
 * @module
 */

import { type Column, narrowColumns, tableColumns } from "./columns.ts";
import { HOST } from "../case.ts";
import { deviceTitle, hasSeveralDevices } from "./devices.ts";
import { keyFinding } from "./finding.ts";
import { printable } from "./format.ts";
import { howToRead, sentence, shownRows, statusText, undecided } from "./reading.ts";
import { hasReadings, readingLines, unavailableReadings } from "./readings.ts";
import { remarks } from "./remarks.ts";
import type { CaseResult, RunResult } from "../result.ts";

const GAP = "  ";
/** Width that the table and the text under it keep to, in characters. */
const WIDTH = 120;

/** A column laid out for fixed-width text: two heading lines and one string a row. */
interface TextColumn {
  readonly column: Column;
  readonly cells: readonly string[];
  width: number;
}

/**
 * The run's table for a terminal, with the finding, how to read it, notes and warnings under it.
 * Names from models and records are stripped of control characters.
 */
export function renderTable(run: RunResult): string {
  const rows = shownRows(run);
  const columns = layOut(narrowColumns(run), rows);
  const places = hasSeveralDevices(run) || rows.some((row) => deviceOf(row) !== HOST);
  const lines = [
    headingLine(columns),
    line(columns, (c) => c.column.title),
    line(columns, (c) => "─".repeat(c.width)),
    ...rows.flatMap((row, index) => [
      ...(places && deviceOf(row) !== deviceOf(rows[index - 1]) ? [placeLine(run, row)] : []),
      rowLine(columns, row, index),
    ]),
    "",
    ...paragraph(`${keyFinding(run)} ${undecided(run)}`.trim(), ""),
    "",
    ...howToRead(run).flatMap((text) => paragraph(text, "  ")),
    ...readings(run),
    ...notes(rows),
    ...warnings(run),
  ];
  return lines.map((text) => printable(text).trimEnd()).join("\n") + "\n";
}

/** Peer engines run on this machine, though each is a device by name. */
function deviceOf(row: CaseResult | undefined): string | undefined {
  return row?.role === "peer" ? HOST : row?.spec.device;
}

/** Heading of the rows on one device: what it is, as far as there is room. */
function placeLine(run: RunResult, row: CaseResult): string {
  return shorten(`on ${deviceTitle(run, deviceOf(row) ?? HOST)}`, WIDTH);
}

function layOut(columns: readonly Column[], rows: readonly CaseResult[]): TextColumn[] {
  const laidOut = columns.map((column) => {
    const values = rows.map((row) => (column.unproven(row) ? "~" : "") + column.text(row));
    const intervals = rows.map(column.interval);
    const width = longest(values);
    const intervalWidth = longest(intervals);
    const cells = values.map((value, i) =>
      intervalWidth === 0
        ? value
        : `${value.padStart(width)} ${intervals[i].padStart(intervalWidth)}`
    );
    return { column, cells, width: Math.max(longest(cells), column.title.length) };
  });
  for (const columnsOfGroup of groups(laidOut)) {
    const { group } = columnsOfGroup[0].column;
    const missing = group.length - spanWidth(columnsOfGroup);
    if (missing > 0) columnsOfGroup[columnsOfGroup.length - 1].width += missing;
  }
  return laidOut;
}

/** Neighbours that share a heading. */
function groups(columns: readonly TextColumn[]): TextColumn[][] {
  const all: TextColumn[][] = [];
  for (const column of columns) {
    const last = all[all.length - 1];
    const group = column.column.group;
    if (last !== undefined && group !== "" && last[0].column.group === group) last.push(column);
    else all.push([column]);
  }
  return all;
}

function spanWidth(columns: readonly TextColumn[]): number {
  return columns.reduce((sum, c) => sum + c.width, GAP.length * (columns.length - 1));
}

function headingLine(columns: readonly TextColumn[]): string {
  return groups(columns)
    .map((members) => {
      const width = spanWidth(members);
      const { group } = members[0].column;
      if (members.length === 1) return group.padStart(width);
      const left = Math.floor((width - group.length) / 2);
      return group.padStart(left + group.length).padEnd(width);
    })
    .join(GAP);
}

function line(columns: readonly TextColumn[], cell: (column: TextColumn) => string): string {
  return columns
    .map((c) => c.column.align === "left" ? cell(c).padEnd(c.width) : cell(c).padStart(c.width))
    .join(GAP);
}

function rowLine(columns: readonly TextColumn[], row: CaseResult, index: number): string {
  const status = statusText(row);
  if (status === "") return line(columns, (c) => c.cells[index]);
  const start = line(columns.filter((c) => !c.column.timed), (c) => c.cells[index]) + GAP;
  return start + shorten(status, WIDTH - start.length);
}

/** Energy and events, where a device told any; sentences are broken, tables are not. */
function readings(run: RunResult): string[] {
  if (!hasReadings(run)) return [];
  return [
    "",
    ...readingLines(run),
    ...unavailableReadings(run).flatMap((text) => paragraph(text, "  ")),
  ];
}

/** Reasons that the table had to cut short, and notes of all rows. */
function notes(rows: readonly CaseResult[]): string[] {
  const reasons = rows.filter((row) => statusText(row) !== "")
    .map((row) => `${row.label}: ${statusText(row)}`);
  const texts = [...reasons, ...remarks(rows)];
  return texts.length === 0 ? [] : ["", "Notes", ...texts.flatMap((text) => paragraph(text, "  "))];
}

function warnings(run: RunResult): string[] {
  const texts = run.manifest.warnings.map(({ cause, remedy }) =>
    `${sentence(cause)} ${sentence(remedy)}`
  );
  return texts.length === 0
    ? []
    : ["", "Warnings", ...texts.flatMap((text) => paragraph(text, "  "))];
}

/** Breaks a text into lines of at most `WIDTH` characters, the later ones indented by two more. */
function paragraph(text: string, indent: string): string[] {
  const lines: string[] = [];
  let current = indent;
  let empty = true;
  for (const word of text.split(/\s+/)) {
    if (!empty && current.length + 1 + word.length > WIDTH) {
      lines.push(current);
      current = `${indent}  `;
      empty = true;
    }
    current += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, current];
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** The run's table in Markdown, with the noise band and how to read it under it. */
export function renderMarkdown(run: RunResult): string {
  const columns = tableColumns(run);
  const heads = columns.map(({ group, title }) => markdownText([group, title].join(" ").trim()));
  const rules = columns.map(({ align }) => align === "left" ? "---" : "---:");
  const rows = shownRows(run).map((row) => {
    const status = statusText(row);
    const firstTimed = columns.findIndex((column) => column.timed);
    return columns.map((column, index) => {
      if (status !== "" && column.timed) return index === firstTimed ? markdownText(status) : "";
      const mark = column.unproven(row) ? "~" : "";
      return markdownText(`${mark}${column.text(row)} ${column.interval(row)}`.trim());
    });
  });
  const table = [heads, rules, ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [...table, "", ...howToRead(run).map((text) => `- ${markdownText(text)}`)].join("\n") +
    "\n";
}

/** Text with everything that Markdown or HTML would act on made harmless. */
export function markdownText(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_|~]|(?<=\])\(/g, "\\$&");
}
