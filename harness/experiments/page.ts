/**
 * The page of an experiment: one HTML file that needs nothing but itself to be read.
 *
 * @module
 */

import { canonicalJson } from "../case.ts";
import type { ChartSpec } from "../report/chart_spec.ts";
import { formatMoment } from "../report/format.ts";
import { type Content, type Html, html, renderDocument } from "../report/html.ts";
import { chartPath } from "../report/page.ts";
import { chartFigure, chartScripts, definitions, pagePart } from "../report/page_parts.ts";
import { partCharts } from "./charts.ts";
import { claimsFinding, type JudgedClaim } from "./claims.ts";
import { cellDetails } from "./page_details.ts";
import { cellTable, claimTable, rateTable } from "./page_tables.ts";
import type { CellRecord, ExperimentManifest } from "./records.ts";
import { experimentFinding, LEVEL, type PartSummary, summarise } from "./summary.ts";
import { TABLE_FILES } from "./table_columns.ts";

/** What a page shows besides the records. */
export interface ExperimentPageOptions {
  /** What is said of papers' claims. */
  readonly claims: readonly JudgedClaim[];
  /** Latencies of the networks. @default the page has no such section */
  readonly latency?: Html;
}

/** What an experiment is called. */
export function experimentTitle({ title, scale, machine }: ExperimentManifest): string {
  return `${title} (${scale}), on ${machine}`;
}

/** The charts that are also PNG files, in the order of the page. */
export function experimentCharts(parts: readonly PartSummary[]): ChartSpec[] {
  return parts.flatMap(partCharts);
}

/**
 * The page as one self-contained HTML document. PNG files of the charts are expected at
 * {@linkcode chartPath}, for browsers without JavaScript.
 */
export async function renderExperimentPage(
  manifest: ExperimentManifest,
  records: readonly CellRecord[],
  { claims, latency }: ExperimentPageOptions,
): Promise<string> {
  const parts = summarise({ manifest, records });
  const details = cellDetails(parts);
  const title = experimentTitle(manifest);
  const end = manifest.finished === undefined
    ? "not finished"
    : `finished ${formatMoment(manifest.finished)}`;
  const body = html`
    <header>
      <h1>${title}</h1>
      <p class="soft">Begun ${formatMoment(manifest.started)}, ${end}.</p>
      <p class="finding">${experimentFinding({ manifest, records })} ${claimsFinding(claims)}</p>
    </header>
    <main>
    ${claimSection(claims)}
    ${parts.map(partSection)}
    ${latency && html`<h2 id="latency">Latency</h2>\n${latency}`}
    ${details.content}
    <h2 id="how-to-read">How to read this</h2>
    <ul>${howToRead().map((text) => html`<li>${text}</li>`)}</ul>
    ${origin(manifest, records, parts)}
    </main>
    ${await chartScripts(experimentCharts(parts), details.charts)}
  `;
  return renderDocument(title, await pagePart("page_style.css"), body);
}

function claimSection(claims: readonly JudgedClaim[]): Content {
  if (claims.length === 0) return undefined;
  return html`
    <h2 id="claims">What papers claim</h2>
    <p
      class="soft">Differences of the same seed, left less right, with their ${100 *
        LEVEL} % interval over
    seeds. A claim holds here when the interval lies on its side, is against when it lies on the other, and
    is undecided when it touches both, or when there is one seed. Smaller networks on other data than the
    papers': what is against them here need not be so there.</p>
    ${claimTable(claims)}
  `;
}

function partSection(summary: PartSummary): Html {
  const { part, cells } = summary;
  const facts = [part.network, part.data].filter((text) => text !== "").join("; ");
  const partly = cells.filter(({ problems, results }) => problems.length > 0 && results.length > 0);
  return html`
    <h2 id="part-${part.id}">${part.title}</h2>
    <p class="soft">${facts}${facts === "" ? "" : "."}</p>
    ${skippedText(summary)}
    ${cells.length > 0 ? cellTable(summary) : undefined}
    ${partly.map(({ label, problems }) =>
      html`<p class="warning">${label}: ${problems.join("; ")}</p>`
    )}
    ${rateSection(summary)}
    ${partCharts(summary).map((chart) => chartFigure(chart, chartPath(chart)))}
  `;
}

/** How far methods go. */
function rateSection(summary: PartSummary): Content {
  const table = rateTable(summary);
  return table && html`
    <h3>Highest rates</h3>
    <p
      class="soft">The highest rate that was tried, as it was reached, at which the mean over seeds is no lower than the
    reference's, or by half a point at most. &lt;: the lowest that was tried loses more; ≥: none higher was
    tried. Intervals are left aside.</p>
    ${table}
  `;
}

/** Why a part was not run or not gone on with, or that nothing is finished. */
function skippedText({ part: { skipped }, cells }: PartSummary): Content {
  if (skipped !== undefined) {
    const what = cells.length > 0 ? "Not continued" : "Not run";
    return html`<p class="warning">${what}: ${skipped}.</p>`;
  }
  return cells.length > 0 ? undefined : html`<p>No cell is finished.</p>`;
}

function howToRead(): string[] {
  return [
    "Just cut: the compressed network before what is left of it learns on. Final: after retraining. " +
    "Both by test samples, which no method has seen (measured).",
    "Loss: the dense network of the same seed less the final one, in percentage points.",
    `In brackets: Student's ${
      100 * LEVEL
    } % interval of the mean over seeds. It tells what other ` +
    "seeds would give, not other data; with one seed there is none.",
    "Reductions are dense ÷ kept, of MACs and of weights (derived). Stored: values and indices of our " +
    "compact form (derived).",
    "Epochs, evaluations of searches and time are what the compression cost: every method may spend the " +
    "same epochs. Time is measured while the machine may do other work: it tells the order of " +
    "magnitude.",
  ];
}

function origin(
  manifest: ExperimentManifest,
  records: readonly CellRecord[],
  parts: readonly PartSummary[],
): Html {
  const own = canonicalJson(manifest.environment);
  const others = new Map(
    records.map(({ environment }) => [canonicalJson(environment), environment] as const)
      .filter(([key]) => key !== own),
  );
  return html`
    <h2 id="origin">Where these numbers come from</h2>
    <p>This command makes the experiment again; finished cells are not repeated:</p>
    <pre><code>${manifest.command}</code></pre>
    <p>Records: ${[...TABLE_FILES, "experiment.json"].map((file, i) =>
      html`${i === 0 ? "" : ", "}<a href="${file}">${file}</a>`
    )}; all of every cell in the folder cells.</p>
    <div class="columns">
    <section><h3>Environment</h3>${definitions(manifest.environment)}</section>
    ${[...others.values()].map((environment) =>
      html`<section><h3>Environment of other cells</h3>${definitions(environment)}</section>`
    )}
    ${parts.filter(({ part, cells }) => part.skipped === undefined || cells.length > 0).map((
      { part: { title, settings } },
    ) => html`<section><h3>Settings of ${title}</h3>${definitions(settings)}</section>`)}
    </div>
  `;
}
