import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { adam, adamw } from "./adam.ts";
import type { Optimiser } from "./optimiser.ts";

/** Weights after each of the gradients, for one weight that starts at 2; rate 0.1. */
function walk(optimiser: Optimiser, decay: number, gradients: readonly number[]): number[] {
  const weight = new Float32Array([2]);
  const state = optimiser.start(1);
  return gradients.map((gradient, step) => {
    optimiser.update(weight, new Float32Array([gradient]), state, { rate: 0.1, step, decay });
    return weight[0];
  });
}

function assertNear(actual: readonly number[], expected: readonly number[]) {
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-6));
}

Deno.test("adam follows the corrected means of gradients and their squares", () => {
  // beta 0.5 and 0.75: m = 1.5, v = 2.25, corrected 3 and 9: one whole rate down.
  // Then m = 1.5 / 2 - 1 / 2 = 0.25, v = 0.75 * 2.25 + 0.25 = 1.9375; corrected by 1 - 0.5^2 = 0.75
  // and 1 - 0.75^2 = 0.4375: (1 / 3) / sqrt(31 / 7) = 0.1583968 rates down.
  const optimiser = adam({ beta1: 0.5, beta2: 0.75, epsilon: 1e-12 });
  assertNear(walk(optimiser, 0, [3, -1]), [1.9, 1.88416032]);
});

Deno.test("the first step of adam is one rate long whatever the gradient", () => {
  for (const gradient of [0.1, 1, 1e3, -50]) {
    assertNear(walk(adam(), 0, [gradient]), [2 - 0.1 * Math.sign(gradient)]);
  }
});

Deno.test("adam adds epsilon to the corrected root", () => {
  // m = v = 1 once corrected: 0.1 / (1 + 3).
  assertNear(walk(adam({ epsilon: 3 }), 0, [1]), [2 - 0.025]);
});

Deno.test("adam scales its decay with the gradient, adamw does not", () => {
  // Decay turns the gradient -0.5 into 0.5, and the first step goes the other way.
  assertNear(walk(adam(), 0.5, [-0.5]), [1.9]);
  // 2 * (1 - 0.1 * 0.5), then one rate up.
  assertNear(walk(adamw(), 0.5, [-0.5]), [1.9 + 0.1]);
  assertNear(walk(adamw(), 0.5, [0, 0]), [1.9, 1.805]);
});

Deno.test("adam leaves a weight without gradient alone", () => {
  assertEquals(walk(adam(), 0, [0, 0, 0]), [2, 2, 2]);
});

Deno.test("adam refuses what is out of range", () => {
  assertThrows(() => adam({ beta1: 1 }), RangeError, `"adam" as "beta1" must be in [0, 1)`);
  assertThrows(() => adamw({ beta2: -1 }), RangeError, `"adamw" as "beta2" must be in [0, 1)`);
  assertThrows(() => adam({ epsilon: 0 }), RangeError, `"epsilon" must be above 0`);
});
