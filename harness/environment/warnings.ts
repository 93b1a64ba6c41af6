/**
 * What could have spoilt a run: a closed set of codes, each with a remedy. Warnings are stored
 * in the record, not only printed.
 *
 * @module
 */

import { type Band, comparisonLevel } from "../measure/comparison.ts";
import type { CaseResult, Warning } from "../result.ts";
import type { RunProgress } from "../records/store.ts";

/** Everything that a run can warn of, with what to do about it. */
export const REMEDIES = {
  "high-load": "stop other programs and run again",
  "governor": "set it with `cpupower frequency-set -g performance`, where you may",
  "virtual-machine": "expect wider intervals, or run on a machine of your own",
  "dirty-tree": "commit your changes, so that the run can be made again",
  "too-few-rounds": "use at least 6 rounds for intervals of 95 %, 8 for 99 %",
  "no-aa-band": "measure the baseline twice in at least 6 rounds; no verdict is given without it",
  "wide-aa-band": "stop other programs, pin threads, or use more rounds",
  "drift": "let the machine cool down and run again with nothing beside it",
  "many-comparisons": "use at least 8 rounds for intervals of 99 %",
  "throttled": "let the device cool down, and run it on its own",
  "round-failed": "see the message; what fails twice is left out of the rounds that follow",
} as const;

/** Code of a warning. */
export type WarningCode = keyof typeof REMEDIES;

/** A warning with its remedy. */
export function warning(code: WarningCode, cause: string): Warning {
  return { code, cause, remedy: REMEDIES[code] };
}

/** Two copies of the same case that differ by more than this make small gains invisible. */
const WIDE_BAND = 1.05;

/** What the measured values themselves warn of. */
export function runWarnings(
  cases: readonly CaseResult[],
  aaBand: Band | undefined,
  { failures }: RunProgress,
): readonly Warning[] {
  const timed = cases.filter((row) => row.latency !== undefined);
  if (timed.length === 0) return failureWarnings(failures);
  const rounds = Math.min(...timed.map((row) => row.latency?.rounds ?? 0));
  const warnings: Warning[] = [];
  if (timed.some((row) => row.latency?.level === undefined)) {
    warnings.push(warning("too-few-rounds", `${rounds} round(s) give no interval`));
  }
  const compared = timed.filter((row) => row.speedupDense).length;
  if (compared > 0 && aaBand === undefined) {
    warnings.push(warning("no-aa-band", "the noise of this run is unknown"));
  }
  if (aaBand !== undefined && aaBand.high > WIDE_BAND) {
    warnings.push(
      warning(
        "wide-aa-band",
        `two copies of the same case differ by up to ${percent(aaBand.high)}`,
      ),
    );
  }
  const level = comparisonLevel(compared, rounds);
  if (compared > 5 && level < 0.99) {
    warnings.push(
      warning(
        "many-comparisons",
        `${compared} comparisons, each with an interval of ${level * 100} %`,
      ),
    );
  }
  const drifting = timed.filter(({ spread }) =>
    aaBand !== undefined && spread !== undefined &&
    (spread.drift > aaBand.high || spread.drift < aaBand.low)
  );
  if (drifting.length > 0) {
    const worst = drifting.map((row) => row.spread?.drift ?? 1)
      .reduce((a, b) => Math.abs(Math.log(a)) > Math.abs(Math.log(b)) ? a : b);
    warnings.push(
      warning(
        "drift",
        `the second half of the samples differs from the first by more than the A/A band in ` +
          `${drifting.length} case(s), at worst by ${percent(worst)}`,
      ),
    );
  }
  return [...warnings, ...throttledWarnings(cases), ...failureWarnings(failures)];
}

/** One for each reason, with the cases that it holds for. */
function throttledWarnings(cases: readonly CaseResult[]): readonly Warning[] {
  const held = cases.filter(({ throttled = [] }) => throttled.length > 0);
  if (held.length === 0) return [];
  const rounds = held.flatMap(({ throttled = [] }) => throttled);
  const reasons = [...new Set(rounds)].slice(0, 3).join("; ");
  const cause = `the device was held back in ${held.length} case(s), ${rounds.length} round(s): ` +
    reasons;
  return [warning("throttled", cause)];
}

function failureWarnings(failures: RunProgress["failures"]): readonly Warning[] {
  return failures.map(({ round, case: id, message }) =>
    warning("round-failed", `round ${round + 1}${id ? `, case ${id}` : ""}: ${message}`)
  );
}

function percent(ratio: number): string {
  return `${(100 * (ratio - 1)).toFixed(1)} %`;
}
