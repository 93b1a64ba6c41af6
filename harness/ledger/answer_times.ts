/**
 * Answers to questions about times: ratios of rows that ran interleaved in one run.
 *
 * @module
 */

import { join } from "node:path";
import { matchesPattern } from "../../graph/patterns.ts";
import type { LayerTiming, SuiteRowName, Timing } from "../../suites/claims/question.ts";
import { findSuite } from "../../suites/registry.ts";
import { caseLabel, HOST } from "../case.ts";
import { comparisonLevel, estimateRatio } from "../measure/comparison.ts";
import { arrangeSamples, pairRounds } from "../measure/timings.ts";
import { readSamples } from "../records/store.ts";
import type { CaseResult } from "../result.ts";
import type { Answer, Finding } from "./finding.ts";
import type { FiledRun, Results } from "./results.ts";

/** Two rows of one run on as many threads. */
interface Pair extends FiledRun {
  readonly faster: CaseResult;
  readonly than: CaseResult;
}

/** The time of one row ÷ that of another, paired by round, from the newest run that has both. */
export function answerTiming(question: Timing, results: Results): Answer {
  const command = commandFor(question);
  const pair = newestPair(question, results);
  if (!pair) return { findings: [], missing: missingText(question), command };
  const { faster, than, run, folder } = pair;
  const timings = arrangeSamples(readSamples(join(results.path, folder)));
  const rounds = pairRounds(timings.get(than.id), timings.get(faster.id));
  const level = comparisonLevel(run.cases.length, rounds.length);
  const { value, low, high } = estimateRatio(rounds, level);
  const interval = low === undefined || high === undefined ? {} : { low, high };
  return {
    findings: [{ ...place(pair), what: whatOf(pair), unit: "×", value, ...interval }],
    command: run.manifest.command,
  };
}

/** How much more some layers gain than others, by the medians of their times. */
export function answerLayerTiming(question: LayerTiming, results: Results): Answer {
  const command = commandFor(question);
  const pair = newestPair(question, results);
  if (!pair) return { findings: [], missing: missingText(question), command };
  const { faster, than, run } = pair;
  const gain = (pattern: string) => timeOf(than, pattern) / timeOf(faster, pattern);
  const value = gain(question.more) / gain(question.less);
  if (!Number.isFinite(value)) {
    return { findings: [], missing: "layers were not timed in the run", command };
  }
  const what = `gain of ${question.more} ÷ gain of ${question.less}, ${whatOf(pair)}`;
  return {
    findings: [{ ...place(pair), what, unit: "×", value, ...layerInterval(pair, question) }],
    command: run.manifest.command,
  };
}

/** The ends of all layers' intervals, taken together at their worst; absent where some have none. */
function layerInterval(
  { faster, than }: Pair,
  { more, less }: LayerTiming,
): { readonly low: number; readonly high: number } | Record<never, never> {
  const low = (row: CaseResult, pattern: string) => timeOf(row, pattern, "low");
  const high = (row: CaseResult, pattern: string) => timeOf(row, pattern, "high");
  const ends = {
    low: low(than, more) / high(faster, more) / (high(than, less) / low(faster, less)),
    high: high(than, more) / low(faster, more) / (low(than, less) / high(faster, less)),
  };
  return Number.isFinite(ends.low) && Number.isFinite(ends.high) ? ends : {};
}

function timeOf({ layers }: CaseResult, pattern: string, end: "value" | "low" | "high" = "value") {
  const matches = matchesPattern(pattern);
  return layers.filter(({ layer }) => matches(layer))
    .reduce((sum, { microseconds }) => sum + (microseconds?.[end] ?? NaN), 0);
}

/** Of the newest runs that have both rows, one with intervals before one without; most threads. */
function newestPair(
  question: Pick<Timing, "suite" | "rate" | "faster" | "than">,
  { runs }: Results,
): Pair | undefined {
  const { suite, rate = findSuite(suite).rate, faster, than } = question;
  const pairs = runs.flatMap(({ run, folder }): Pair[] => {
    const { manifest, cases } = run;
    if (manifest.suite !== suite || manifest.settings.rate !== rate) return [];
    const find = (name: SuiteRowName, threads?: number) =>
      cases.filter((row) => isRow(row, name) && row.spec.threads === (threads ?? row.spec.threads))
        .toSorted((a, b) => b.spec.threads - a.spec.threads)[0];
    const left = find(faster), right = left && find(than, left.spec.threads);
    return left && right ? [{ run, folder, faster: left, than: right }] : [];
  });
  return pairs.find(({ faster }) => faster.latency?.low !== undefined) ?? pairs[0];
}

/** Whether a row ended well here, is no second copy, and has this name. */
function isRow({ spec, role, status, latency }: CaseResult, name: SuiteRowName): boolean {
  return status === "ok" && latency !== undefined && role !== "A/A" &&
    (role === "peer" || spec.device === HOST) &&
    spec.method === name.method && spec.scheme === name.scheme;
}

function place({ folder }: Pair): Pick<Finding, "record" | "source"> {
  return { record: folder, source: "measured" };
}

function whatOf({ run, faster, than }: Pair): string {
  const { threads } = faster.spec;
  return `${run.manifest.suite}: ${caseLabel(faster.spec)} over ${caseLabel(than.spec)}, ` +
    `${threads} ${threads === 1 ? "thread" : "threads"}`;
}

function missingText({ suite, faster, than }: Pick<Timing, "suite" | "faster" | "than">): string {
  const name = ({ method, scheme }: SuiteRowName) => `${method} ${scheme}`.trim();
  return `no finished run of ${suite} has times of ${name(faster)} and ${name(than)}`;
}

/** What a person types to have both rows timed. */
function commandFor(
  { suite, rate, faster, than }: Pick<Timing, "suite" | "rate" | "faster" | "than">,
) {
  const names = [faster, than].map(({ method }) => method);
  const peers = names.filter((name) =>
    findSuite(suite).rows.some(({ method, role }) => method === name && role === "peer") ||
    name === "pytorch"
  ).filter((name) => name !== "onnxruntime");
  return [
    `deno task bench ${suite}`,
    ...(rate === undefined ? [] : [`--rate ${rate}`]),
    ...(peers.length === 0 ? [] : [`--peers onnxruntime,${peers.join(",")}`]),
  ].join(" ");
}
