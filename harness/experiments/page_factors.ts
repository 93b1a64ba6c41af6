/**
 * Factorised layers, one by one, as a part of an experiment's page.
 *
 * @module
 */

import { formatCount, formatInterval, formatMs, formatPlain } from "../report/format.ts";
import { type Content, type Html, html } from "../report/html.ts";
import { wideTable } from "../report/page_parts.ts";
import type { Estimate } from "../result.ts";
import type { FactorisedLayer, FactorTime } from "./factor_times.ts";

/**
 * What each layer took before, and what its factors take: multiply-accumulates over milliseconds.
 *
 * @param title Heading, e.g. `"Layers of VGG-16, factorised at 3.3x"`.
 * @param layers Those of one row of the run.
 */
export function factorTable(title: string, layers: readonly FactorisedLayer[]): Html {
  const names = [...new Set(layers.flatMap(({ factors }) => factors.map(({ factor }) => factor)))];
  const heads = ["layer", "before", ...names, "all factors", "MACs, before ÷ after", "speed-up"];
  const rows = layers.map(({ layer, decision, denseMacs, dense, factors }) => {
    const whole = sumOf(factors);
    const cells: Content[] = [
      costs(denseMacs, dense),
      ...names.map((name) => {
        const found = factors.find(({ factor }) => factor === name);
        return found && costs(found.macs, found.microseconds);
      }),
      costs(whole.macs, whole.microseconds),
      formatPlain(denseMacs / whole.macs),
      dense && whole.microseconds && formatPlain(dense.value / whole.microseconds.value),
    ];
    return html`<tr><th scope="row">${layer} <small>${decision}</small></th>${
      cells.map((cell) => html`<td class="right">${cell}</td>`)
    }</tr>\n`;
  });
  return html`
    <h3>${title}</h3>
    ${wideTable(title, "layers", heads.map((head) => html`<th scope="col">${head}</th>`), rows)}
    <p
      class="soft">Multiply-accumulates, and the median time in milliseconds. Before: the dense layer in
    its fastest form.</p>
  `;
}

function costs(macs: number, microseconds: Estimate | undefined): Html {
  const text = (us: number) => formatMs(us / 1000);
  return html`${formatCount(macs)}${
    microseconds &&
    html`<br>${text(microseconds.value)} <small>${formatInterval(microseconds, text)}</small>`
  }`;
}

/** All factors together: medians add up, their intervals do not. */
function sumOf(factors: readonly FactorTime[]): Pick<FactorTime, "macs" | "microseconds"> {
  const times = factors.flatMap(({ microseconds }) => microseconds ? [microseconds] : []);
  const macs = factors.reduce((sum, factor) => sum + factor.macs, 0);
  if (times.length < factors.length) return { macs };
  const value = times.reduce((sum, time) => sum + time.value, 0);
  return { macs, microseconds: { value, rounds: times[0].rounds } };
}
