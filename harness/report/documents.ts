/**
 * What the project's own documents tell of records: the README's table of one run, and the reference
 * of the record formats. Both are made anew by `deno task readme`, and a rule checks them.
 *
 * @module
 */

import { dirname } from "node:path";
import { coexecutionReference } from "../coexecution/record.ts";
import { experimentReference } from "../experiments/table_columns.ts";
import { ledgerReference } from "../ledger/ledger_csv.ts";
import { recordsReference } from "../records/records.ts";
import type { RunResult } from "../result.ts";
import { trainingReference } from "../training/record.ts";
import { runCharts, SPEEDUP } from "./charts.ts";
import { NETWORKS_FILE } from "./index_page.ts";
import { chartPath, PAGE_FILE } from "./page.ts";
import { keyFinding } from "./finding.ts";
import { sentence } from "./reading.ts";
import { renderMarkdown } from "./table.ts";

const BEGIN = "<!-- table:begin -->";
const END = "<!-- table:end -->";
/** Keeps the formatter away from what a program wrote. */
const [VERBATIM, FORMATTED] = ["<!-- deno-fmt-ignore-start -->", "<!-- deno-fmt-ignore-end -->"];

/**
 * A document with its generated region replaced by chart and table of a run.
 *
 * @param document Text with a line `<!-- table:begin -->` and, later, one `<!-- table:end -->`.
 * @param folder Path of the run's folder from the document, e.g. `"results/<machine>/<run>"`.
 * @throws {SyntaxError} when the document has no such region.
 */
export function withRunTable(document: string, run: RunResult, folder: string): string {
  const [before, , after] = cut(document);
  const { command, environment, input } = run.manifest;
  const chart = runCharts(run).find(({ name }) => name === SPEEDUP);
  const region = [
    VERBATIM,
    "",
    sentence(
      `\`${command}\` on ${environment.cpu}, ${environment.cores} cores; input: ${input}; ` +
        `[page](${folder}/${PAGE_FILE}), [records](${folder}), ` +
        `[all networks](${dirname(folder)}/${NETWORKS_FILE})`,
    ),
    "",
    keyFinding(run),
    "",
    ...(chart
      ? [`![${chart.title}: ${chart.alternative}](${folder}/${chartPath(chart)})`, ""]
      : []),
    renderMarkdown(run).trimEnd(),
    "",
    FORMATTED,
  ];
  return [before, "", ...region, "", after].join("\n");
}

/** The folder of the run that the region of a document shows; `undefined` when it shows none. */
export function runInDocument(document: string): string | undefined {
  return /\[records\]\(([^)]+)\)/.exec(cut(document)[1])?.[1];
}

/** The reference of the record formats, as `docs/results.md` holds it. */
export function recordsPage(): string {
  const origin = "Made by `deno task readme` from the definitions in harness/records/.";
  const parts = [
    recordsReference(),
    trainingReference(),
    experimentReference(),
    coexecutionReference(),
    ledgerReference(),
  ];
  const reference = parts.map((part) => part.trimEnd()).join("\n\n");
  return `<!-- deno-fmt-ignore-file -->\n<!-- ${origin} -->\n\n${reference.trimEnd()}\n`;
}

/** Before and with the first mark, between the marks, from the last mark on. */
function cut(document: string): [before: string, region: string, after: string] {
  const begin = document.indexOf(BEGIN), end = document.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new SyntaxError(
      `Cannot put a table into the document as it must have "${BEGIN}" before "${END}"`,
    );
  }
  const start = begin + BEGIN.length;
  return [document.slice(0, start), document.slice(start, end), document.slice(end)];
}
