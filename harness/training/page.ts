/**
 * The page of a training: one HTML file that needs nothing but itself to be read.
 *
 * @module
 */

import type { EpochRecord } from "../../training/trainer_options.ts";
import { formatCount, formatMoment } from "../report/format.ts";
import { type Content, type Html, html, renderDocument } from "../report/html.ts";
import { chartFigure, chartScripts, definitions, pagePart } from "../report/page_parts.ts";
import { curveChart, formatShare, formatSmall, mainMetrics } from "./curve_chart.ts";
import type { RecordedTraining } from "./folder.ts";
import type { TrainingRecord } from "./record.ts";

/** Name of the chart's file beside the page. */
export const CHART_FILE = "curve.png";

/** Files beside the page that hold the records. */
const RECORD_FILES = ["curve.csv", "run.json"];

/** What a training is called. */
export function trainingTitle({ model, data }: TrainingRecord): string {
  return `${model.name} trained on ${data.source}`;
}

/** What a training found, in a sentence or two. */
export function trainingFinding({ record, epochs }: RecordedTraining): string {
  const { result, model } = record;
  const shape = `${formatCount(model.parameters)} parameters, ${formatCount(model.macs)}MACs.`;
  const last = epochs.at(-1);
  const shown = result ?? last;
  if (shown === undefined) return `No epoch is finished. ${shape}`;
  const found = mainMetrics(record).map((name) => `${name} ${formatShare(shown.metrics[name])}`);
  const when = result
    ? `the weights of epoch ${result.epoch} of ${epochs.length} were kept`
    : "not finished";
  return `${[...found, `loss ${formatSmall(shown.loss)}`].join(", ")}; ${when}. ${shape}`;
}

/** The page as one self-contained HTML document, with the chart's image expected beside it. */
export async function renderTrainingPage(training: RecordedTraining): Promise<string> {
  const { record, epochs } = training;
  const chart = curveChart(training);
  const title = `${trainingTitle(record)}, on ${record.machine}`;
  const body = html`<header>
<h1>${title}</h1>
${summary(record)}
<p class="finding">${trainingFinding(training)}</p>
</header>
<main>
<h2 id="curve">Curve</h2>
${chartFigure(chart, CHART_FILE)}
<details><summary>All epochs</summary>
${epochTable(record.metrics, epochs)}
</details>
<h2 id="origin">Where these numbers come from</h2>
<p>All of them were measured. This command trains the network again, to the same bits on the same kind
of processor with as many threads:</p>
<pre><code>${record.command}</code></pre>
<p>Records: ${
    RECORD_FILES.map((file, i) => html`${i === 0 ? "" : ", "}<a href="${file}">${file}</a>`)
  }.</p>
<div class="columns">
<section><h3>Environment</h3>${definitions(record.environment)}</section>
<section><h3>Settings</h3>${definitions({ ...record.settings, seed: record.seed })}</section>
</div>
</main>
${await chartScripts([chart])}`;
  return renderDocument(title, await pagePart("page_style.css"), body);
}

function summary({ run, model, data, started, finished, result }: TrainingRecord): Html {
  const samples = [data.train, ...data.test ? [data.test] : []]
    .map(({ name, description }) => `${name}: ${description}`);
  const end = finished === undefined ? "not finished" : `finished ${formatMoment(finished)}`;
  const file = result && html`<br>Network written: sha256 <code>${result.sha256}</code>.`;
  return html`
    <p
      class="soft">Samples of ${model.sample.join("x")}, ${data.classes} classes; ${samples.join(
        "; ",
      )}. Weights from ${model.weights}.<br>Run ${run}, begun ${formatMoment(
        started,
      )}, ${end}.${file}</p>
  `;
}

function epochTable(metrics: readonly string[], epochs: readonly EpochRecord[]): Content {
  const columns: readonly (readonly [title: string, cell: (epoch: EpochRecord) => string])[] = [
    ["epoch", ({ epoch }) => String(epoch)],
    ["learning rate", ({ rate }) => formatSmall(rate)],
    ["loss", ({ loss }) => formatSmall(loss)],
    ...metrics.map((name) => [name, (e: EpochRecord) => formatShare(e.metrics[name])] as const),
    ["training, s", ({ trainSeconds }) => trainSeconds.toFixed(1)],
    ["evaluation, s", ({ evaluationSeconds }) => evaluationSeconds.toFixed(1)],
  ];
  return html`
    <div class="wide" tabindex="0">
      <table>
        <thead>
          <tr>${columns.map(([title]) => html`<th scope="col" class="right">${title}</th>`)}</tr>
        </thead>
        <tbody>${epochs.map((epoch) =>
          html`<tr>${columns.map(([, cell]) => html`<td class="right">${cell(epoch)}</td>`)}</tr>\n`
        )}</tbody>
      </table>
    </div>
  `;
}
