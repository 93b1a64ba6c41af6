/**
 * What a run says in words: the rows that are shown, the finding, and how to read the numbers.
 *
 * @module
 */

import { engineName } from "../../devices/peers/registry.ts";
import { hasSeveralDevices, withOneAlgorithm } from "./devices.ts";
import { fastestPeer } from "../measure/fastest_peer.ts";
import { formatBand, formatError, formatLevel, formatPlain, formatRatio } from "./format.ts";
import type { CaseResult, Ratio, RunResult } from "../result.ts";

/**
 * Rows as they may be shown: the baseline's second copy is left out (it is the noise band), a row
 * that did not end well loses its times, whatever the record holds, and every label names one row.
 */
export function shownRows(run: RunResult): readonly CaseResult[] {
  const threads = new Set(run.cases.map((row) => row.spec.threads)).size > 1;
  const devices = hasSeveralDevices(run);
  const labelOf = (row: CaseResult) =>
    [
      threads ? withThreads(row) : row.label,
      devices && row.role !== "peer" ? ` on ${row.spec.device}` : "",
      row.throttled ? " (throttled)" : "",
    ].join("");
  return run.cases.filter((row) => row.role !== "A/A").map(withoutDoubtfulTimes)
    .map((row) => ({ ...row, label: labelOf(row) }));
}

/** Whether a row ended well and has no time all the same: its device is an emulator. */
export function isNeverTimed({ status, latency }: CaseResult): boolean {
  return status === "ok" && latency === undefined;
}

/** Where a run has several thread counts, a method's name alone does not name a row. */
function withThreads({ label, spec: { threads } }: CaseResult): string {
  return `${label}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

function withoutDoubtfulTimes(row: CaseResult): CaseResult {
  if (row.status === "ok") return row;
  const {
    latency: _latency,
    spread: _spread,
    speedupDense: _speedupDense,
    speedupDirect: _speedupDirect,
    speedupPeer: _speedupPeer,
    efficiency: _efficiency,
    load: _load,
    firstRun: _firstRun,
    ...rest
  } = row;
  return {
    ...rest,
    layers: row.layers.map(({ microseconds: _, ...layer }) => layer),
  };
}

/** `"invalid: relative error 3.1e-2 is above 1e-4"`, or `""` for a row that ended well. */
export function statusText(row: CaseResult): string {
  if (row.status === "ok") return "";
  return row.reason ? `${row.status}: ${row.reason}` : row.status;
}

/** Name of the engine that ours is compared with: of several, the fastest one. */
export function peerName({ cases }: Pick<RunResult, "cases">): string {
  const peers = namesOf(cases.filter((row) => row.role === "peer"));
  if (peers.length === 0) return "peer";
  if (peers.length === 1) return peers[0];
  const fastest = namesOf(cases.flatMap((row) => fastestPeer(row, cases) ?? []));
  return fastest.length === 1 ? fastest[0] : "the fastest peer";
}

/** Which of several peer engines others are compared with; undefined where there is one or none. */
export function chosenPeers({ cases }: Pick<RunResult, "cases">): string | undefined {
  if (namesOf(cases.filter((row) => row.role === "peer")).length < 2) return undefined;
  const fastest = cases.flatMap((row) =>
    row.role === "baseline" ? [[row.spec.threads, fastestPeer(row, cases)] as const] : []
  );
  const named = fastest.flatMap(([threads, peer]) =>
    peer
      ? [`${engineName(peer.spec.method)} on ${threads} ${threads === 1 ? "thread" : "threads"}`]
      : []
  );
  return "Of several other engines a speed-up is over the fastest that gave the right output: " +
    `${named.join(", ") || "none did"}.`;
}

function namesOf(rows: readonly CaseResult[]): string[] {
  return [...new Set(rows.map(({ spec }) => engineName(spec.method)))];
}

/** A text with a full stop at its end. */
export function sentence(text: string): string {
  return text.replace(/\.?$/, ".");
}

/** Confidence level of the run's intervals as text; `undefined` when no row has an interval. */
export function intervalLevel(run: RunResult): string | undefined {
  const level = run.cases.find((row) => row.latency?.level !== undefined)?.latency?.level;
  return level === undefined ? undefined : formatLevel(level);
}

/** The finding in a sentence or two, derived from the rows; never claims more than they show. */
export function keyFinding(run: RunResult): string {
  const subjects = shownRows(run).filter((row) => row.role === "subject");
  const dense = hasSeveralDevices(run) ? "our dense model there" : "our dense model";
  const timed = subjects.flatMap((row) =>
    row.speedupDense ? [{ row, ratio: row.speedupDense }] : []
  );
  if (timed.length === 0) return subjects.length === 0 ? denseFinding(run) : NO_TIME;
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

/** Whether a row's speed-up has an interval that does not clear the noise band. */
export function isUndecided({ role, speedupDense }: CaseResult): boolean {
  return role !== "baseline" && speedupDense?.low !== undefined &&
    speedupDense.verdict === "none shown";
}

/** Rows that could not be told from our dense model, by name; `""` when there are none. */
export function undecided(run: RunResult): string {
  const labels = shownRows(run)
    .filter(isUndecided)
    .map((row) => row.label);
  return labels.length === 0
    ? ""
    : `No difference shown from our dense model (~): ${labels.join(", ")}.`;
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

/** How wide noise was in this run. */
export function noiseBand(run: RunResult): string {
  return run.aaBand === undefined
    ? "Noise band: not measured in this run, so a difference cannot be told from noise."
    : `Noise band: a second copy of our dense model ran at ${formatBand(run.aaBand)} of the ` +
      "speed of the first. ~ marks no difference shown: an interval that does not clear this band.";
}

/** How to read the numbers, one sentence or two a line. */
export function howToRead(run: RunResult): readonly string[] {
  const rounds = Math.max(0, ...run.cases.map((row) => row.latency?.rounds ?? 0));
  const level = intervalLevel(run);
  const interval = level === undefined
    ? "too few rounds for an interval"
    : `in brackets its ${level} interval`;
  return [
    `Latency is the median over ${rounds === 1 ? "one round" : `${rounds} rounds`}, each in a ` +
    `fresh process; ${interval}. ` +
    "A speed-up is the baseline's time ÷ the row's, paired by round.",
    "Rate is dense MACs ÷ kept MACs. Our dense model takes the fastest of several algorithms for " +
    "each layer, Winograd's among them. Efficiency is speed-up over direct convolutions ÷ rate: at 1.00 every " +
    "removed MAC saves its share of the time that it took.",
    ...oneAlgorithm(run),
    noiseBand(run),
    ...(run.cases.some(isNeverTimed)
      ? ["An emulated device has no times: what it counts stands under energy and events."]
      : []),
    ...[chosenPeers(run)].filter((text) => text !== undefined),
    `Only time and size are compared here, not accuracy. ${whatIsRight(run)}`,
  ];
}

/** Where there is nothing to choose among, which makes both dense rows the same. */
function oneAlgorithm(run: RunResult): string[] {
  const devices = withOneAlgorithm(run);
  return devices.length === 0 ? [] : [
    `On ${devices.join(", ")} there is one algorithm for each layer: dense and dense direct ` +
    "are the same program there, and differ by noise.",
  ];
}

/** How far outputs may be off: where devices differ in that, on which of them by how much. */
function whatIsRight(run: RunResult): string {
  const rows = shownRows(run).filter(({ tolerance }) => tolerance !== undefined);
  const devices = Map.groupBy(rows, ({ tolerance }) => tolerance!);
  const [first, ...others] = [...devices].toSorted(([a], [b]) => a - b);
  const further = others.map(([tolerance, found]) =>
    `, or ${formatError(tolerance)} on ${
      [...new Set(found.map(({ spec }) => spec.device))].join(" and ")
    }, which stores values less exactly`
  );
  const most = first &&
    ` by more than ${formatError(first[0])} of the largest value${
      further.length ? `${further.join("")},` : ""
    }`;
  return `A row whose output differs from ONNX Runtime's on the same weights${most ?? ""} shows ` +
    "no time.";
}
