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
  "contradicted": "the whole interval lies on the other side; of numbers from elsewhere than the " +
    "paper's setting this says something of that setting only",
  "undecided": "there is no interval, or it is too wide, or numbers are missing, or some fit and " +
    "others contradict",
  "out of reach": "it cannot be tested here; the reason says what it would take",
  "not run": "it can be tested, but there is no record yet",
  "setting": "no finding of the paper, but how its authors worked",
};

/** What a number is the mean or median of. */
export interface Repeats {
  /** The unit of inference: fresh processes, or networks that were trained from the start. */
  readonly of: "rounds" | "seeds";
  /** How many there were. */
  readonly count: number;
}

/** A number with its interval, where it has one. */
export interface Interval {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Absent for arithmetic and counts, which come out the same each time and need no interval. */
  readonly repeats?: Repeats;
}

/** A verdict on one number, and what would decide it where it is not decided. */
export interface Judgement {
  readonly verdict: "reproduced" | "reproduced in direction" | "contradicted" | "undecided";
  /** Why it is undecided, or how far a contradiction reaches; empty otherwise. */
  readonly remark: string;
}

/** What gives an interval. */
const INTERVAL_NEEDS: Readonly<Record<Repeats["of"], string>> = {
  rounds: "at least 6 rounds with a second copy of the baseline",
  seeds: "at least 2 seeds",
};

/** More seeds than this are not worth to be told. */
const MANY = 1000;

/** An interval this narrow, as a share of the number, is rounding. */
const ROUNDING = 1e-9;

/** Judges a number. */
export function judgeNumber(
  { reproduced, direction }: Rule,
  { value, low, high, repeats }: Interval,
): Judgement {
  const undecided = (remark: string): Judgement => ({ verdict: "undecided", remark });
  if (repeats && (low === undefined || high === undefined)) {
    const points = within({ low: value, high: value }, direction) ? "the way" : "the other way";
    const needs = INTERVAL_NEEDS[repeats.of];
    return undecided(`no interval: ${needs} would give one; the number alone points ${points}`);
  }
  const interval = { low: low ?? value, high: high ?? value };
  if (repeats && interval.high - interval.low <= ROUNDING * Math.max(1, Math.abs(value))) {
    return undecided(
      `the same number from all ${repeats.count} ${repeats.of}, so they tell nothing of chance: ` +
        "more samples would",
    );
  }
  if (reproduced && within(interval, reproduced)) return { verdict: "reproduced", remark: "" };
  if (within(interval, direction)) return { verdict: "reproduced in direction", remark: "" };
  if (interval.high < direction.low || interval.low > direction.high) {
    const elsewhere = "contradicted here, in a setting that is not the paper's";
    return { verdict: "contradicted", remark: reproduced ? "" : elsewhere };
  }
  const decides = whatDecides(direction, value, interval, repeats);
  return undecided(`the interval is too wide: ${decides}`);
}

function within({ low, high }: Range, range: Range): boolean {
  return low >= range.low && high <= range.high;
}

/**
 * What would decide an interval that reaches over an end of the direction. The width of a mean's interval
 * falls with the root of the number of seeds; a part of a timing's, the noise band, does not fall.
 */
function whatDecides(
  direction: Range,
  value: number,
  { low, high }: Range,
  repeats: Repeats | undefined,
): string {
  if (repeats?.of !== "seeds") return "more rounds on a quieter machine may decide it";
  const crossed = [direction.low, direction.high].filter((end) => low < end && end < high);
  const needed = Math.max(
    ...crossed.map((end) =>
      Math.ceil(repeats.count * ((high - low) / 2 / Math.abs(value - end)) ** 2)
    ),
  );
  return needed <= MANY
    ? `about ${needed} seeds would decide it, should the mean stay`
    : "the mean is next to the limit, so no number of seeds in reach decides it";
}

/**
 * One verdict from those of a claim's numbers, which must all come out: the weakest. So no number has to
 * be corrected for the others: that all of several come out by chance is less likely than that one does.
 * Where some are contradicted and others are not, it is undecided.
 */
export function joinVerdicts(judgements: readonly Judgement[]): Judgement {
  const of = (verdict: Judgement["verdict"]) => judgements.filter((one) => one.verdict === verdict);
  const remark = (some: readonly Judgement[]) =>
    [...new Set(some.map(({ remark }) => remark))].filter((text) => text !== "").join("; ");
  const against = of("contradicted"), open = of("undecided"), all = judgements.length;
  if (all === 0) return { verdict: "undecided", remark: "there is no number" };
  if (against.length === all) return { verdict: "contradicted", remark: remark(against) };
  if (against.length > 0) {
    const rest = open.length === 0 ? "" : `, ${open.length} undecided`;
    return {
      verdict: "undecided",
      remark: `of ${all} numbers ${all - against.length - open.length} fit and ` +
        `${against.length} contradict${rest}`,
    };
  }
  if (open.length > 0) return { verdict: "undecided", remark: remark(open) };
  const direction = of("reproduced in direction").length > 0;
  return { verdict: direction ? "reproduced in direction" : "reproduced", remark: "" };
}
