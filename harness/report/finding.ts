/**
 * The finding of a run in a sentence or two.
 *
 * @module
 */

import { countedFinding } from "./counted.ts";
import { formatLevel, formatPlain, formatRatio } from "./format.ts";
import { hasSeveralDevices } from "./devices.ts";
import { peerName, shownRows } from "./reading.ts";
import type { CaseResult, Ratio, RunResult } from "../result.ts";

/** The finding in a sentence or two, derived from the rows; never claims more than they show. */
export function keyFinding(run: RunResult): string {
  const subjects = shownRows(run).filter((row) => row.role === "subject");
  const dense = hasSeveralDevices(run) ? "our dense model there" : "our dense model";
  const timed = subjects.flatMap((row) =>
    row.speedupDense ? [{ row, ratio: row.speedupDense }] : []
  );
  if (timed.length === 0) {
    return countedFinding(run) ?? (subjects.length === 0 ? denseFinding(run) : NO_TIME);
  }
  if (timed.every(({ ratio }) => ratio.low === undefined)) return firstLook(timed, dense);
  const faster = timed.filter(({ ratio }) => ratio.verdict === "faster");
  const count = `${faster.length} of ${timed.length} compressed models`;
  if (faster.length === 0) return `${count} were shown to be faster than our dense model.`;
  const best = faster.reduce((a, b) => b.ratio.value > a.ratio.value ? b : a);
  const level = best.ratio.low === undefined ? "" : ` (${ratioWords(best.ratio)})`;
  const { rate, efficiency, speedupPeer } = best.row;
  const parts = [
    `${best.row.label} has the highest speed-up: ${formatRatio(best.ratio.value)} ${dense}${level}`,
    speedupPeer ? `, ${formatRatio(speedupPeer.value)} ${peerName(run)}` : "",
    rate === undefined ? "" : `, at ${formatRatio(rate)} fewer MACs`,
    efficiency ? ` (efficiency ${formatPlain(efficiency.value)})` : "",
    ". ",
    `${count} were shown to be faster than our dense model`,
    overlap(best, faster),
    ".",
  ];
  return parts.join("");
}

const NO_TIME = "No compressed model gave a time in this run.";

/** The finding of a run that compares nothing but engines. */
function denseFinding(run: RunResult): string {
  const ratio = run.cases.find(({ role }) => role === "baseline")?.speedupPeer;
  if (ratio === undefined) return NO_TIME;
  const level = ratio.low === undefined ? "" : ` (${ratioWords(ratio)})`;
  return `The model as it is ran at ${formatRatio(ratio.value)} the speed of ${
    peerName(run)
  }${level}.`;
}

/** The finding of a run whose rounds are too few for intervals: medians, and that they prove nothing. */
function firstLook(
  timed: readonly { row: CaseResult; ratio: Ratio }[],
  dense: string,
): string {
  const best = timed.reduce((a, b) => b.ratio.value > a.ratio.value ? b : a);
  const { rounds } = best.ratio;
  return `A first look: ${
    rounds === 1 ? "one round gives" : `${rounds} rounds give`
  } no intervals ` +
    "and so no verdicts. By the " +
    `medians ${best.row.label} has the highest speed-up, ${formatRatio(best.ratio.value)} ` +
    `${dense}.`;
}

function ratioWords(ratio: Ratio): string {
  const level = ratio.level === undefined ? "" : `${formatLevel(ratio.level)} interval `;
  return `${level}${formatPlain(ratio.low ?? NaN)} to ${formatPlain(ratio.high ?? NaN)}`;
}

/** Medians alone do not rank rows whose intervals overlap, so those rows are named. */
function overlap(
  best: { row: CaseResult; ratio: Ratio },
  others: readonly { row: CaseResult; ratio: Ratio }[],
): string {
  const low = best.ratio.low;
  if (low === undefined) return "";
  const names = others
    .filter(({ row, ratio }) => row !== best.row && (ratio.high ?? ratio.value) >= low)
    .map(({ row }) => row.label);
  return names.length === 0 ? "" : `; the first place is shared with ${names.join(", ")}, ` +
    "whose intervals reach into it";
}
