import { assertEquals } from "@std/assert";
import { bestEpoch, evaluationsWithoutRise } from "./curve.ts";
import type { EpochRecord } from "./trainer_options.ts";

/** A curve of one metric; undefined where an epoch was not evaluated. */
function curve(values: readonly (number | undefined)[]): EpochRecord[] {
  return values.map((value, i): EpochRecord => ({
    epoch: i + 1,
    step: i + 1,
    rate: 1,
    loss: 1,
    penalty: 0,
    metrics: value === undefined ? {} : { "top-1": value },
    trainSeconds: 0,
    evaluationSeconds: 0,
  }));
}

Deno.test("the best epoch is the first with the highest value", () => {
  const best = (values: readonly (number | undefined)[]) =>
    bestEpoch(curve(values), "top-1")?.epoch;
  assertEquals(best([0.1, 0.5, 0.3, 0.5]), 2);
  assertEquals(best([undefined, 0, undefined]), 2);
  assertEquals(best([0.1, undefined, 0.2]), 3);
  assertEquals(best([undefined]), undefined);
});

Deno.test("evaluations without a rise are counted from the best one on", () => {
  const count = (values: readonly (number | undefined)[]) =>
    evaluationsWithoutRise(curve(values), "top-1");
  assertEquals(count([]), 0);
  assertEquals(count([0.1, 0.2]), 0);
  assertEquals(count([0.2, undefined, 0.1, undefined, 0.2, undefined]), 2);
  assertEquals(count([0.2, 0.1, 0.3]), 0);
});
