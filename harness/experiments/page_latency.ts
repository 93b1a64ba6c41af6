/**
 * What a timing run found, as a part of an experiment's page.
 *
 * @module
 */

import { narrowColumns } from "../report/columns.ts";
import { keyFinding } from "../report/finding.ts";
import { type Html, html, relativeUrl } from "../report/html.ts";
import { caseTable } from "../report/page_table.ts";
import { howToRead, shownRows, undecided } from "../report/reading.ts";
import { remarks } from "../report/remarks.ts";
import type { RunResult } from "../result.ts";

/**
 * Finding, table and how to read it. A row that did not end well has its status in place of times.
 *
 * @param title Heading, e.g. `"Latency of C3D on moving shapes"`.
 * @param page Path of the run's own page from the folder of the experiment's.
 */
export function latencySection(run: RunResult, title: string, page: string): Html {
  const rows = shownRows(run);
  return html`
    <h3>${title}</h3>
    <p>${keyFinding(run)} ${undecided(run)}</p>
    ${caseTable(title, narrowColumns(run), rows)}
    <details>
      <summary>How to read this</summary>
      <ul>${[...howToRead(run), ...remarks(rows)].map((text) => html`<li>${text}</li>\n`)}</ul>
    </details>
    <p><a href="${relativeUrl(page)}">All that was measured, layer by layer</a></p>
  `;
}
