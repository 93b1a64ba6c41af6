/**
 * Colours and type of all charts.
 *
 * @module
 */

import type { CaseResult } from "../result.ts";

/** Ink and paper of a chart; the page has one for light and one for dark. */
export interface ChartTheme {
  readonly ink: string;
  readonly grid: string;
  readonly paper: string;
}

/** Themes of the page, matching `page_style.css`. */
export const CHART_THEMES: { readonly light: ChartTheme; readonly dark: ChartTheme } = {
  light: { ink: "#3d434b", grid: "#e4e6e9", paper: "#ffffff" },
  dark: { ink: "#c3c8ce", grid: "#2d3238", paper: "#14171a" },
};

/** The first of these fonts that the machine has; the same as in `page_style.css`. */
export const FONT_FAMILY =
  "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif";

const BASELINE_COLOUR = "#5f6772";
const PEER_COLOUR = "#8d949e";

/** Okabe and Ito's palette for colour-blind readers, without black and yellow. */
export const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];

/** One colour per method, the same in every chart of a run: greys for what others are held against. */
export function methodColours(rows: readonly CaseResult[]): ReadonlyMap<string, string> {
  const colours = new Map<string, string>();
  for (const { role, spec } of rows) {
    if (role === "baseline") colours.set(spec.method, BASELINE_COLOUR);
    if (role === "peer") colours.set(spec.method, PEER_COLOUR);
  }
  let next = 0;
  for (const role of ["subject", "control"]) {
    for (const row of rows) {
      if (row.role !== role || colours.has(row.spec.method)) continue;
      colours.set(row.spec.method, PALETTE[next++ % PALETTE.length]);
    }
  }
  return colours;
}

/** The same colour, mostly transparent, for a lesser part of the same thing. */
export function pale(colour: string): string {
  return `${colour}66`;
}

/** Dark to light, as layers go from input to output; told apart without hue (viridis, ends cut). */
const RAMP = ["#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#e4dc2b"];

/** Colour of step `index` out of `count` along a ramp of rising lightness. */
export function rampColour(index: number, count: number): string {
  const position = count < 2 ? 0 : index / (count - 1) * (RAMP.length - 1);
  const left = Math.min(Math.floor(position), RAMP.length - 2);
  const mix = position - left;
  const channels = [1, 3, 5].map((at) => {
    const from = parseInt(RAMP[left].slice(at, at + 2), 16);
    const to = parseInt(RAMP[left + 1].slice(at, at + 2), 16);
    return Math.round(from + (to - from) * mix).toString(16).padStart(2, "0");
  });
  return `#${channels.join("")}`;
}
