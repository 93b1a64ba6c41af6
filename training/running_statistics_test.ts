import { assertEquals } from "@std/assert";
import type { Dataset } from "./data/dataset.ts";
import { followStatistics, reestimateStatistics } from "./running_statistics.ts";
import type { BatchStatistics } from "./step.ts";

/** Statistics of a batch at one normalization of two channels. */
function statistics(
  mean: readonly number[],
  variance: readonly number[],
  count: number,
): BatchStatistics {
  return {
    runningMean: "bn.mean",
    runningVariance: "bn.var",
    mean: Float32Array.from(mean),
    variance: Float32Array.from(variance),
    count,
  };
}

const weights = () =>
  new Map([["bn.mean", Float32Array.of(1, 2)], ["bn.var", Float32Array.of(4, 8)]]);
const all = () => true;

Deno.test("running statistics follow a batch, the variance without its bias", () => {
  const live = weights();
  followStatistics(live, [statistics([3, -2], [3, 9], 4)], 0.25, all);
  // 0.75 * 1 + 0.25 * 3; 0.75 * 2 - 0.25 * 2.
  assertEquals([...live.get("bn.mean")!], [1.5, 1]);
  // 0.75 * 4 + 0.25 * 3 * 4/3; 0.75 * 8 + 0.25 * 9 * 4/3.
  assertEquals([...live.get("bn.var")!], [4, 9]);
});

Deno.test("a single value moves the mean and not the variance", () => {
  const live = weights();
  followStatistics(live, [statistics([3, -2], [0, 0], 1)], 0.5, all);
  assertEquals([...live.get("bn.mean")!], [2, 0]);
  assertEquals([...live.get("bn.var")!], [4, 8]);
});

Deno.test("frozen statistics stay", () => {
  const live = weights();
  followStatistics(live, [statistics([3, 3], [2, 2], 9)], 0.5, (name) => name !== "bn.mean");
  assertEquals([...live.get("bn.mean")!], [1, 2]);
  assertEquals([...live.get("bn.var")!], [3.125, 5.125]);
});

const dataset: Dataset<number> = {
  name: "numbers",
  description: "5 numbers",
  size: 5,
  sampleShape: [1],
  classes: [],
  load: (index) => ({ values: Float32Array.of(index), label: index }),
};
const options = { batch: 2, seed: 1, epochs: 3, learns: all };

Deno.test("statistics are taken anew as means over batches, over the end of an epoch", async () => {
  const live = weights();
  const batches = [[1, 3, 2], [2, 6, 2], [6, 0, 4]] as const;
  const streams: string[] = [];
  const anew = await reestimateStatistics(dataset, live, {
    ...options,
    batches: 3,
    run(_batch, stream) {
      const [mean, variance, count] = batches[streams.push(stream) - 1];
      const found = [statistics([mean, -mean], [variance, 2 * variance], count)];
      return Promise.resolve({ statistics: found });
    },
  });
  assertEquals(anew, true);
  assertEquals(new Set(streams).size, 3);
  assertEquals([...live.get("bn.mean")!], [3, -3]);
  // (3 * 2/1 + 6 * 2/1 + 0 * 4/3) / 3.
  assertEquals([...live.get("bn.var")!], [6, 12]);
});

Deno.test("a network without batch normalizations needs one batch to know", async () => {
  let runs = 0;
  const run = () => Promise.resolve({ statistics: [], runs: ++runs });
  const live = weights();
  assertEquals(await reestimateStatistics(dataset, live, { ...options, batches: 9, run }), false);
  assertEquals(runs, 1);
  assertEquals(await reestimateStatistics(dataset, live, { ...options, batches: 0, run }), false);
  assertEquals(live, weights());
});
