/**
 * An experiment as text for the terminal.
 *
 * @module
 */

import { printable } from "../report/format.ts";
import { type TextColumn, textTable } from "../report/text_table.ts";
import { claimsFinding, type JudgedClaim, pairFinding } from "./claims.ts";
import { cellColumns } from "./columns.ts";
import { allowanceText, highestRates, methodRatesText } from "./highest_rate.ts";
import type { RecordedExperiment } from "./records.ts";
import { type CellSummary, experimentFinding, type PartSummary, summarise } from "./summary.ts";

/** Tables of all parts, then what they say of papers' claims, a line for each pair. */
export function printExperiment(
  experiment: RecordedExperiment,
  claims: readonly JudgedClaim[],
): string {
  const { title, scale, machine } = experiment.manifest;
  return [
    `${title} (${scale}, ${machine})`,
    `${experimentFinding(experiment)} ${claimsFinding(claims)}`.trim(),
    ...summarise(experiment).map(partText),
    ...(claims.length > 0 ? [claimsText(claims)] : []),
  ].map((text) => `${text}\n`).join("\n");
}

function partText(summary: PartSummary): string {
  const { part, metric, cells } = summary;
  const heading = `${printable(part.title)}${metric ? `, ${printable(metric)} in %` : ""}`;
  const { skipped } = part;
  if (cells.length === 0) {
    return `${heading}\n  ${
      skipped === undefined ? "no cell is finished" : `not run: ${printable(skipped)}`
    }`;
  }
  const done = cells.filter(({ results }) => results.length > 0);
  const problems = cells.flatMap(({ label, problems }) =>
    problems.map((text) => `  ${printable(`${label}: ${text}`)}`)
  );
  return [
    heading,
    ...(skipped === undefined ? [] : [`  not continued: ${printable(skipped)}`]),
    textTable(textColumns(summary), done),
    ...problems,
    ...ratesText(summary),
  ].join("\n");
}

function textColumns(summary: PartSummary): TextColumn<CellSummary>[] {
  const columns = cellColumns(summary).filter(({ wide }) => !wide).map(
    ({ title, group, text, small }): TextColumn<CellSummary> => ({
      title: group === "loss" ? "loss, points" : title,
      align: "right",
      cell: (cell) => group === "stored" ? text(cell) : `${text(cell)} ${small(cell)}`.trim(),
    }),
  );
  return [{ title: "method", cell: ({ label }) => label }, ...columns];
}

/** How far methods go, of weights and of MACs. */
function ratesText(summary: PartSummary): string[] {
  const { allowances, methods } = highestRates(summary);
  if (methods.length === 0) return [];
  const columns = allowances.map((allowance, i): TextColumn<typeof methods[number]> => ({
    title: allowanceText(allowance),
    align: "right",
    cell: ({ rates: { [i]: found } }) => found ? methodRatesText(found) : "",
  }));
  const title = "highest rate of weights / MACs";
  return ["", textTable([{ title, cell: ({ series }) => series.label }, ...columns], methods)];
}

function claimsText(claims: readonly JudgedClaim[]): string {
  const lines = claims.flatMap(({ claim, pairs }) => [
    `  ${claim.statement} [${claim.published.join(", ") || "ours"}]`,
    ...(pairs.length === 0 ? ["    not run: no part bears on it"] : []),
    ...pairs.map((pair) =>
      `    ${pair.verdict.padEnd(9)}  ${pair.part.title}: ${pair.statement}; ${pairFinding(pair)}`
    ),
  ]);
  return ["Claims of papers", ...lines.map(printable)].join("\n");
}
