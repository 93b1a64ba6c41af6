/**
 * The page of the ledger. It needs no script: verdicts are chosen by check boxes that the style reads.
 *
 * @module
 */

import { TENSIONS } from "../../suites/claims/tensions.ts";
import { Html, html, relativeUrl, renderDocument } from "../report/html.ts";
import { PAGE_FILE } from "../report/page.ts";
import { pagePart, wideTable } from "../report/page_parts.ts";
import type { JudgedFinding, JudgedLine } from "./judge.ts";
import type { PassedOver } from "./results.ts";
import { MEANINGS, type Verdict, VERDICTS } from "./verdict.ts";
import {
  aboutText,
  byPaper,
  chanceText,
  countVerdicts,
  numberText,
  publishedText,
} from "./words.ts";

/** What stands above the tables besides counts. */
export interface LedgerPageOptions {
  /** Records that could not be used. */
  readonly passedOver?: readonly PassedOver[];
  /** Whether it only shows that the machinery works. */
  readonly quick?: boolean;
}

/** The ledger as a page that lies in the folder of results. */
export async function renderLedgerPage(
  lines: readonly JudgedLine[],
  { passedOver = [], quick = false }: LedgerPageOptions = {},
): Promise<string> {
  const style = await pagePart("page_style.css");
  const own = await Deno.readTextFile(new URL("./page_ledger.css", import.meta.url));
  const chance = chanceText(lines);
  const body = html`
    <header>
      <h1>Claims ledger</h1>
      <p class="finding">${lines
        .length} published values of four papers, each beside what Kerf found.</p>
      ${quick
        ? html`<p class="warning">A quick look: it shows that everything runs, and nothing else.</p>`
        : undefined}
      ${countTable(lines)}
    </header>
    <main>
      <h2>How to read it</h2>
      <p>What each value has to be to count was written down before anything was run. An interval of a
      time is widened by how much two copies of the same network differ in that run.</p>
      <dl>${VERDICTS.map((verdict) =>
        html`
          <dt>${badge(verdict)}</dt>
          <dd>${MEANINGS[verdict]}</dd>
        `
      )}</dl>
      ${chance === "" ? undefined : html`<p>${chance}</p>`}
      <h2>Where the papers do not fit themselves</h2>
      <ul>${TENSIONS.map((tension) => html`<li>${tension}</li>`)}</ul>
      ${passedOver.length === 0 ? undefined : html`
        <h2>Records that were passed over</h2>
        <ul>${passedOver.map(({ folder, reason }) =>
          html`<li><code>${folder}</code>: ${reason}</li>`
        )}</ul>
      `}
      <fieldset class="filter">
        <legend>Show</legend>
        ${countVerdicts(lines).map(([verdict, count]) =>
          html`<label><input type="checkbox" id="${
            idOf(verdict)
          }" checked> ${verdict} (${count})</label>`
        )}
      </fieldset>
      ${byPaper(lines).map(({ title, word, lines }) =>
        html`<h2 id="${word}">${title}</h2>
      ${ledgerTable(title, lines)}`
      )}
    </main>
  `;
  return renderDocument("Claims ledger", `${style}\n${own}\n${hidingRules()}`, body);
}

/** A row whose verdict is not checked is not shown; browsers that cannot tell show all. */
function hidingRules(): string {
  return VERDICTS.map((verdict) =>
    `body:has(#${idOf(verdict)}:not(:checked)) tr.${idOf(verdict)} { display: none; }`
  ).join("\n");
}

function idOf(verdict: Verdict): string {
  return `is-${verdict.replaceAll(" ", "-")}`;
}

function badge(verdict: Verdict): Html {
  return html`<span class="verdict ${idOf(verdict)}-text">${verdict}</span>`;
}

function countTable(lines: readonly JudgedLine[]): Html {
  const papers = byPaper(lines);
  const found = countVerdicts(lines).map(([verdict]) => verdict);
  const heads = ["paper", ...found].map((title, i) =>
    html`
      <th scope="col" ${i > 0 ? new Html(' class="right"') : undefined}>${title}</th>
    `
  );
  const rows = papers.map(({ title, word, lines }) => {
    const counts = new Map(countVerdicts(lines));
    return html`<tr><th scope="row"><a href="#${word}">${title}</a></th>${
      found.map((verdict) => html`<td class="right">${counts.get(verdict) ?? 0}</td>`)
    }</tr>\n`;
  });
  return wideTable("Verdicts by paper", "layers", heads, rows);
}

function ledgerTable(title: string, lines: readonly JudgedLine[]): Html {
  const heads = ["claim", "published", "ours", "verdict"].map((head) =>
    html`<th scope="col">${head}</th>`
  );
  return html`
    <table class="ledger">
      <caption>${title}: published values and what Kerf found</caption>
      <thead>
        <tr>${heads}</tr>
      </thead>
      <tbody>
        ${lines.map(ledgerRow)}</tbody>
    </table>
  `;
}

function ledgerRow({ published, verdict, remark, note, findings, commands }: JudgedLine): Html {
  const about = aboutText(published);
  return html`
    <tr class="${idOf(verdict)}">
      <th scope="row">${published.claim}<small>${about}</small><small><code>${published
        .id}</code></small></th>
      <td data-head="published"><strong>${publishedText(published)}</strong><small>${published
        .source}${published.confidence === "article"
        ? " (not read in the paper itself)"
        : ""}</small></td>
      <td data-head="ours">${findings.length === 0
        ? html`<span class="soft">no number</span>`
        : findings.map(findingPart)}${commands.length === 0
        ? undefined
        : html`<details><summary>${commands.length === 1 ? "command" : "commands"}</summary>${
          commands.map((command) => html`<pre>${command}</pre>`)
        }</details>`}</td>
      <td data-head="verdict">${badge(verdict)}${remark === ""
        ? undefined
        : html`<small>${remark}</small>`}${note === ""
        ? undefined
        : html`<small>${note}</small>`}</td>
    </tr>\\n
  `;
}

function findingPart(finding: JudgedFinding): Html {
  const { what, source, record, rule, judgement } = finding;
  const words = html`${what}; ${source}, ${rule.statement}: ${judgement.verdict}`;
  const told = record === undefined
    ? words
    : html`${words} (<a href="${relativeUrl(`${record}/${PAGE_FILE}`)}">record</a>)`;
  return html`<p><strong>${numberText(finding)}</strong><small>${told}</small></p>`;
}
