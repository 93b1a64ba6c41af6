import { assertEquals, assertLessOrEqual } from "@std/assert";
import { scaleToBudget, stepsBelow } from "./steps.ts";

Deno.test("counts are whole steps, at least one, and the most may be no multiple", () => {
  const steps = { step: 8, most: 20 };
  assertEquals([0, 7.9, 8, 15, 16, 19, 20, 99].map((k) => stepsBelow(steps, k)), [
    8,
    8,
    8,
    8,
    16,
    16,
    20,
    20,
  ]);
});

Deno.test("counts are scaled in proportion until the budget is met, then spend what is left", () => {
  const steps = [{ step: 1, most: 100 }, { step: 1, most: 100 }];
  const cost = ([a, b]: readonly number[]) => 10 * a + b;
  assertEquals(scaleToBudget(steps, [1, 2], cost, 120), [10, 20]);
  // A factor below 11 gives [10, 21]; the third left over would be beyond two steps.
  assertEquals(scaleToBudget(steps, [1, 2], cost, 124), [10, 23]);
  assertEquals(scaleToBudget(steps, [1, 2], cost, 1e9), [100, 100]);
});

Deno.test("coupled counts fit the budget, too", () => {
  const steps = [{ step: 8, most: 64 }, { step: 8, most: 128 }, { step: 128, most: 128 }];
  const cost = ([a, b, c]: readonly number[]) => 3 * a + a * b + b * c;
  for (const allowed of [2000, 5000, 9999, 20000]) {
    const counts = scaleToBudget(steps, [64, 128, 128], cost, allowed);
    assertLessOrEqual(cost(counts), allowed);
    assertEquals(counts[2], 128);
  }
});
