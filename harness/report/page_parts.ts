/**
 * What the pages of all runs are made of: charts that a script draws, and facts by name.
 *
 * @module
 */

// Imported for its presence: makes Deno install the package whose browser build is read below.
import "chart.js";
import { drawMarks } from "./chart_marks.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { CHART_THEMES, FONT_FAMILY } from "./chart_style.ts";
import { type Content, Html, html, jsonElement, scriptElement } from "./html.ts";

/** Text of a file of this folder. */
export function pagePart(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

/** Chart.js for browsers: the package has it beside the module that Deno imports. */
function chartLibrary(): Promise<string> {
  return Deno.readTextFile(new URL("chart.umd.js", import.meta.resolve("chart.js")));
}

/**
 * The data of a page's charts, and the scripts that draw them into their figures.
 *
 * @param layerCharts Charts of which one at a time is shown, by id.
 */
export async function chartScripts(
  charts: readonly ChartSpec[],
  layerCharts: ReadonlyMap<string, ChartSpec> = new Map(),
): Promise<Html> {
  const [script, library] = await Promise.all([pagePart("page_script.js"), chartLibrary()]);
  const data = {
    charts: Object.fromEntries(charts.map((chart) => [chart.name, chart.config])),
    layerCharts: Object.fromEntries([...layerCharts].map(([id, chart]) => [id, chart.config])),
    themes: CHART_THEMES,
    fontFamily: FONT_FAMILY,
  };
  return html`${jsonElement("run-data", data)}
${scriptElement(library, "text/javascript")}
${scriptElement(`const drawMarks = ${drawMarks.toString()};\n${script}`, "module")}`;
}

/**
 * A chart with its words.
 *
 * @param image Path of its PNG file from the page, for browsers without JavaScript.
 */
export function chartFigure(chart: ChartSpec, image: string): Html {
  return html`
    <figure data-chart="${chart.name}">
    <h3>${chart.title}</h3>
    <figcaption>${chart.subtitle}</figcaption>
    ${plot(chart)}
    <noscript><img src="${image}" alt="${chart.alternative}"></noscript>
    </figure>
  `;
}

/** Where a chart is drawn; hidden until the script that draws into it runs. */
export function plot(chart: ChartSpec): Html {
  return html`
    <div class="plot" style="height: ${chart.height}px" data-needs-script hidden>
      <canvas role="img" aria-label="${chart.alternative}"></canvas>
    </div>
  `;
}

/** The attribute of cells whose content stands to the right; nothing for others. */
export function alignment(align: "left" | "right"): Html | undefined {
  return align === "right" ? new Html(' class="right"') : undefined;
}

/** A heading that is a button by which the table is sorted. */
export function sortingHead(
  { group, title, align }: {
    /** What neighbours share, above the title; empty for nothing. */
    readonly group: string;
    readonly title: string;
    readonly align: "left" | "right";
  },
): Html {
  const above = group === "" ? undefined : html`<small>${group}</small>`;
  return html`
    <th scope="col" aria-sort="none"
      ${alignment(align)}><button type="button">${above}${title}</button></th>
  `;
}

/**
 * A table that scrolls sideways where the page is too narrow for it.
 *
 * @param kind Class that its look depends on.
 */
export function wideTable(
  caption: string,
  kind: "comparison" | "layers",
  heads: Content,
  rows: Content,
): Html {
  return html`
    <div class="wide" role="region" aria-label="${caption}" tabindex="0">
      <table class="${kind}">
        <thead>
          <tr>${heads}</tr>
        </thead>
        <tbody>
    ${rows}</tbody>
      </table>
    </div>
  `;
}

/** Facts by name. */
export function definitions(record: Readonly<Record<string, string | number | boolean>>): Html {
  return html`<dl>${
    Object.entries(record).map(([name, value]) => html`<dt>${name}</dt><dd>${String(value)}</dd>\n`)
  }</dl>`;
}
