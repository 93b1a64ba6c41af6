/**
 * The page of a co-execution: one HTML file that needs nothing but itself to be read.
 *
 * @module
 */

import type { CopyCost } from "../../devices/coexecution/costs.ts";
import { formatMoment, formatMs, formatRatio } from "../report/format.ts";
import { type Content, type Html, html, renderDocument } from "../report/html.ts";
import {
  alignment,
  chartFigure,
  chartScripts,
  definitions,
  pagePart,
  wideTable,
} from "../report/page_parts.ts";
import type { TextColumn } from "../report/text_table.ts";
import type { CoexecutionRecord } from "./record.ts";
import {
  BRANCH_COLUMNS,
  branchRows,
  type Coexecution,
  coexecutionCharts,
  NOTHING_TO_DIVIDE,
  WHOLE_COLUMNS,
} from "./report.ts";

/** What a co-execution is called. */
export function coexecutionTitle({ network, machine }: CoexecutionRecord): string {
  return `${network} on both processors of ${machine}`;
}

/** What came of it, in a sentence or two. */
export function coexecutionFinding({ whole, branches, calls }: CoexecutionRecord): string {
  const [gpu, cpu, both] = whole.map(({ measured }) => measured);
  const moved = branches.all === 0
    ? "There is nothing to divide"
    : `The CPU takes ${branches.cpu} of ${branches.all} branches`;
  return `${moved}. One run took ${formatMs(both)} ms on both, ${formatMs(gpu)} ms on the GPU ` +
    `alone and ${formatMs(cpu)} ms on the CPU alone: ${
      formatRatio(Math.min(gpu, cpu) / both)
    } the ` +
    `speed of the faster one (${
      calls === 1 ? "one run" : `medians of ${calls} runs`
    }, no intervals).`;
}

/**
 * The page as one self-contained HTML document.
 *
 * @param files Names of the CSV files beside it.
 * @param chartPath Path of a chart's PNG file from the page.
 */
export async function renderCoexecutionPage(
  found: Coexecution,
  record: CoexecutionRecord,
  files: readonly string[],
  chartPath: (name: string) => string,
): Promise<string> {
  const charts = coexecutionCharts(found), title = coexecutionTitle(record);
  const { decision, costs } = found, { threads, input, device } = record;
  const body = html`
    <header>
      <h1>${title}</h1>
      <p
        class="soft">On ${device}; ${threads} ${threads === 1
          ? "thread"
          : "threads"} of the CPU; input: ${input}.<br>Run ${record.run}, begun ${formatMoment(
            record.started,
          )}.</p>
      <p class="finding">${coexecutionFinding(record)}</p>
    </header>
    <main>
    <h2 id="whole">Whole network</h2>
    ${table("Whole network", WHOLE_COLUMNS, record.whole)}
    <p class="soft">Modelled: when the last step ends, by the times of operators and copies, each measured
    while the other processor rests. Measured: a median, outputs held to ONNX Runtime's.</p>
    <h2 id="timelines">Timelines</h2>
    ${charts.map((chart) => chartFigure(chart, chartPath(chart.name)))}
    <h2 id="decisions">Decisions</h2>
    ${branchRows(decision).length === 0
      ? html`<p>${NOTHING_TO_DIVIDE}.</p>`
      : table("Decisions", BRANCH_COLUMNS, branchRows(decision))}
    <ul>${decision.regions.map(({ name, reason }) =>
      html`<li><strong>${name}</strong>: ${reason}</li>\n`
    )}</ul>
    <h2 id="formula">How it is decided</h2>
    <p>Of a branch <i>1</i> that stays on the GPU, and a branch <i>2</i> beside it that the CPU could
    take, with the times <i>g</i> of their operators on the GPU, <i>c</i> on the CPU and <i>t</i> of the
    copies that branch 2 then needs, it moves if</p>
    <pre><code>max(g1, c2 + t) &lt; g1 + g2</code></pre>
    <p>In general every assignment of branches has a schedule, and the one that ends first is taken. A copy
    of <i>n</i> MiB takes, by a line through measured copies,</p>
    <pre><code>${[copyFormula("to the GPU", costs.toGpu), copyFormula("to the CPU", costs.toCpu)]
      .join("\n")}</code></pre>
    <h2 id="origin">Where these numbers come from</h2>
    <p>This command makes the run again:</p>
    <pre><code>${record.command}</code></pre>
    <p>Records: ${[...files, "run.json"].map((file, i) =>
      html`${i === 0 ? "" : ", "}<a href="${file}">${file}</a>`
    )}.</p>
    <h3>Environment</h3>
    ${definitions(record.environment)}
    </main>
    ${await chartScripts(charts)}
  `;
  return renderDocument(title, await pagePart("page_style.css"), body);
}

function copyFormula(where: string, { fixed, perByte }: CopyCost): string {
  return `${where}: t = ${formatMs(fixed / 1e6)} ms + ${formatMs(perByte * 2 ** 20 / 1e6)} ms x n`;
}

function table<Row>(
  caption: string,
  columns: readonly TextColumn<Row>[],
  rows: readonly Row[],
): Html {
  const cells = (row: Row): Content =>
    columns.map(({ align = "left", cell }, i) =>
      i === 0
        ? html`<th scope="row">${cell(row)}</th>`
        : html`<td${alignment(align)}>${cell(row)}</td>`
    );
  const heads = columns.map(({ title, align = "left" }) =>
    html`
      <th scope="col" ${alignment(align)}>${title}</th>
    `
  );
  return wideTable(caption, "layers", heads, rows.map((row) => html`<tr>${cells(row)}</tr>\n`));
}
