/**
 * From numbers to verdicts on published claims, by rules that were declared before.
 *
 * @module
 */

import type { Range, Rule } from "../../suites/claims/rule.ts";

/** What the numbers say of a claim. */
export const VERDICTS = [
  "reproduced",
  "reproduced in direction",
  "contradicted",
  "undecided",
  "out of reach",
  "not run",
  "setting",
] as const;

/** One of {@linkcode VERDICTS}. */
export type Verdict = typeof VERDICTS[number];

/** What each means, for readers. */
export const MEANINGS: Readonly<Record<Verdict, string>> = {
  "reproduced": "the whole interval lies where the claim wants it",
  "reproduced in direction":
    "the whole interval points the way of the claim, but not as far, or on " +
    "other data than the paper's, where it cannot say more",
  "contradicted": "the whole interval lies on the other side",
  "undecided": "the interval is too wide, or parts of the claim come out differently",
  "out of reach": "it cannot be tested here; the reason says what it would take",
  "not run": "it can be tested, but there is no record yet",
  "setting": "no finding of the paper, but how its authors worked",
};

/** A number with its interval, where it has one. */
export interface Interval {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** A verdict on one number, and what would decide it where it is not decided. */
export interface Judgement {
  readonly verdict: "reproduced" | "reproduced in direction" | "contradicted" | "undecided";
  /** Why it is undecided; empty otherwise. */
  readonly remark: string;
}

/**
 * Judges a number.
 *
 * @param exact Whether it is arithmetic, which needs no interval.
 */
export function judgeNumber(
  { reproduced, direction }: Rule,
  { value, low, high }: Interval,
  exact: boolean,
): Judgement {
  const interval = exact
    ? { low: value, high: value }
    : low === undefined || high === undefined
    ? undefined
    : { low, high };
  if (interval === undefined) {
    const which = within({ low: value, high: value }, direction)
      ? "points the way of the claim"
      : "points the other way";
    return { verdict: "undecided", remark: `no interval yet: the number ${which}` };
  }
  if (reproduced && within(interval, reproduced)) return { verdict: "reproduced", remark: "" };
  if (within(interval, direction)) return { verdict: "reproduced in direction", remark: "" };
  if (interval.high < direction.low || interval.low > direction.high) {
    return { verdict: "contradicted", remark: "" };
  }
  return {
    verdict: "undecided",
    remark: "the interval is too wide: more rounds or seeds decide it",
  };
}

function within({ low, high }: Range, range: Range): boolean {
  return low >= range.low && high <= range.high;
}

/**
 * One verdict from those of a claim's numbers, which must all come out: the weakest, but where some are
 * contradicted and others are not, it is undecided.
 */
export function joinVerdicts(judgements: readonly Judgement[]): Judgement {
  const count = (verdict: Judgement["verdict"]) =>
    judgements.filter((one) => one.verdict === verdict).length;
  const against = count("contradicted"), all = judgements.length;
  if (against === all) return { verdict: "contradicted", remark: "" };
  if (against > 0) {
    const fit = count("reproduced") + count("reproduced in direction");
    return {
      verdict: "undecided",
      remark: `of ${all} numbers ${fit} fit and ${against} contradict`,
    };
  }
  const remarks = [...new Set(judgements.flatMap(({ remark }) => remark === "" ? [] : [remark]))];
  if (count("undecided") > 0) return { verdict: "undecided", remark: remarks.join("; ") };
  const direction = count("reproduced in direction") > 0;
  return { verdict: direction ? "reproduced in direction" : "reproduced", remark: "" };
}
