/**
 * Answers to questions about times: ratios of rows that ran interleaved in one run.
 *
 * @module
 */

import { join } from "node:path";
import { matchesPattern } from "../../graph/patterns.ts";
import type { LayerTiming, SuiteRowName, Timing } from "../../suites/claims/question.ts";
import { caseLabel, HOST } from "../case.ts";
import { type Band, comparisonLevel, estimateRatio } from "../measure/comparison.ts";
import { estimateMedian } from "../measure/statistics.ts";
import {
  arrangeSamples,
  type CaseTimings,
  pairRounds,
  type RoundTimings,
} from "../measure/timings.ts";
import { readSamples } from "../records/store.ts";
import type { CaseResult, Estimate } from "../result.ts";
import { commandText, rateOf, type TimedRows, timing } from "./commands.ts";
import type { Answer, Finding } from "./finding.ts";
import type { FiledRun, Results } from "./results.ts";

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
  question: TimedRows,
  results: Results,
  estimateBy: (
    pair: Pair,
    faster: CaseTimings | undefined,
    than: CaseTimings | undefined,
  ) => { readonly what: string; readonly estimate: Estimate | false },
): Answer {
  const command = commandText(timing([question]));
  const pair = bestPair(question, results);
  if (!pair) return { findings: [], ...whyNone(question, results), command };
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
    ...withNoise(estimate, pair.run.aaBand),
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
function bestPair(question: TimedRows, results: Results): Pair | undefined {
  const pairs = runsOf(question, results).flatMap(({ run, folder }): Pair[] =>
    run.cases.filter((row) => isRow(row, question.faster)).flatMap((faster) => {
      const than = run.cases.find((row) =>
        isRow(row, question.than) && row.spec.threads === faster.spec.threads
      );
      return than && isUsable(faster) && isUsable(than) ? [{ run, folder, faster, than }] : [];
    })
  );
  const hasInterval = ({ faster, run }: Pair) =>
    Number(faster.latency?.low !== undefined && run.aaBand !== undefined);
  // Sorting is stable: the newest stay first.
  return pairs.toSorted((a, b) =>
    hasInterval(b) - hasInterval(a) || b.faster.spec.threads - a.faster.spec.threads
  )[0];
}

/** The runs of the suite at the rate, or of the experiment's comparison; not those of other weights. */
function runsOf(question: TimedRows, { runs }: Results): readonly FiledRun[] {
  const rate = rateOf(question);
  return runs.filter(({ run: { manifest: { suite, settings } } }) =>
    suite === question.suite &&
    (rate === undefined || (settings.rate === rate && settings.model === undefined))
  );
}

/** Whether a row has this name, ran here, and is no second copy. */
function isRow({ spec, role }: CaseResult, name: SuiteRowName): boolean {
  return role !== "A/A" && (role === "peer" || spec.device === HOST) &&
    spec.method === name.method && spec.scheme === name.scheme;
}

/** Whether a row has times that can be trusted. */
function isUsable({ status, latency, throttled = [] }: CaseResult): boolean {
  return status === "ok" && latency !== undefined && throttled.length === 0;
}

function whatOf({ run, faster, than }: Pair): string {
  const { threads } = faster.spec;
  return `${run.manifest.suite}: ${caseLabel(faster.spec)} over ${caseLabel(than.spec)}, ` +
    `${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** Why there are no times: a row of the newest run did not end well, or there is no such run. */
function whyNone(question: TimedRows, results: Results): Pick<Answer, "missing" | "spoilt"> {
  const rows = [question.faster, question.than];
  for (const { run: { cases }, folder } of runsOf(question, results)) {
    const found = rows.map((name) => cases.find((row) => isRow(row, name)));
    const bad = found.find((row) => row && !isUsable(row));
    if (!bad || found.includes(undefined)) continue;
    const why = bad.status === "ok" ? "throttled" : `${bad.status}: ${bad.reason ?? ""}`;
    return { missing: `${caseLabel(bad.spec)} of ${folder} is ${why}`, spoilt: folder };
  }
  const rate = rateOf(question);
  const names = rows.map(({ method, scheme }) => `${method} ${scheme}`.trim()).join(" and ");
  const at = rate === undefined ? "" : ` at ${rate}x`;
  return { missing: `no finished run of ${question.suite}${at} has times of ${names}` };
}
