/**
 * The page of the ledger. It needs no script: verdicts are chosen by check boxes that the style reads.
 *
 * @module
 */

import { TENSIONS } from "../../suites/claims/tensions.ts";
import { type Content, Html, html, relativeUrl, renderDocument } from "../report/html.ts";
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
  const { claim, id, source, confidence } = published;
  const read = confidence === "article" ? ", not in the paper itself" : "";
  const told = [remark, note].filter((text) => text !== "");
  return html`
    <tr class="${idOf(verdict)}">
      <th scope="row">${claim}${small(aboutText(published))}${small(html`<code>${id}</code>`)}</th>
      <td data-head="published">
        <strong>${publishedText(published)}</strong>
        <details><summary>read in</summary>${source}${read}</details>
      </td>
      <td data-head="ours">
        ${findings.length === 0 ? small("no number") : findings.map(findingPart)}
        ${commands.length === 0 ? undefined : commandsPart(commands)}
      </td>
      <td data-head="verdict">${badge(verdict)}${told.map((text) => small(withCode(text)))}</td>
    </tr>
  `;
}

function findingPart(finding: JudgedFinding, _: number, all: readonly JudgedFinding[]): Html {
  const { what, source, record, rule, judgement: { verdict } } = finding;
  const own = all.length > 1 ? `: ${verdict}` : "";
  const place = relativeUrl(`${record}/${PAGE_FILE}`);
  const link = record === undefined ? undefined : html`
    <a href="${place}">record</a>;
  `;
  const told = html`${what}; ${source}; ${link}wanted: ${rule.statement}${own}`;
  return html`<p><strong>${numberText(finding)}</strong>${small(told)}</p>`;
}

function commandsPart(commands: readonly string[]): Html {
  const title = commands.length === 1 ? "command" : "commands";
  const all = commands.map((command) => html`<p><code>${command}</code></p>`);
  return html`<details><summary>${title}</summary>${all}</details>`;
}

function small(content: Content): Html {
  return html`<small>${content}</small>`;
}

/** Text in which what stands in backticks is code. */
function withCode(text: string): Content {
  return text.split("`").map((part, i) => i % 2 === 0 ? part : html`<code>${part}</code>`);
}
