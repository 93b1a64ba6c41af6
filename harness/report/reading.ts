/**
 * What a run says in words: the rows that are shown, how they are called, and how to read the numbers.
 *
 * @module
 */

import { engineName } from "../../devices/peers/registry.ts";
import { hasSeveralDevices, withOneAlgorithm } from "./devices.ts";
import { fastestPeer } from "../measure/fastest_peer.ts";
import { formatBand, formatError, formatLevel } from "./format.ts";
import type { CaseResult, RunResult } from "../result.ts";

/**
 * Rows as they may be shown: the baseline's second copy is left out (it is the noise band), a row
 * that did not end well loses its times and readings, whatever the record holds, and every label names one row.
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

/** Whether nothing of a run was timed, and devices counted: all there is then is what they told. */
export function isCounted({ cases }: RunResult): boolean {
  const told = cases.filter(({ status }) => status === "ok");
  return told.every(isNeverTimed) &&
    told.some(({ readings = [] }) => readings.some(({ value }) => value));
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
    readings: _readings,
    power: _power,
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

/** How wide noise was in this run. */
export function noiseBand(run: RunResult): string {
  return run.aaBand === undefined
    ? "Noise band: not measured in this run, so a difference cannot be told from noise."
    : `Noise band: a second copy of our dense model ran at ${formatBand(run.aaBand)} of the ` +
      "speed of the first. ~ marks no difference shown: an interval that does not clear this band.";
}

/** How to read the numbers, one sentence or two a line. */
export function howToRead(run: RunResult): readonly string[] {
  if (isCounted(run)) return howToReadCounts(run);
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

/** The same where nothing was timed. */
function howToReadCounts({ cases }: RunResult): readonly string[] {
  const direct = cases.some(({ role }) => role === "direct")
    ? "; dense direct runs on the kernels that sparse layers run on"
    : "";
  return [
    "Instructions, misses and bytes of one call are emulated: counted while a simulator executes " +
    "the program, the caches warm. Cycles and energy are modelled: computed from those counts by " +
    "rates and energies of the chip, of which some are estimates. Trust ratios on one chip more " +
    "than numbers.",
    "A ratio is the row's value ÷ that of dense on the same device and threads: below 1 is less. " +
    `Dense takes the fastest of several algorithms for each layer, Winograd's among them${direct}.`,
    "Rate is dense MACs ÷ kept MACs. Accuracy is not compared. A row whose output differs from " +
    "ONNX Runtime's on the same weights shows no counts.",
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
