import { assertEquals, assertStringIncludes } from "@std/assert";
import { preparedOf, setupOf, specOf } from "../measure/testdata/mock_run.ts";
import type { CaseResult } from "../result.ts";
import { runWarnings } from "./warnings.ts";

const PROGRESS = { setup: setupOf(), inputs: [], prepared: [], finishedRounds: [], failures: [] };
const SPREAD = {
  samples: 10,
  min: 1,
  mean: 1,
  p5: 1,
  p95: 1,
  mad: 0,
  madBetweenRounds: 0,
  mildOutliers: 0,
  severeOutliers: 0,
  drift: 1,
};

function timed(method: string, drift = 1): CaseResult {
  const { program: _, ...row } = preparedOf(specOf(method), "subject");
  const interval = { value: 1, low: 1, high: 1, level: 0.95, rounds: 6 };
  return {
    ...row,
    latency: interval,
    speedupDense: { ...interval, verdict: "none shown" },
    spread: { ...SPREAD, drift },
  };
}

function codes(...args: Parameters<typeof runWarnings>): string[] {
  return runWarnings(...args).map(({ code }) => code);
}

Deno.test("a quiet run warns of nothing", () => {
  assertEquals(codes([timed("a"), timed("b")], { low: 0.99, high: 1.01 }, PROGRESS), []);
});

Deno.test("a run in which nothing was measured warns of what failed only", () => {
  const failures = [{ round: 1, case: "abc", message: "ended by SIGKILL" }];
  const [only, ...others] = runWarnings([], undefined, { ...PROGRESS, failures });
  assertEquals([only.code, others.length], ["round-failed", 0]);
  assertEquals(only.cause, "round 2, case abc: ended by SIGKILL");
});

Deno.test("drift is judged by the A/A band, on both sides, and told by its worst", () => {
  const band = { low: 0.98, high: 1.02 };
  const rows = [timed("a", 1.01), timed("b", 1.03), timed("c", 0.9)];
  const [drift] = runWarnings(rows, band, PROGRESS);
  assertEquals(drift.code, "drift");
  assertStringIncludes(drift.cause, "2 case(s), at worst by -10.0 %");
});

Deno.test("a wide band and many comparisons at 95 % are warned of", () => {
  const rows = ["a", "b", "c", "d", "e", "f"].map((method) => timed(method));
  assertEquals(codes(rows, { low: 0.9, high: 1.1 }, PROGRESS), [
    "wide-aa-band",
    "many-comparisons",
  ]);
});

Deno.test("rounds in which the device was held back are warned of, with the reason", () => {
  const throttled = ["round 2: cpu0 was throttled for its temperature"];
  const rows = [{ ...timed("a"), throttled }, timed("b"), { ...timed("c"), throttled }];
  const [held, ...others] = runWarnings(rows, { low: 0.99, high: 1.01 }, PROGRESS);
  assertEquals([held.code, others], ["throttled", []]);
  assertEquals(
    held.cause,
    "the device was held back in 2 case(s), 2 round(s): " +
      "round 2: cpu0 was throttled for its temperature",
  );
});
