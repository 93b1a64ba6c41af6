/**
 * What an experiment says of papers' statements: paired differences over seeds, and a verdict that is
 * shown whichever way it comes out.
 *
 * @module
 */

import { matchesPattern } from "../../graph/patterns.ts";
import type { Claim, ClaimPair, PairValue } from "../../suites/experiments/experiment.ts";
import { formatPoints, formatPointsInterval } from "./columns.ts";
import { type CellRecord, type CellResult, DENSE, type RecordedExperiment } from "./records.ts";
import {
  macsRate,
  pairedDifferences,
  paramsRate,
  type PartSummary,
  type SeedMean,
  seedMean,
  summarise,
} from "./summary.ts";

/** What the numbers say: `"not run"` when a cell has no result. */
export type Verdict = "holds" | "against" | "undecided" | "not run";

/** One pair of cells in one part. */
export interface JudgedPair {
  /** Part that it is judged in. */
  readonly part: PartSummary["part"];
  /** What is compared, in words, e.g. `"KGS 8x4 ≥ Vanilla 8x4"`. */
  readonly statement: string;
  /** Left less right of the same seed, in points of the metric or as rates. */
  readonly difference?: SeedMean;
  /** Unit of the difference, e.g. `"points of top-1"`. */
  readonly unit: string;
  /** What it says. */
  readonly verdict: Verdict;
  /** Why it is not decided, or not run; empty otherwise. */
  readonly remark: string;
}

/** A claim with all that bears on it. */
export interface JudgedClaim {
  /** The claim. */
  readonly claim: Claim;
  /** Its pairs in every part that it names and that has one of the pair's cells. */
  readonly pairs: readonly JudgedPair[];
}

/**
 * Judges claims. A pair holds when the interval of the differences lies above `-margin`, is against when
 * it lies below, and is undecided when it touches it, or when there is one seed and hence no interval.
 */
export function judgeClaims(
  claims: readonly Claim[],
  experiment: RecordedExperiment,
): JudgedClaim[] {
  const parts = summarise(experiment);
  // A cell of the same id is called the same in every part.
  const recorded = new Map(experiment.records.map(({ spec, label }) => [spec.cell, label]));
  const labelOf = (id: string, { part: { labels = {} } }: PartSummary) =>
    labels[id] ?? recorded.get(id) ?? id;
  return claims.map((claim) => {
    const matches = matchesPattern(claim.parts);
    // What is recorded counts, also of a part that is not gone on with.
    const concerned = parts.filter(({ part, cells }) =>
      matches(part.id) && (part.skipped === undefined || cells.length > 0)
    );
    return {
      claim,
      pairs: concerned.flatMap((part) =>
        claim.pairs
          .filter((pair) => concerns(pair, part))
          .map((pair) => judge(pair, part, (id) => labelOf(id, part)))
      ),
    };
  });
}

/** Whether a part has both cells by its definition, where that is recorded; else one of them. */
function concerns({ better, than }: ClaimPair, { part: { cells: defined }, cells }: PartSummary) {
  if (defined) return [better, than].every((id) => defined.includes(id));
  return cells.some(({ cell }) => [better, than].includes(cell));
}

function judge(
  pair: ClaimPair,
  part: PartSummary,
  labelOf: (cell: string) => string,
): JudgedPair {
  const { difference, missing = "", ...compared } = comparePair(pair, part, labelOf);
  if (difference === undefined) {
    return { ...compared, part: part.part, verdict: "not run", remark: missing };
  }
  return { ...compared, part: part.part, difference, ...decide(difference, pair.margin ?? 0) };
}

/**
 * The difference of two cells of a part, over their seeds.
 *
 * @param labelOf What a cell is called that has no record.
 */
export function comparePair(
  { better, than, value = "final", margin = 0 }: ClaimPair,
  { part: { labels = {} }, metric = "", cells }: PartSummary,
  labelOf: (cell: string) => string = (id) => labels[id] ?? id,
): Pick<JudgedPair, "statement" | "unit" | "difference"> & { readonly missing?: string } {
  const rate = value.endsWith("rate");
  const [left, right] = [better, than].map((id) => cells.find(({ cell }) => cell === id));
  const slack = margin === 0
    ? ""
    : ` ${margin > 0 ? "−" : "+"} ${Math.abs(margin)}${rate ? "×" : ""}`;
  const compared = {
    statement: `${left?.label ?? labelOf(better)} ≥ ${right?.label ?? labelOf(than)}${slack}`,
    unit: unitOf(value, metric),
  };
  for (const [id, cell] of [[better, left], [than, right]] as const) {
    if (cell && cell.results.length > 0) continue;
    const missing = cell
      ? `${cell.label} ${cell.problems.join("; ")}`
      : `${labelOf(id)} is not finished`;
    return { ...compared, missing };
  }
  const difference = seedMean(
    pairedDifferences(left!, right!, (record) => valueOf(record, value, metric)),
  );
  if (difference === undefined) return { ...compared, missing: "no seed has both values" };
  return { ...compared, difference };
}

/** How many pairs came out how, e.g. `"Of 9 comparisons, 5 hold here, ..."`. */
export function claimsFinding(claims: readonly JudgedClaim[]): string {
  const pairs = claims.flatMap((claim) => claim.pairs);
  if (pairs.length === 0) return "";
  const count = (verdict: Verdict) => pairs.filter((pair) => pair.verdict === verdict).length;
  const rest = count("not run") === 0 ? "" : `, ${count("not run")} not run`;
  return `Of ${pairs.length} comparisons, ${count("holds")} hold here, ` +
    `${count("against")} come out against, ${count("undecided")} undecided${rest}.`;
}

/** The difference of a pair with its interval, and why it is not decided. */
export function pairFinding({ difference, unit, remark }: JudgedPair): string {
  if (difference === undefined) return remark;
  const { value } = difference;
  const interval = formatPointsInterval(difference);
  const text = `${value > 0 ? "+" : ""}${formatPoints(value)} ${interval}`.trim() + ` ${unit}`;
  return remark === "" ? text : `${text}; ${remark}`;
}

function unitOf(value: PairValue, metric: string): string {
  if (value === "final") return `points of ${metric}`;
  return value === "cut" ? `points of ${metric} just after cutting` : `× ${value}`;
}

function valueOf(
  { spec, result }: CellRecord & { readonly result: CellResult },
  value: PairValue,
  metric: string,
): number | undefined {
  const { metrics, cutMetrics } = result;
  switch (value) {
    case "final":
      return 100 * metrics[metric];
    case "cut":
      // Nothing is cut of the dense network.
      return 100 * ((spec.cell === DENSE ? metrics : cutMetrics)?.[metric] ?? NaN);
    case "MACs rate":
      return macsRate(result);
    case "weights rate":
      return paramsRate(result);
  }
}

function decide(
  { value, low, high, values }: SeedMean,
  margin: number,
): { readonly verdict: Verdict; readonly remark: string } {
  // Networks that are equally good, e.g. without a fault, tell nothing about an order.
  if (margin === 0 && values.every((difference) => difference === 0)) {
    return { verdict: "undecided", remark: "no difference in any seed" };
  }
  if (low === undefined || high === undefined) {
    const direction = value >= -margin ? "this one holds" : "this one is against";
    return { verdict: "undecided", remark: `one seed: ${direction}` };
  }
  if (low >= -margin) return { verdict: "holds", remark: "" };
  if (high < -margin) return { verdict: "against", remark: "" };
  const direction = value >= -margin ? "on average it holds" : "on average it is against";
  return { verdict: "undecided", remark: `seeds differ too much: ${direction}` };
}
