/**
 * The part of an experiment's page that shows one cell at a time: notes, layers and traces.
 *
 * @module
 */

import { formatCount, formatPlain } from "../report/format.ts";
import type { ChartSpec } from "../report/chart_spec.ts";
import { type Content, type Html, html, relativeUrl } from "../report/html.ts";
import { definitions, plot } from "../report/page_parts.ts";
import { formatShare, formatSmall } from "../training/curve_chart.ts";
import { layerRateChart, traceChart } from "./detail_charts.ts";
import { plainTable } from "./page_tables.ts";
import type { CellRecord, CellResult } from "./records.ts";
import type { PartSummary } from "./summary.ts";
import { tracePath } from "./tables.ts";

/** Longer traces are for those who open the file. */
const MOST_ROWS = 60;

/** A section of the page, and the charts that it needs, by name. */
export interface Details {
  /** The section; nothing when no cell has a result. */
  readonly content: Content;
  /** Charts of which those of one cell at a time are drawn. */
  readonly charts: ReadonlyMap<string, ChartSpec>;
}

/** One cell with the first of its seeds that has a result. */
interface Shown {
  readonly record: CellRecord;
  readonly result: CellResult;
}

/** Details of all cells, to choose from. */
export function cellDetails(parts: readonly PartSummary[]): Details {
  const groups = parts.map(({ part, cells }) => ({
    title: part.title,
    shown: cells.flatMap(({ records }): Shown[] => {
      const record = records.find(({ result }) => result !== undefined);
      return record?.result ? [{ record, result: record.result }] : [];
    }),
  })).filter(({ shown }) => shown.length > 0);
  const all = groups.flatMap(({ shown }) => shown);
  if (all.length === 0) return { content: undefined, charts: new Map() };
  const first = all.find(({ result }) => result.layers.length > 0) ?? all[0];
  const charts = all.flatMap(({ record, result }) => [
    layerRateChart(record),
    ...result.traces.map((trace) => traceChart(record, trace)),
  ]).filter((chart) => chart !== undefined);
  const options = groups.map(({ title, shown }) =>
    html`<optgroup label="${title}">${
      shown.map(({ record }) =>
        html`
          <option value="${record.id}" ${record === first.record
            ? html`
              selected
            `
            : undefined}>${record.label}</option>
        `
      )
    }</optgroup>`
  );
  const sections = groups.flatMap(({ title, shown }) => shown.map((one) => section(title, one)));
  return {
    content: html`
      <h2 id="layers">Method by method</h2>
      <p data-needs-script
        hidden><label for="layers-of">Show</label> <select id="layers-of">${options}</select></p>
      ${sections}
    `,
    charts: new Map(charts.map((chart) => [chart.name, chart])),
  };
}

function section(part: string, { record, result }: Shown): Html {
  const { id, label, spec } = record;
  const shares = Object.entries(result.metrics).map(([name, value]) => [name, formatShare(value)]);
  const target = Object.entries(spec.target).map(([of, rate]) => `${formatPlain(rate)}× of ${of}`);
  const layers = layerRateChart(record);
  return html`
    <section data-layers="${id}">
      <details><summary>${label} on ${part}, seed ${spec.seed}</summary>
    <div class="columns">
    <section>${definitions(Object.fromEntries(shares))}</section>
    <section>${definitions({
      method: spec.method,
      target: target.join(""),
      ...spec.options,
      "MACs of training": formatCount(result.spent.trainingMacs),
    })}</section>
    </div>
    ${result.notes.length > 0
      ? html`<ul>${result.notes.map((n) => html`<li>${n}</li>`)}</ul>`
      : undefined}
    ${layers && figure(layers)}
    ${result.layers.length > 0 ? layerTable(label, result) : undefined}
    ${result.traces.map((trace) => {
      const chart = traceChart(record, trace);
      const file = tracePath(record, trace);
      const rows = trace.rows.slice(0, MOST_ROWS);
      return html`${chart ? figure(chart) : html`<h3>${trace.title}</h3>`}
<details><summary>${
        rows.length < trace.rows.length ? `First ${rows.length} of ` : ""
      }${trace.rows.length} rows</summary>
${plainTable(trace.title, trace.columns, rows.map((row) => row.map(shortened)))}
<p><a href="${relativeUrl(file)}">${file}</a></p>
</details>`;
    })}
      </details>
    </section>
  `;
}

function shortened(cell: string | number): string | number {
  return typeof cell === "number" ? Number(formatSmall(cell)) : cell;
}

function figure(chart: ChartSpec): Html {
  return html`<figure data-layer-chart="${chart.name}" data-needs-script hidden>
<h3>${chart.title}</h3>
<figcaption>${chart.subtitle}</figcaption>
${plot(chart)}
</figure>`;
}

function layerTable(label: string, { layers }: CellResult): Html {
  return html`<details><summary>${layers.length} layers</summary>
${
    plainTable(
      `Layers of ${label}`,
      ["layer", "decision", "MACs before", "MACs after", "weights before", "weights after", "rate"],
      layers.map(({ layer, decision, reason, denseMacs, macs, denseParams, params, rate }) => [
        layer,
        reason ? `${decision} (${reason})` : decision,
        ...[denseMacs, macs, denseParams, params].map(formatCount),
        formatPlain(rate),
      ]),
    )
  }
</details>`;
}
