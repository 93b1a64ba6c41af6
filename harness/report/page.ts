/**
 * The page of a run: one HTML file that needs nothing but itself to be read, and holds the same
 * numbers as the table and the records.
 *
 * @module
 */

import { layerComparison } from "./chart_layers.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { comparisonCharts } from "./charts.ts";
import { toldCharts } from "./charts_told.ts";
import { detailColumns, tableColumns } from "./columns.ts";
import { deviceTitles } from "./devices.ts";
import { formatMoment } from "./format.ts";
import { type Content, type Html, html, renderDocument } from "./html.ts";
import { chartFigure, chartScripts, definitions, pagePart, plot } from "./page_parts.ts";
import { caseTable, layerTable } from "./page_table.ts";
import { howToRead, isCounted, sentence, shownRows, statusText, undecided } from "./reading.ts";
import { hasReadings } from "./readings.ts";
import { readingSection } from "./page_readings.ts";
import { LAYER_READINGS_FILE } from "../records/layer_readings.ts";
import { keyFinding } from "./finding.ts";
import { remarks } from "./remarks.ts";
import type { CaseResult, RunResult } from "../result.ts";

/** Files beside the page that hold the records. */
const RECORD_FILES = ["summary.csv", "layers.csv", "samples.csv", "manifest.json"];
/** The files that are there when a device told more than times. */
const READING_FILES = ["readings.csv", LAYER_READINGS_FILE];

/** Name of the page in a run's folder. */
export const PAGE_FILE = "index.html";

/** Path of a chart's PNG file, relative to the page. */
export function chartPath(chart: ChartSpec): string {
  return `charts/${chart.name}.png`;
}

/**
 * The page as one self-contained HTML document. PNG files of the charts are expected at
 * {@linkcode chartPath}, for browsers without JavaScript.
 */
export async function renderPage(run: RunResult): Promise<string> {
  const rows = shownRows(run);
  const charts = comparisonCharts(run), told = toldCharts(run);
  const { manifest } = run;
  const title = `${manifest.suite} on ${manifest.machine}`;
  const layerCharts = rows.flatMap((row) => {
    const chart = layerComparison(run, row);
    return chart ? [[row.id, chart] as const] : [];
  });
  const readings = readingSection(run, told, chartPath);
  const counted = isCounted(run);
  const body = html`<header>
<h1>${title}</h1>
${summary(run, rows)}
<p class="finding">${keyFinding(run)}</p>
<p>${undecided(run)}</p>
</header>
<main>
<h2 id="comparison">Comparison</h2>
${caseTable("Comparison of all cases", tableColumns(run), rows)}
<h2 id="how-to-read">How to read this</h2>
<ul>${howToRead(run).map((text) => html`<li>${text}</li>\n`)}</ul>
${counted ? readings : undefined}
${chartSection(charts)}
${notes(rows)}
${warnings(run)}
${counted ? undefined : readings}
${layerSection(rows, new Map(layerCharts))}
<h2 id="details">Correctness, loading and memory</h2>
<p class="soft">The relative error is against ONNX Runtime on the same weights and input.</p>
${caseTable("Correctness, loading and memory", detailColumns(run), rows)}
${origin(run)}
</main>
${await chartScripts([...charts, ...told], new Map(layerCharts))}`;
  return renderDocument(title, await pagePart("page_style.css"), body);
}

function summary(run: RunResult, rows: readonly CaseResult[]): Html {
  const { manifest } = run;
  const unique = (values: readonly (string | number)[]) => [...new Set(values)].join(", ");
  const facts = [
    `Model ${unique(rows.map(({ spec }) => spec.model))}`,
    `methods ${unique(rows.map(({ spec }) => spec.method))}`,
    `${unique(rows.map(({ spec }) => spec.threads))} threads`,
    ...deviceTitles(run).map((title) => `on ${title}`),
    `input: ${manifest.input}`,
  ];
  const begun = formatMoment(manifest.started);
  const end = manifest.finished === undefined
    ? "not finished"
    : `finished ${formatMoment(manifest.finished)}`;
  return html`<p class="soft">${facts.join("; ")}.<br>Run ${manifest.run}, begun ${begun}, ${end}.${
    manifest.warnings.length === 0 ? undefined : html`
      <a class="caution" href="#warnings">Warnings: ${manifest.warnings.length}</a>
    `
  }</p>`;
}

function chartSection(charts: readonly ChartSpec[]): Content {
  if (charts.length === 0) return undefined;
  return html`<h2 id="charts">Charts</h2>
${charts.map((chart) => chartFigure(chart, chartPath(chart)))}`;
}

function warnings({ manifest }: RunResult): Content {
  if (manifest.warnings.length === 0) return undefined;
  const items = manifest.warnings.map(({ code, cause, remedy }) =>
    html`<p class="warning" id="warning-${code}"><strong>${sentence(cause)}</strong> ${
      sentence(remedy)
    }</p>\n`
  );
  return html`<h2 id="warnings">Warnings</h2>\n${items}`;
}

function notes(rows: readonly CaseResult[]): Content {
  const items = remarks(rows).map((text) => html`<li>${text}</li>\n`);
  return items.length === 0 ? undefined : html`<h2 id="notes">Notes</h2>\n<ul>${items}</ul>`;
}

function layerSection(
  rows: readonly CaseResult[],
  charts: ReadonlyMap<string, ChartSpec>,
): Content {
  const layered = rows.filter((row) => row.layers.length > 0);
  if (layered.length === 0) return undefined;
  const first = layered.find((row) => row.role === "subject") ?? layered[0];
  const options = layered.map((row) =>
    html`
      <option value="${row.id}" ${row === first
        ? html`
          selected
        `
        : undefined}>${row.label}</option>
    `
  );
  return html`
    <h2 id="layers">Layer by layer</h2>
    <p data-needs-script
      hidden><label for="layers-of">Case</label> <select id="layers-of">${options}</select></p>
    ${layered.map((row) => {
      const chart = charts.get(row.id);
      const status = statusText(row);
      return html`
        <section data-layers="${row.id}">
        ${chart && html`<figure data-layer-chart data-needs-script hidden>
<h3>${chart.title}</h3>
<figcaption>${chart.subtitle}</figcaption>
${plot(chart)}
</figure>`}
        <details><summary>Layers of ${row.label}</summary>
        ${status === "" ? undefined : html`<p class="soft">${status}</p>`}
        ${layerTable(row)}
        </details>
        </section>
      `;
    })}
  `;
}

function origin(run: RunResult): Html {
  const { manifest } = run;
  const files = [...RECORD_FILES, ...(hasReadings(run) ? READING_FILES : [])];
  return html`
    <h2 id="origin">Where these numbers come from</h2>
    <p>This command makes the run again:</p>
    <pre><code>${manifest.command}</code></pre>
    <p>Records: ${files.map((file, index) =>
      html`${index === 0 ? "" : ", "}<a href="${file}">${file}</a>`
    )}.</p>
    <div class="columns">
      <section><h3>Environment</h3>${definitions(manifest.environment)}</section>
      <section><h3>Settings</h3>${definitions(manifest.settings)}
    <h3>Seeds</h3>${definitions(manifest.seeds)}</section>
    </div>
  `;
}
