import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import {
  comparisonLevel,
  estimateRatio,
  noiseBand,
  type PairedRound,
  verdictOf,
} from "./comparison.ts";

/** Noise of a shared machine: each process has its own luck, bursts hit neighbours in time. */
const PROCESS_NOISE = 0.007;
const CALL_NOISE = 0.02;
const BURST_CHANCE = 0.1;

/** Times by case, round and block, of cases with these true times. */
function simulate(random: Random, truth: readonly number[], rounds: number, blocks: number) {
  const times = truth.map((): number[][] => []);
  for (let round = 0; round < rounds; round++) {
    const ownTruth = truth.map((time) => time * Math.exp(PROCESS_NOISE * random.normal()));
    for (const of of times) of.push([]);
    for (let block = 0; block < blocks; block++) {
      const burst = random.uniform() < BURST_CHANCE ? 1 + random.uniform() : 1;
      for (const [index, time] of ownTruth.entries()) {
        times[index][round].push(time * burst * Math.exp(CALL_NOISE * random.normal()));
      }
    }
  }
  return times;
}

function pair(baseline: readonly number[][], candidate: readonly number[][]): PairedRound[] {
  return baseline.map((times, round) => ({ baseline: times, candidate: candidate[round] }));
}

/** How often each verdict falls on a candidate that is truly `speedup` times as fast. */
function verdicts(seed: number, speedup: number, trials: number) {
  const random = new Random(seed, "verdicts");
  const counts = { faster: 0, slower: 0, "none shown": 0 };
  for (let trial = 0; trial < trials; trial++) {
    const [baseline, copy, candidate] = simulate(random, [1, 1, 1 / speedup], 10, 15);
    const band = noiseBand(estimateRatio(pair(baseline, copy)));
    counts[verdictOf(estimateRatio(pair(baseline, candidate)), band)]++;
  }
  return counts;
}

Deno.test("estimateRatio() pairs by block, so a slow moment of the machine cancels", () => {
  const round = { baseline: [10, 40, 10], candidate: [5, 20, 5] };
  assertEquals(estimateRatio([round, round]), { value: 2, rounds: 2 });
});

Deno.test("estimateRatio() refuses rounds whose blocks do not match", () => {
  const round = { baseline: [1, 2], candidate: [1] };
  assertThrows(() => estimateRatio([round]), RangeError, "must have 2 times");
});

Deno.test("noiseBand() is symmetric in the ratio's logarithm and needs an interval", () => {
  const band = noiseBand({ value: 1, low: 0.99, high: 1.02, level: 0.95, rounds: 6 });
  assertAlmostEquals(band?.high ?? NaN, 1.02);
  assertAlmostEquals(band?.low ?? NaN, 1 / 1.02);
  assertEquals(noiseBand({ value: 1, rounds: 3 }), undefined);
});

Deno.test("verdictOf() shows a difference only when the whole interval clears the band", () => {
  const band = { low: 0.98, high: 1.02 };
  const ratio = (low: number, high: number) => ({ value: (low + high) / 2, low, high, rounds: 6 });
  assertEquals(verdictOf(ratio(1.03, 1.1), band), "faster");
  assertEquals(verdictOf(ratio(1.01, 1.1), band), "none shown");
  assertEquals(verdictOf(ratio(0.9, 0.97), band), "slower");
  assertEquals(verdictOf(ratio(0.9, 0.97), undefined), "none shown");
  assertEquals(verdictOf({ value: 2, rounds: 3 }, band), "none shown");
});

Deno.test("a verdict raises a false alarm on equal cases in less than 5 % of runs", () => {
  const { faster, slower } = verdicts(3, 1, 1000);
  assertLess((faster + slower) / 1000, 0.05);
});

Deno.test("a verdict finds a planted difference of 5 %, in its true direction", () => {
  const counts = verdicts(4, 1.05, 300);
  assertGreater(counts.faster / 300, 0.95);
  assertEquals(counts.slower, 0);
  assertGreater(verdicts(5, 1 / 1.05, 300).slower / 300, 0.95);
});

Deno.test("estimateRatio() covers the true ratio as often as it says", () => {
  const random = new Random(6, "ratio");
  let covered = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const [baseline, candidate] = simulate(random, [1, 0.5], 10, 5);
    const { low = NaN, high = NaN } = estimateRatio(pair(baseline, candidate));
    if (low <= 2 && 2 <= high) covered++;
  }
  assertGreater(covered / 1000, 0.93);
});

Deno.test("comparisonLevel() is stricter for several comparisons when the rounds allow it", () => {
  assertEquals(comparisonLevel(1, 10), 0.95);
  assertEquals(comparisonLevel(5, 10), 0.99);
  assertEquals(comparisonLevel(5, 7), 0.95);
});
