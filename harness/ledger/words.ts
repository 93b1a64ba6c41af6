/**
 * How the ledger is put into words, in the terminal and on the page alike.
 *
 * @module
 */

import { PAPERS, type Published } from "../../suites/claims/published.ts";
import { formatPoints, formatPointsInterval } from "../experiments/columns.ts";
import { formatInterval, formatPlain } from "../report/format.ts";
import type { Finding } from "./finding.ts";
import type { JudgedLine } from "./judge.ts";
import { type Verdict, VERDICTS } from "./verdict.ts";

/** The papers by the words that people type, and as people call them. */
export const PAPER_NAMES: Readonly<
  Record<typeof PAPERS[number], { readonly word: string; readonly title: string }>
> = {
  RT3D: { word: "rt3d", title: "RT3D" },
  YOLObile: { word: "yolobile", title: "YOLObile" },
  Kim2016: { word: "tucker", title: "Kim et al. 2016 (Tucker, one shot)" },
  AutoCompress: { word: "autocompress", title: "AutoCompress" },
};

/** The lines of each paper that has some. */
export function byPaper(lines: readonly JudgedLine[]) {
  return PAPERS.map((paper) => ({
    paper,
    ...PAPER_NAMES[paper],
    lines: lines.filter(({ published }) => published.paper === paper),
  })).filter(({ lines }) => lines.length > 0);
}

/** How many lines there are of each verdict, those that occur. */
export function countVerdicts(
  lines: readonly JudgedLine[],
): readonly (readonly [verdict: Verdict, count: number])[] {
  return VERDICTS.map((verdict) =>
    [verdict, lines.filter((line) => line.verdict === verdict).length] as const
  ).filter(([, count]) => count > 0);
}

/** The published value as it was printed, with its unit. */
export function publishedText({ value, unit }: Published): string {
  if (unit === "x" && /\d$/.test(value)) return `${value}×`;
  return `${value} ${unit}`.trim();
}

/** What the value is of, besides the claim in words. */
export function aboutText({ model, dataset, config }: Published): string {
  return [model, dataset, config].filter((text) => text !== "").join(", ");
}

/** A number with its interval and unit. */
export function numberText({ value, low, high, unit }: Finding): string {
  if (unit.startsWith("points")) {
    const interval = formatPointsInterval({ low, high });
    return [formatPoints(value), interval, unit].filter((text) => text !== "").join(" ");
  }
  const joined = unit === "×" ? "×" : unit === "" ? "" : ` ${unit}`;
  const text = (number: number) => formatPlain(number).replace("-", "−");
  return `${text(value)}${joined} ${formatInterval({ low, high }, text)}`.trim();
}

/** What chance may have done to so many verdicts; empty where none rests on intervals. */
export function chanceText(lines: readonly JudgedLine[]): string {
  const decided =
    lines.filter(({ verdict, findings }) =>
      verdict !== "undecided" && findings.some(({ repeats }) => repeats !== undefined)
    ).length;
  if (decided === 0) return "";
  const verdicts = decided === 1 ? "1 verdict rests" : `${decided} verdicts rest`;
  return `${verdicts} on intervals, each of 95 % or more by itself. They are not corrected for each ` +
    `other: of so many, about ${
      Math.max(1, Math.round(decided / 20))
    } may be by chance. A claim of ` +
    "several numbers must come out in all of them, which makes it less likely by chance, not more.";
}
