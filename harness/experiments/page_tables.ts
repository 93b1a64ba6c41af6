/**
 * Tables of an experiment's page: a part's cells, and what they say of papers' claims.
 *
 * @module
 */

import { type Content, type Html, html } from "../report/html.ts";
import { alignment, sortingHead, wideTable } from "../report/page_parts.ts";
import { type JudgedClaim, type JudgedPair, pairFinding } from "./claims.ts";
import { type CellColumn, cellColumns } from "./columns.ts";
import { allowanceText, highestRates, methodRatesText } from "./highest_rate.ts";
import type { CellSummary, PartSummary } from "./summary.ts";

/** A row for each cell; its headings are buttons that sort it. Cells without a result tell why. */
export function cellTable(summary: PartSummary): Html {
  const columns = cellColumns(summary);
  const heads = [
    sortingHead({ group: "", title: "method", align: "left" }),
    ...columns.map(({ group, title }) => sortingHead({ group, title, align: "right" })),
  ];
  const rows = summary.cells.map((cell, i) =>
    html`<tr><th scope="row" data-sort="${i}">${cell.label}</th>${cells(columns, cell)}</tr>`
  );
  return wideTable(`Methods on ${summary.part.title}`, "comparison", heads, rows);
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

/** How far each method goes without loss and with a little; undefined where none was compared. */
export function rateTable(summary: PartSummary): Html | undefined {
  const { allowances, methods } = highestRates(summary);
  if (methods.length === 0) return undefined;
  const heads = [
    sortingHead({ group: "", title: "method", align: "left" }),
    ...allowances.map((allowance) =>
      sortingHead({ group: "weights / MACs", title: allowanceText(allowance), align: "right" })
    ),
  ];
  const rows = methods.map(({ series, rates }, i) => {
    const cells = rates.map((found) =>
      html`<td class="right" data-sort="${found?.params.rate ?? ""}">${
        found && methodRatesText(found)
      }</td>`
    );
    return html`<tr><th scope="row" data-sort="${i}">${series.label}</th>${cells}</tr>`;
  });
  return wideTable(`Highest rates on ${summary.part.title}`, "comparison", heads, rows);
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
  return wideTable("What the numbers say of papers' claims", "comparison", heads, rows);
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
  const align = columns.map((_, i) =>
    alignment(rows.every((row) => typeof row[i] === "number") ? "right" : "left")
  );
  return wideTable(
    caption,
    "layers",
    columns.map((title, i) =>
      html`
        <th scope="col" ${align[i]}>${title}</th>
      `
    ),
    rows.map((row) => html`<tr>${row.map((cell, i) => html`<td${align[i]}>${cell}</td>`)}</tr>`),
  );
}
