/**
 * The ledger and its plan as text for a terminal.
 *
 * @module
 */

import { formatSeconds } from "../experiments/columns.ts";
import { printable } from "../report/format.ts";
import { commandText } from "./commands.ts";
import type { JudgedLine } from "./judge.ts";
import type { PassedOver } from "./results.ts";
import type { Plan, Step } from "./step.ts";
import { MEANINGS, type Verdict } from "./verdict.ts";
import {
  aboutText,
  byPaper,
  chanceText,
  countVerdicts,
  numberText,
  publishedText,
} from "./words.ts";

/** Every claim: published, ours, verdict, source, command; counts first, paper by paper. */
export function printLedger(
  lines: readonly JudgedLine[],
  passedOver: readonly PassedOver[] = [],
): string {
  const papers = byPaper(lines).flatMap(({ title, lines }) => [
    `${title}: ${countsText(countVerdicts(lines))}`,
    "",
    ...lines.flatMap(lineTexts),
    "",
  ]);
  const chance = chanceText(lines);
  const meanings = countVerdicts(lines).map(([verdict]) => `  ${verdict}: ${MEANINGS[verdict]}`);
  return asText([
    ...papers,
    "Verdicts",
    ...meanings,
    ...(chance === "" ? [] : ["", chance]),
    ...passedOver.map(({ folder, reason }) => `\npassed over ${folder}: ${reason}`),
  ]);
}

/** What has to be run, with about how long it takes, and what cannot be. */
export function printPlan({ steps, lacking }: Plan): string {
  if (steps.length === 0 && lacking.length === 0) return "Nothing is missing or stale.";
  return asText([
    steps.length === 0 ? "Nothing can be run here." : `To run: ${steps.length} commands`,
    ...steps.map((step) => `  ${stepText(step)}`),
    ...(lacking.length === 0 ? [] : ["Cannot be run here:"]),
    ...lacking.map((text) => `  ${text}`),
  ]);
}

/** One step in a line. */
export function stepText({ command, why, claims, seconds }: Step): string {
  const cost = seconds === undefined ? "" : `, about ${formatSeconds(seconds)}`;
  const values = claims.length === 1 ? "1 value" : `${claims.length} values`;
  return `${commandText(command)}  (${why}; for ${values}${cost})`;
}

/** E.g. `"reproduced 4, undecided 12"`. */
export function countsText(counts: readonly (readonly [Verdict, number])[]): string {
  return counts.map(([verdict, count]) => `${verdict} ${count}`).join(", ");
}

function lineTexts(line: JudgedLine): string[] {
  const { published, verdict, remark, note, findings, commands } = line;
  const about = aboutText(published);
  return [
    `  ${published.id}: ${publishedText(published)}`,
    `    ${published.claim}${about === "" ? "" : `; ${about}`}`,
    `    ${verdict}${remark === "" ? "" : `: ${remark}`}`,
    ...findings.map((finding) =>
      `    ours ${
        numberText(finding)
      } (${finding.source}; ${finding.rule.statement}): ${finding.what}`
    ),
    ...(note === "" ? [] : [`    note: ${note}`]),
    ...commands.map((command) => `    ${command}`),
  ];
}

function asText(lines: readonly string[]): string {
  return lines.flatMap((line) => line.split("\n")).map(printable).join("\n").trimEnd();
}
