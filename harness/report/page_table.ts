/**
 * Tables of a run's page: rows against columns, and the layers of one row.
 *
 * @module
 */

import { findIn } from "../layer_readings.ts";
import type { Column } from "./columns.ts";
import { FIGURES } from "./figures.ts";
import { formatCount, formatInterval, formatMebibytes, formatMs } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { alignment, sortingHead, wideTable } from "./page_parts.ts";
import { statusText } from "./reading.ts";
import type { CaseResult, LayerResult } from "../result.ts";

/** A table with one row a case. Its headings are buttons that sort it. */
export function caseTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly CaseResult[],
): Html {
  const bodyRows = rows.map((row) => html`<tr>${cells(columns, row)}</tr>\n`);
  return wideTable(caption, "comparison", columns.map(sortingHead), bodyRows);
}

/** A row without a time tells why in place of its times. */
function cells(columns: readonly Column[], row: CaseResult): Content {
  const status = statusText(row);
  const firstTimed = columns.findIndex((column) => column.timed);
  return columns.map((column, index) => {
    if (status === "" || !column.timed) return cell(column, row, index === 0);
    const timed = columns.filter((other) => other.timed).length;
    return index === firstTimed
      ? html`<td class="status" colspan="${timed}">${status}</td>`
      : undefined;
  });
}

function cell(column: Column, row: CaseResult, names: boolean): Html {
  const key = column.sortKey(row);
  const sort = key === undefined ? undefined : html`
    data-sort="${key}"
  `;
  const interval = column.interval(row);
  const content = html`${column.unproven(row) ? "~" : ""}${column.text(row)}${
    interval === "" ? undefined : html`
      <small>${interval}</small>
    `
  }${
    column.unproven(row)
      ? html`
        <small>no difference shown</small>
      `
      : undefined
  }`;
  return names
    ? html`
      <th scope="row" ${sort}>${content}</th>
    `
    : html`<td${sort}${alignment(column.align)}>${content}</td>`;
}

/** One column of the table of layers. */
interface LayerColumn {
  readonly title: string;
  readonly align: "left" | "right";
  content(layer: LayerResult): Content;
}

const LAYER_COLUMNS: readonly LayerColumn[] = [
  { title: "layer", align: "left", content: (layer) => layer.layer },
  { title: "operator", align: "left", content: (layer) => `${layer.operator} (${layer.kind})` },
  { title: "decision", align: "left", content: (layer) => layer.decision },
  { title: "MACs", align: "right", content: (layer) => formatCount(layer.macs) },
  { title: "params", align: "right", content: (layer) => formatCount(layer.params) },
  { title: "values, MiB", align: "right", content: (layer) => formatMebibytes(layer.valueBytes) },
  { title: "index, MiB", align: "right", content: (layer) => formatMebibytes(layer.indexBytes) },
  {
    title: "median time, ms",
    align: "right",
    content: ({ microseconds }) => {
      if (microseconds === undefined) return undefined;
      const text = (us: number) => formatMs(us / 1000);
      return html`${text(microseconds.value)} <small>${formatInterval(microseconds, text)}</small>`;
    },
  },
];

/** A column for each figure that the device told of single operators. */
function toldColumns({ layers, readings = [] }: CaseResult): readonly LayerColumn[] {
  const byOperator = Map.groupBy(readings, ({ operator }) => operator);
  const named = new Map(layers.map((layer) => [layer.operator, layer]));
  // Operators may share a name: what was told of all of them stands beside the last.
  const find = (layer: LayerResult) =>
    findIn(named.get(layer.operator) === layer ? byOperator.get(layer.operator) ?? [] : []);
  return FIGURES.filter((figure) => layers.some((layer) => figure.of(find(layer)))).map((
    figure,
  ) => ({
    title: figure.title,
    align: "right",
    content(layer) {
      const told = figure.of(find(layer));
      return told && html`${figure.shown.format(told.value.value)} <small>${told.source}</small>`;
    },
  }));
}

/** What was done to every layer of a row, and what it costs. */
export function layerTable(row: CaseResult): Html {
  const columns = [...LAYER_COLUMNS, ...toldColumns(row)];
  const heads = columns.map((column) =>
    html`
      <th scope="col" ${alignment(column.align)}>${column.title}</th>
    `
  );
  const rows = row.layers.map((layer) =>
    html`<tr>${
      columns.map((column, index) =>
        index === 0
          ? html`<th scope="row">${column.content(layer)}</th>`
          : html`<td${alignment(column.align)}>${column.content(layer)}</td>`
      )
    }</tr>\n`
  );
  return wideTable(`Layers of ${row.label}`, "layers", heads, rows);
}
