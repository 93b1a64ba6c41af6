/**
 * Columns of the comparison, one definition for the terminal, Markdown and the page.
 *
 * @module
 */

import {
  formatCount,
  formatError,
  formatInterval,
  formatMebibytes,
  formatMs,
  formatPlain,
  formatRatio,
} from "./format.ts";
import { schemeText } from "../case.ts";
import { hasSeveralDevices, labelOnDevice } from "./devices.ts";
import { intervalLevel, peerName, shownRows, statusText } from "./reading.ts";
import type { CaseResult, Estimate, Ratio, RunResult } from "../result.ts";

/** One column. A cell is a text, an interval beside it, and a key to sort by. */
export interface Column {
  /** First line of the heading, shared by neighbours that belong together; `""` for none. */
  readonly group: string;
  /** Second line of the heading. */
  readonly title: string;
  /** Numbers are aligned to the right. */
  readonly align: "left" | "right";
  /** Rows that ended without a time show their status in place of these columns, which adjoin. */
  readonly timed: boolean;
  /** `undefined` sorts last. */
  sortKey(row: CaseResult): string | number | undefined;
  /** `""` when there is no value. */
  text(row: CaseResult): string;
  /** `"[low–high]"` or `""`. */
  interval(row: CaseResult): string;
  /** The value is a comparison that noise alone could explain. */
  unproven(row: CaseResult): boolean;
}

function textColumn(title: string, value: (row: CaseResult) => string): Column {
  return {
    group: "",
    title,
    align: "left",
    timed: false,
    sortKey: value,
    text: value,
    interval: () => "",
    unproven: () => false,
  };
}

function numberColumn(
  group: string,
  title: string,
  value: (row: CaseResult) => number | undefined,
  format: (value: number) => string,
  timed = false,
): Column {
  const text = (row: CaseResult) => {
    const number = value(row);
    return number === undefined ? "" : format(number);
  };
  const plain = { interval: () => "", unproven: () => false };
  return { group, title, align: "right", timed, sortKey: value, text, ...plain };
}

function estimateColumn(
  group: string,
  title: string,
  pick: (row: CaseResult) => Estimate | Ratio | undefined,
  format: (value: number) => string,
): Column {
  return {
    group,
    title,
    align: "right",
    timed: true,
    sortKey: (row) => pick(row)?.value,
    text: (row) => {
      const estimate = pick(row);
      return estimate ? format(estimate.value) : "";
    },
    interval: (row) => {
      const estimate = pick(row);
      return estimate ? formatInterval(estimate, format) : "";
    },
    unproven: (row) => {
      const estimate = pick(row);
      return estimate !== undefined && "verdict" in estimate && estimate.low !== undefined &&
        estimate.verdict === "none shown";
    },
  };
}

/**
 * Those columns that a row has something in. Where no time is left, how rows ended has a column of its
 * own.
 */
function filledColumns(run: RunResult, columns: readonly Column[]): readonly Column[] {
  const rows = shownRows(run);
  if (rows.length === 0) return columns;
  const filled = columns.filter(({ text }) => rows.some((row) => text(row) !== ""));
  const isLost = !filled.some(({ timed }) => timed) && rows.some((row) => statusText(row) !== "");
  return isLost ? [...filled, { ...textColumn("", () => ""), timed: true }] : filled;
}

/** The columns of a run's table on its page and in documents, in order. */
export function tableColumns(run: RunResult): readonly Column[] {
  const threads = new Set(run.cases.map((row) => row.spec.threads));
  const { latency, dense, direct, peer, efficiency } = timeColumns(run);
  return filledColumns(run, [
    textColumn("method", (row) => row.spec.method),
    textColumn("scheme", (row) => schemeText(row.spec)),
    ...(hasSeveralDevices(run) ? [textColumn("device", (row) => row.spec.device)] : []),
    // One thread count needs no column: it stands in the page's heading.
    ...(threads.size > 1 ? [numberColumn("", "threads", (r) => r.spec.threads, String)] : []),
    numberColumn("MACs", "kept", (row) => row.macs, formatCount),
    numberColumn("MACs", "rate", (row) => row.rate, formatRatio),
    numberColumn("", "params", (row) => row.params, formatCount),
    numberColumn("stored, MiB", "values", (row) => row.valueBytes, formatMebibytes),
    numberColumn("stored, MiB", "index", (row) => row.indexBytes, formatMebibytes),
    ...[latency, dense, direct, ...peer, efficiency],
  ]);
}

/**
 * The columns that fit a terminal: one name and one size a row. Speed-up over direct convolutions is
 * left to the efficiency, which is made of it.
 */
export function narrowColumns(run: RunResult): readonly Column[] {
  const { latency, dense, peer, efficiency } = timeColumns(run);
  return filledColumns(run, [
    textColumn("case", labelOnDevice),
    numberColumn("MACs", "rate", (row) => row.rate, formatRatio),
    numberColumn("stored", "MiB", storedBytes, formatMebibytes),
    ...[latency, dense, ...peer, efficiency],
  ]);
}

/** Bytes of values and indices together. */
function storedBytes({ valueBytes, indexBytes = 0 }: CaseResult): number | undefined {
  return valueBytes === undefined ? undefined : valueBytes + indexBytes;
}

function timeColumns(run: RunResult) {
  const level = intervalLevel(run);
  const bracket = level === undefined ? "" : ` [${level}]`;
  // A baseline compared with itself says nothing.
  const unless =
    (role: CaseResult["role"], pick: (row: CaseResult) => Ratio | undefined) => (row: CaseResult) =>
      row.role === role ? undefined : pick(row);
  const speedup = (title: string, pick: (row: CaseResult) => Ratio | undefined) =>
    estimateColumn("speed-up over", title, pick, formatPlain);
  return {
    latency: estimateColumn("median latency", `ms${bracket}`, (row) => row.latency, formatMs),
    dense: speedup("our dense", unless("baseline", (row) => row.speedupDense)),
    direct: speedup("our direct", unless("direct", (row) => row.speedupDirect)),
    peer: run.cases.some(({ role }) => role === "peer")
      ? [speedup(peerName(run), unless("peer", (row) => row.speedupPeer))]
      : [],
    efficiency: numberColumn(
      "",
      "efficiency",
      ({ role, efficiency }) =>
        role === "subject" || role === "control" ? efficiency?.value : undefined,
      formatPlain,
      true,
    ),
  };
}

/** What the page tells of every row besides: whether its output was right, loading, memory. */
export function detailColumns(run: RunResult): readonly Column[] {
  const level = intervalLevel(run);
  const bracket = level === undefined ? "" : ` [${level}]`;
  return filledColumns(run, [
    textColumn("case", (row) => row.label),
    numberColumn("relative error", "of the output", (row) => row.relativeError, formatError),
    numberColumn("relative error", "at most", (row) => row.tolerance, formatError),
    estimateColumn("time to load", `ms${bracket}`, (row) => row.load, formatMs),
    estimateColumn("first call", `ms${bracket}`, (row) => row.firstRun, formatMs),
    numberColumn("spread of samples", "p5, ms", (row) => row.spread?.p5, formatMs, true),
    numberColumn("spread of samples", "p95, ms", (row) => row.spread?.p95, formatMs, true),
    numberColumn("peak memory", "MiB", (row) => row.peakBytes, formatMebibytes, true),
    numberColumn("activations", "MiB", (row) => row.activationBytes, formatMebibytes),
  ]);
}
