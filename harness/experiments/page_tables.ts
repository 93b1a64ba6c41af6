/**
 * Tables of an experiment's page: a part's cells, and what they say of papers' claims.
 *
 * @module
 */

import { type Content, type Html, html } from "../report/html.ts";
import { type JudgedClaim, type JudgedPair, pairFinding } from "./claims.ts";
import { type CellColumn, cellColumns } from "./columns.ts";
import type { CellSummary, PartSummary } from "./summary.ts";

/** A row for each cell; its headings are buttons that sort it. Cells without a result tell why. */
export function cellTable(summary: PartSummary): Html {
  const columns = cellColumns(summary);
  const heads = [{ group: "", title: "method" }, ...columns].map(({ group, title }, i) =>
    html`
      <th scope="col" aria-sort="none"
        ${i > 0
          ? html`
            class="right"
          `
          : undefined}><button type="button">${group === ""
          ? undefined
          : html`<small>${group}</small>`}${title}</button></th>
    `
  );
  const rows = summary.cells.map((cell, i) =>
    html`<tr><th scope="row" data-sort="${i}">${cell.label}</th>${cells(columns, cell)}</tr>`
  );
  return table(`Methods on ${summary.part.title}`, "comparison", heads, rows);
}

function cells(columns: readonly CellColumn[], cell: CellSummary): Content {
  if (cell.results.length === 0) {
    return html`<td class="status" colspan="${columns.length}">${cell.problems.join("; ")}</td>`;
  }
  return columns.map((column) => {
    const small = column.small(cell);
    return html`<td class="right" data-sort="${column.sortKey(cell) ?? ""}">${column.text(cell)}${
      small === "" ? undefined : html`<small>${small}</small>`
    }</td>`;
  });
}

/** Papers' statements, each over the pairs that it is judged by. */
export function claimTable(claims: readonly JudgedClaim[]): Html {
  const heads = ["part", "compared", "difference", "verdict"].map((title) =>
    html`<th scope="col">${title}</th>`
  );
  const rows = claims.flatMap(({ claim, pairs }) => [
    html`
      <tr>
        <th scope="rowgroup" colspan="4" class="prose">${claim
          .statement}<br><small>${claim.published.join(", ") || "ours, of no paper"}</small></th>
      </tr>
    `,
    ...(pairs.length === 0
      ? [html`
        <tr>
          <td class="status" colspan="4">not run: no part bears on it</td>
        </tr>
      `]
      : pairs.map(pairRow)),
  ]);
  return table("What the numbers say of papers' claims", "comparison", heads, rows);
}

function pairRow(pair: JudgedPair): Html {
  const { part, statement, verdict } = pair;
  return html`
    <tr>
      <td>${part.title}</td>
      <td class="prose">${statement}</td>
      <td class="prose">${pairFinding(pair)}</td>
      <td>
        <strong${verdict === "against"
          ? html`
            class="caution"
          `
          : undefined}>${verdict}</strong></td></tr>
  `;
}

/** Rows of plain text and numbers under headings; numbers stand to the right. */
export function plainTable(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): Html {
  const right = columns.map((_, i) => rows.every((row) => typeof row[i] === "number"));
  const align = (i: number) =>
    right[i]
      ? html`
        class="right"
      `
      : undefined;
  return table(
    caption,
    "layers",
    columns.map((title, i) =>
      html`
        <th scope="col" ${align(i)}>${title}</th>
      `
    ),
    rows.map((row) => html`<tr>${row.map((cell, i) => html`<td${align(i)}>${cell}</td>`)}</tr>`),
  );
}

function table(caption: string, kind: string, heads: Content, rows: Content): Html {
  return html`
    <div class="wide" role="region" aria-label="${caption}" tabindex="0">
      <table class="${kind}">
        <thead>
          <tr>${heads}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}
