import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { directionOf, gainBelow, gainOf, notWorse, roundsTo } from "../../suites/claims/rule.ts";
import { type Interval, joinVerdicts, type Judgement, judgeNumber } from "./verdict.ts";

const ROUNDS = { of: "rounds", count: 8 } as const;
const SEEDS = { of: "seeds", count: 3 } as const;

function timed(value: number, low: number, high: number): Interval {
  return { value, low, high, repeats: ROUNDS };
}

function verdicts(...numbers: Interval[]) {
  return (rule: Parameters<typeof judgeNumber>[0]) =>
    numbers.map((number) => judgeNumber(rule, number).verdict);
}

Deno.test("it is the whole interval that decides", () => {
  const of = verdicts(
    timed(3.5, 3.1, 3.9),
    timed(3.5, 2.9, 3.9),
    timed(2, 1.5, 2.5),
    timed(1.2, 0.9, 1.5),
    timed(0.8, 0.7, 0.9),
  );
  assertEquals(of(gainOf(3)), [
    ...["reproduced", "reproduced in direction", "reproduced in direction"] as const,
    ...["undecided", "contradicted"] as const,
  ]);
  assertEquals(of(directionOf(gainOf(3))), [
    ...["reproduced in direction", "reproduced in direction", "reproduced in direction"] as const,
    ...["undecided", "contradicted"] as const,
  ]);
});

Deno.test("an upper limit is contradicted from above", () => {
  const of = verdicts(timed(1.5, 1.2, 1.9), timed(2, 1.8, 2.2), timed(3, 2.5, 3.5));
  assertEquals(of(gainBelow(2)), ["reproduced", "undecided", "contradicted"]);
});

Deno.test("arithmetic needs no interval; what was measured does, and is told which way it points", () => {
  assertEquals(judgeNumber(roundsTo("2.6"), { value: 2.62 }).verdict, "reproduced");
  assertEquals(judgeNumber(roundsTo("2.6"), { value: 2.7 }).verdict, "contradicted");
  const { verdict, remark } = judgeNumber(gainOf(2), { value: 2.5, repeats: ROUNDS });
  assertEquals(verdict, "undecided");
  assertMatch(remark, /^no interval: at least 6 rounds .* points the way$/);
  const other = judgeNumber(notWorse(), { value: -1, repeats: { of: "seeds", count: 1 } });
  assertMatch(other.remark, /at least 2 seeds .* points the other way$/);
});

Deno.test("seeds that all give the same number show nothing of chance", () => {
  for (const value of [0, 25]) {
    const same = { value, low: value - 1e-14, high: value + 1e-14, repeats: SEEDS };
    const { verdict, remark } = judgeNumber(notWorse(), same);
    assertEquals(verdict, "undecided");
    assertStringIncludes(remark, "the same number from all 3 seeds");
  }
});

Deno.test("what would decide is told: seeds by the width of the interval", () => {
  // Half as wide as the mean's distance to 0 takes (2 / 1)^2 times the seeds.
  const { remark } = judgeNumber(notWorse(), { value: 1, low: -1, high: 3, repeats: SEEDS });
  assertStringIncludes(remark, "about 12 seeds");
  const near = judgeNumber(notWorse(), { value: 0.001, low: -1, high: 1.002, repeats: SEEDS });
  assertStringIncludes(near.remark, "no number of seeds in reach");
  assertStringIncludes(judgeNumber(gainOf(2), timed(1.1, 0.9, 1.3)).remark, "more rounds");
});

Deno.test("a contradiction from elsewhere says so of elsewhere only", () => {
  const against = timed(0.8, 0.7, 0.9);
  assertEquals(judgeNumber(gainOf(3), against).remark, "");
  assertStringIncludes(judgeNumber(directionOf(gainOf(3)), against).remark, "not the paper's");
});

Deno.test("of several numbers the weakest decides, and some against others leave it open", () => {
  const make = (verdict: Judgement["verdict"]): Judgement => ({
    verdict,
    remark: verdict === "undecided" ? "too wide" : "",
  });
  const [yes, way, no, open] = [
    ...["reproduced", "reproduced in direction", "contradicted", "undecided"] as const,
  ].map(make);
  const cases: [Judgement[], Judgement["verdict"], string][] = [
    [[yes, yes], "reproduced", ""],
    [[yes, way], "reproduced in direction", ""],
    [[yes, open, open], "undecided", "too wide"],
    [[no, no], "contradicted", ""],
    [[yes, way, no, open], "undecided", "of 4 numbers 2 fit and 1 contradict, 1 undecided"],
    [[no, open], "undecided", "of 2 numbers 0 fit and 1 contradict, 1 undecided"],
    [[], "undecided", "there is no number"],
  ];
  for (const [given, verdict, remark] of cases) {
    assertEquals(joinVerdicts(given), { verdict, remark });
  }
});
