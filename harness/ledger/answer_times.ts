/**
 * Answers to questions about times: ratios of rows that ran interleaved in one run.
 *
 * @module
 */

import { join } from "node:path";
import { BUILT_IN, PEER_ENGINES } from "../../devices/peers/registry.ts";
import { matchesPattern } from "../../graph/patterns.ts";
import type { LayerTiming, SuiteRowName, Timing } from "../../suites/claims/question.ts";
import { findSuite } from "../../suites/registry.ts";
import { caseLabel, HOST } from "../case.ts";
import { type Band, comparisonLevel, estimateRatio, runBand } from "../measure/comparison.ts";
import { estimateMedian } from "../measure/statistics.ts";
import {
  arrangeSamples,
  type CaseTimings,
  pairRounds,
  type RoundTimings,
} from "../measure/timings.ts";
import { readSamples } from "../records/store.ts";
import type { CaseResult, Estimate } from "../result.ts";
import type { Answer, Finding } from "./finding.ts";
import type { FiledRun, Results } from "./results.ts";

/** What both kinds of questions about times say of the rows. */
type Rows = Pick<Timing, "suite" | "rate" | "experiment" | "faster" | "than">;

/** Two rows of one run on as many threads. */
interface Pair extends FiledRun {
  readonly faster: CaseResult;
  readonly than: CaseResult;
}

/** The time of one row ÷ that of another, paired by round. */
export function answerTiming(question: Timing, results: Results): Answer {
  return answerRows(question, results, (pair, faster, than) => {
    const rounds = pairRounds(than, faster);
    const level = comparisonLevel(pair.run.cases.length, rounds.length);
    return { what: whatOf(pair), estimate: rounds.length > 0 && estimateRatio(rounds, level) };
  });
}

/**
 * How much more some layers gain than others: in each round the quotient of two speed-ups, over rounds
 * the median.
 */
export function answerLayerTiming(question: LayerTiming, results: Results): Answer {
  return answerRows(question, results, (pair, faster, than) => {
    const rounds = [...faster?.rounds ?? []].map(([round, own]) => {
      const gain = (pattern: string) =>
        timeOf(pair.than, than?.rounds.get(round), pattern) / timeOf(pair.faster, own, pattern);
      return gain(question.more) / gain(question.less);
    }).filter(Number.isFinite);
    const level = comparisonLevel(pair.run.cases.length, rounds.length);
    return {
      what: `gain of ${question.more} ÷ gain of ${question.less}, ${whatOf(pair)}`,
      estimate: rounds.length > 0 && estimateMedian(rounds, level),
    };
  });
}

/** Estimates by the best run that has both rows. */
function answerRows(
  question: Rows,
  results: Results,
  estimateBy: (
    pair: Pair,
    faster: CaseTimings | undefined,
    than: CaseTimings | undefined,
  ) => { readonly what: string; readonly estimate: Estimate | false },
): Answer {
  const command = timingCommand([question]);
  const pair = bestPair(question, results);
  if (!pair) return { findings: [], missing: missingText(question), command };
  const timings = arrangeSamples(readSamples(join(results.path, pair.folder)));
  const { what, estimate } = estimateBy(
    pair,
    timings.get(pair.faster.id),
    timings.get(pair.than.id),
  );
  if (!estimate) {
    return { findings: [], missing: `${pair.folder} lacks the samples`, command };
  }
  const { value, rounds: count } = estimate;
  const finding: Finding = {
    what,
    unit: "×",
    source: "measured",
    record: pair.folder,
    value,
    ...withNoise(estimate, runBand(pair.run.cases)),
    repeats: { of: "rounds", count },
  };
  return { findings: [finding], command: pair.run.manifest.command };
}

/**
 * The interval of a ratio, widened by the band within which two copies of one row differ in the run: a
 * run's page calls nothing a difference that lies within it, and neither does the ledger.
 */
function withNoise({ low, high }: Estimate, band: Band | undefined) {
  if (low === undefined || high === undefined || band === undefined) return {};
  return { low: low * band.low, high: high * band.high };
}

/** Time of some layers in one round; NaN where one was not timed. */
function timeOf({ layers }: CaseResult, round: RoundTimings | undefined, pattern: string): number {
  const matches = matchesPattern(pattern);
  return layers.filter(({ layer }) => matches(layer))
    .reduce((sum, { operator }) => sum + (round?.layers.get(operator) ?? NaN), 0);
}

/** Of the runs that have both rows: rather with intervals, then on more threads, then the newest. */
function bestPair(question: Rows, { runs }: Results): Pair | undefined {
  const { suite, faster, than } = question;
  const rate = rateOf(question);
  const pairs = runs.flatMap(({ run, folder }): Pair[] => {
    const { manifest, cases } = run;
    const isAsked = question.experiment !== undefined ||
      (manifest.settings.rate === rate && manifest.settings.model === undefined);
    if (manifest.suite !== suite || !isAsked) return [];
    return cases.filter((row) => isRow(row, faster)).flatMap((left) => {
      const right = cases.find((row) => isRow(row, than) && row.spec.threads === left.spec.threads);
      return right ? [{ run, folder, faster: left, than: right }] : [];
    });
  });
  const hasInterval = ({ faster, run }: Pair) =>
    Number(faster.latency?.low !== undefined && runBand(run.cases) !== undefined);
  // Sorting is stable: the newest stay first.
  return pairs.toSorted((a, b) =>
    hasInterval(b) - hasInterval(a) || b.faster.spec.threads - a.faster.spec.threads
  )[0];
}

/** Whether a row ended well here, unthrottled, is no second copy, and has this name. */
function isRow({ spec, role, status, latency, throttled }: CaseResult, name: SuiteRowName) {
  return status === "ok" && latency !== undefined && !throttled?.length && role !== "A/A" &&
    (role === "peer" || spec.device === HOST) &&
    spec.method === name.method && spec.scheme === name.scheme;
}

function rateOf({ suite, rate, experiment }: Rows): number | undefined {
  return experiment === undefined ? rate ?? findSuite(suite).rate : undefined;
}

function whatOf({ run, faster, than }: Pair): string {
  const { threads } = faster.spec;
  return `${run.manifest.suite}: ${caseLabel(faster.spec)} over ${caseLabel(than.spec)}, ` +
    `${threads} ${threads === 1 ? "thread" : "threads"}`;
}

function missingText(question: Rows): string {
  const rate = rateOf(question);
  const name = ({ method, scheme }: SuiteRowName) => `${method} ${scheme}`.trim();
  return `no finished run of ${question.suite}${rate === undefined ? "" : ` at ${rate}x`} has ` +
    `times of ${name(question.faster)} and ${name(question.than)}`;
}

/** What a person types to have questions about one suite and rate (or one experiment) answered. */
export function timingCommand(
  [first, ...others]: readonly [Rows, ...Rows[]],
  isInstalled: (peer: string) => boolean = () => true,
): string {
  const { suite, experiment } = first;
  if (experiment !== undefined) return `deno task experiment ${experiment} --scale small`;
  const names = new Set([first, ...others].flatMap((one) => [one.faster.method, one.than.method]));
  const peers = [...names].filter((name) => PEERS.includes(name));
  const installed = peers.filter((name) => name !== BUILT_IN && isInstalled(name));
  const methods = [...names].filter((name) => !peers.includes(name) && name !== "dense");
  return [
    `deno task bench ${suite} --methods ${methods.join(",") || "dense"}`,
    ...(installed.length === 0 ? [] : [`--peers ${[BUILT_IN, ...installed].join(",")}`]),
    `--rate ${rateOf(first)} --rounds 8`,
  ].join(" ");
}

/** Engines that run the dense network beside ours. */
export const PEERS: readonly string[] = [BUILT_IN, ...PEER_ENGINES.map(({ id }) => id)];
