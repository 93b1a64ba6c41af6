/**
 * What devices told besides times, as parts of a run's page: energy and events of whole calls, layer by
 * layer, and 1x1 factors apart.
 *
 * @module
 */

import { machineOf } from "../measure/fastest_peer.ts";
import type { RunResult } from "../result.ts";
import { perThousandMacs } from "./chart_factors.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { type FactorCosts, factorCosts, type FactorisedLayers } from "./factor_costs.ts";
import { DRAM, ENERGY, type Figure, L1D_MISSES, LAST_MISSES } from "./figures.ts";
import { capitalised, formatCount, formatPlain, formatRatio } from "./format.ts";
import { type Content, type Html, html } from "./html.ts";
import { type GridCell, type LayerGrid, layerGrids } from "./layer_grid.ts";
import { chartFigure, wideTable } from "./page_parts.ts";
import { caseTable } from "./page_table.ts";
import { labelOnDevice } from "./devices.ts";
import {
  hasReadings,
  READING_SOURCES,
  readingColumns,
  readingGroups,
  readingOrigins,
  unavailableReadings,
} from "./readings.ts";

/**
 * All of it; nothing where no device told anything.
 *
 * @param charts Charts of readings.
 * @param pathOf Path of a chart's picture from the page.
 */
export function readingSection(
  run: RunResult,
  charts: readonly ChartSpec[],
  pathOf: (chart: ChartSpec) => string,
): Content {
  if (!hasReadings(run)) return undefined;
  const list = (texts: readonly string[]) => texts.map((text) => html`<li>${text}</li>\n`);
  const origins = readingOrigins(run), missing = unavailableReadings(run);
  const figures = (wanted: (name: string) => boolean) =>
    charts.filter(({ name }) => wanted(name)).map((chart) => chartFigure(chart, pathOf(chart)));
  const ofLayers = (name: string) => name.startsWith("layers-");
  const ofFactors = (name: string) => name.startsWith("factors-");
  return html`<h2 id="readings">Energy and events</h2>
<p class="soft">${READING_SOURCES}</p>
${
    readingGroups(run).map((group) =>
      html`
        <h3 class="device">On ${group.device}</h3>
        ${caseTable(`Energy and events on ${group.device}`, readingColumns(group), group.rows)}
      `
    )
  }
${missing.length > 0 ? html`<ul class="caution">${list(missing)}</ul>` : undefined}
${
    origins.length > 0
      ? html`
        <details>
          <summary>Where these numbers come from</summary>
          <ul>${list(origins)}</ul>
        </details>
      `
      : undefined
  }
${figures((name) => !ofLayers(name) && !ofFactors(name))}
${gridSection(layerGrids(run))}
${figures(ofLayers)}
${factorSection(factorCosts(run))}
${figures(ofFactors)}`;
}

/** Grids of which a script shows one at a time. */
function gridSection(grids: readonly LayerGrid[]): Content {
  if (grids.length === 0) return undefined;
  const choice = (name: string, title: string, values: ReadonlyMap<string, string>) =>
    html`
      <label>${title} <select data-chooses="${name}">${[...values].map(([value, text]) =>
        html`
          <option value="${value}">${text}</option>
        `
      )}</select></label>
    `;
  return html`
    <h2 id="by-layer">Misses and energy by layer</h2>
    <p
      class="soft">Of one call. Small: ÷ that of the same layer of dense. Below a layer that was factorised
    stand its factors; groups, phases and paddings are in what they belong to.</p>
    <p class="choices" data-needs-script hidden>${choice(
      "figure",
      "What",
      new Map(grids.map(({ figure }) => [figure.id, figure.title])),
    )} ${choice("device", "Device", new Map(grids.map(({ device }) => [device, device])))}</p>
    ${grids.map(gridTable)}
  `;
}

function gridTable({ device, figure, source, columns, lines }: LayerGrid): Html {
  const title = `${capitalised(figure.title)} by layer on ${device}, ${source}`;
  const heads = ["layer", ...columns].map((text, i) =>
    html`
      <th scope="col" ${i === 0 ? undefined : html`
        class="right"
      `}>${text}</th>
    `
  );
  const cell = (one: GridCell | undefined) =>
    html`<td class="right">${one && figure.shown.format(one.value)}${
      one?.ratio === undefined ? undefined : html`<small>${formatRatio(one.ratio)}</small>`
    }</td>`;
  const rows = lines.map((line) =>
    html`<tr class="${line.kind}"><th scope="row">${line.title}</th>${line.cells.map(cell)}</tr>\n`
  );
  return html`
    <section data-chosen data-figure="${figure.id}" data-device="${device}">
    <h3>${title}</h3>
    ${wideTable(title, "layers", heads, rows)}
    </section>
  `;
}

const PER_MAC = "÷ 1000 MACs";

/** One column of the table of factors. */
interface FactorColumn {
  readonly title: string;
  text(costs: FactorCosts): string;
}

function told({ told }: FactorCosts, figure: Figure): number | undefined {
  return figure.of((quantity) => told.get(quantity))?.value.value;
}

function ofFigure(figure: Figure): FactorColumn {
  return {
    title: figure.title,
    text(costs) {
      const value = told(costs, figure);
      return value === undefined ? "" : figure.shown.format(value);
    },
  };
}

function rateOf(figure: Figure): FactorColumn {
  return {
    title: PER_MAC,
    text(costs) {
      const value = perThousandMacs(costs, figure);
      return value === undefined ? "" : formatPlain(value);
    },
  };
}

const FACTOR_COLUMNS: readonly FactorColumn[] = [
  { title: "MACs", text: ({ macs }) => formatCount(macs) },
  ofFigure(L1D_MISSES),
  rateOf(L1D_MISSES),
  ofFigure(LAST_MISSES),
  rateOf(LAST_MISSES),
  ofFigure(DRAM),
  {
    title: "MACs ÷ DRAM byte",
    text(costs) {
      const bytes = told(costs, DRAM);
      return bytes ? formatPlain(costs.macs / bytes) : "";
    },
  },
  ofFigure(ENERGY),
  {
    title: "pJ ÷ MAC",
    text(costs) {
      const joules = told(costs, ENERGY);
      return joules === undefined || costs.macs === 0
        ? ""
        : formatPlain(joules * 1e12 / costs.macs);
    },
  },
];

function factorSection(all: readonly FactorisedLayers[]): Content {
  if (all.length === 0) return undefined;
  return html`
    <h2 id="factors">1x1 factors apart</h2>
    <p
      class="soft">A 1x1 convolution uses what it reads only a few times. So Kim et al. (2016) explain why
    factorised networks gain less than their MACs promise. Here are the factors of all factorised layers
    together, by kind, and the same layers as they were.</p>
    ${[...Map.groupBy(all, ({ row }) => row.id).values()].map((own) => {
      const [{ row }] = own;
      const title = `${labelOnDevice(row)} on ${machineOf(row)}`;
      const heads = ["", ...FACTOR_COLUMNS.map(({ title }) => title)].map((text, i) =>
        html`
          <th scope="col" ${i === 0 ? undefined : html`
            class="right"
          `}>${text}</th>
        `
      );
      return html`
        <h3 class="device">${title}</h3>
        ${own.map((layers) => comparison(layers))}
        ${wideTable(`Factors of ${title}`, "layers", heads, own.map(factorRows))}
      `;
    })}
  `;
}

function factorRows({ of, count, costs }: FactorisedLayers): Html {
  return html`<tr class="whole"><th scope="row">${count} ${of}</th>${
    FACTOR_COLUMNS.map(() => html`<td></td>`)
  }</tr>\n${
    costs.map((line) =>
      html`<tr class="${
        line.kind === "factor" ? "factor" : "layer"
      }"><th scope="row">${line.title}</th>${
        FACTOR_COLUMNS.map(({ text }) => html`<td class="right">${text(line)}</td>`)
      }</tr>\n`
    )
  }`;
}

/** How much more often 1x1 factors miss than the core and than the dense layers, in a sentence. */
function comparison({ of, costs }: FactorisedLayers): Content {
  const pointwise = costs.filter(({ title }) => title.endsWith(", 1x1"));
  const others = [["core", "the core"], ["the same, dense", "the same layers, dense"]] as const;
  const words = others.flatMap(([title, name]) => {
    const other = costs.find((one) => one.title === title);
    const ratios = [L1D_MISSES, LAST_MISSES].map((figure) => ratioPerMac(pointwise, other, figure));
    return ratios.every((ratio) => ratio !== undefined)
      ? [`${formatRatio(ratios[0])} and ${formatRatio(ratios[1])} as often as ${name}`]
      : [];
  });
  if (of !== "convolutions" || words.length === 0) return undefined;
  return html`<p>For each MAC, 1x1 factors miss the first and the last cache ${
    words.join(", ")
  }.</p>`;
}

function ratioPerMac(
  own: readonly FactorCosts[],
  other: FactorCosts | undefined,
  figure: Figure,
): number | undefined {
  let [misses, macs] = [0, 0];
  for (const costs of own) {
    misses += told(costs, figure) ?? NaN;
    macs += costs.macs;
  }
  const before = other && perThousandMacs(other, figure);
  const ratio = before ? 1000 * misses / macs / before : NaN;
  return Number.isFinite(ratio) ? ratio : undefined;
}
