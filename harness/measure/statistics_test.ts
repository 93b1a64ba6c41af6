import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import {
  drift,
  estimateMedian,
  geometricMean,
  intervalRank,
  median,
  quantile,
  scaledMad,
  tukeyOutliers,
} from "./statistics.ts";

Deno.test("quantile() interpolates between order statistics (type 7)", () => {
  // By hand: 0.05 x 4 = 0.2 gives 15 + 0.2 x 5; 0.4 x 4 = 1.6 gives 20 + 0.6 x 15.
  const values = [50, 15, 40, 20, 35];
  assertAlmostEquals(quantile(values, 0.05), 16);
  assertAlmostEquals(quantile(values, 0.4), 29);
  assertAlmostEquals(quantile(values, 0.95), 48);
  assertEquals(values[0], 50);
});

Deno.test("median() refuses an empty list", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertThrows(() => median([]), RangeError, "must not be empty");
});

Deno.test("scaledMad() estimates the standard deviation of normal noise and ignores outliers", () => {
  const random = new Random(1, "mad");
  const values = Array.from({ length: 20_000 }, () => 5 + 2 * random.normal());
  assertAlmostEquals(scaledMad(values), 2, 0.05);
  values.fill(1e9, 0, 200);
  assertAlmostEquals(scaledMad(values), 2, 0.1);
});

Deno.test("geometricMean() of ratios and of their reciprocals are reciprocal", () => {
  assertAlmostEquals(geometricMean([1, 4, 16]), 4);
  assertAlmostEquals(geometricMean([1, 1 / 4, 1 / 16]), 1 / 4);
});

Deno.test("tukeyOutliers() counts what lies beyond the fences", () => {
  const values = [10, 11, 12, 13, 14, 15, 16, 17, 18, 30, 100];
  // Quartiles 12.5 and 17.5: inner fences 5 and 25, outer fences -2.5 and 32.5.
  assertEquals(tukeyOutliers(values), { mild: 2, severe: 1 });
});

Deno.test("drift() compares the second half with the first, in measured order", () => {
  assertAlmostEquals(drift([1, 1, 1, 1.2, 1.2, 1.2]), 1.2);
  assertEquals(drift([3]), 1);
});

Deno.test("intervalRank() is the sign test turned round", () => {
  // 2 P(Binomial(n, 1/2) < k): 6.3 % for n = 5, k = 1; 3.1 % for 6; 0.8 % for 8; 2.1 % for 10, k = 2.
  assertEquals(intervalRank(5, 0.95), undefined);
  assertEquals(intervalRank(6, 0.95), 1);
  assertEquals(intervalRank(8, 0.95), 1);
  assertEquals(intervalRank(9, 0.95), 2);
  assertEquals(intervalRank(10, 0.95), 2);
  assertEquals(intervalRank(20, 0.95), 6);
  assertEquals(intervalRank(7, 0.99), undefined);
  assertEquals(intervalRank(8, 0.99), 1);
  assertEquals(intervalRank(1000, 0.95), 469);
});

Deno.test("estimateMedian() gives no interval when there are too few rounds for one", () => {
  assertEquals(estimateMedian([2, 1, 3]), { value: 2, rounds: 3 });
  assertEquals(estimateMedian([1, 2, 3, 4, 5, 6]), {
    value: 3.5,
    low: 1,
    high: 6,
    level: 0.95,
    rounds: 6,
  });
});

Deno.test("estimateMedian() covers the true median as often as it says, on skewed noise", () => {
  const random = new Random(2, "coverage");
  for (const [rounds, level] of [[6, 0.95], [10, 0.95], [15, 0.95], [10, 0.99]]) {
    const trials = 4000;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      // Latencies are skewed: log-normal with true median 1, and one in ten rounds is disturbed.
      const perRound = Array.from({ length: rounds }, () => {
        const burst = random.uniform() < 0.1 ? (random.uniform() < 0.5 ? 2 : 0.5) : 1;
        return burst * Math.exp(0.3 * random.normal());
      });
      const { low = NaN, high = NaN } = estimateMedian(perRound, level);
      if (low <= 1 && 1 <= high) covered++;
    }
    // Three standard errors of the simulation below the promise; the order statistics of so few
    // rounds can only promise a little more, never certainty.
    const error = Math.sqrt(level * (1 - level) / trials);
    assertGreater(covered / trials, level - 3 * error);
    assertLess(covered / trials, 0.9999);
  }
});
