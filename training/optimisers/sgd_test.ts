import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { sgd } from "./sgd.ts";
import type { Optimiser } from "./optimiser.ts";

/** Weights after each of the gradients 1, -2, 0.5, for one weight that starts at 2. */
function walk(optimiser: Optimiser, decay: number): number[] {
  const weight = new Float32Array([2]);
  const state = optimiser.start(1);
  return [1, -2, 0.5].map((gradient, step) => {
    optimiser.update(weight, new Float32Array([gradient]), state, { rate: 0.1, step, decay });
    return weight[0];
  });
}

function assertNear(actual: readonly number[], expected: readonly number[]) {
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-6));
}

Deno.test("sgd without momentum goes down the gradient and its decay", () => {
  // g = 1 + 0.5 * 2 = 2; -2 + 0.5 * 1.8 = -1.1; 0.5 + 0.5 * 1.91 = 1.455.
  assertNear(walk(sgd({ momentum: 0 }), 0.5), [1.8, 1.91, 1.7645]);
});

Deno.test("sgd keeps a share of its direction, which decay is a part of", () => {
  // v = 2; 0.9 * 2 + (-2 + 0.9) = 0.7; 0.9 * 0.7 + (0.5 + 0.865) = 1.995.
  assertNear(walk(sgd({ momentum: 0.9 }), 0.5), [1.8, 1.73, 1.5305]);
});

Deno.test("sgd in Nesterov's form looks one step of momentum ahead", () => {
  // g = 2, v = 2, w -= 0.1 * (2 + 1.8); g = -1.19, v = 0.61, w -= 0.1 * (-1.19 + 0.549);
  // g = 1.34205, v = 1.89105, w -= 0.1 * (1.34205 + 1.701945).
  assertNear(walk(sgd({ momentum: 0.9, nesterov: true }), 0.5), [1.62, 1.6841, 1.3797005]);
});

Deno.test("sgd updates every weight alone", () => {
  const optimiser = sgd({ momentum: 0.5 });
  const weight = new Float32Array([1, 2, 3]), state = optimiser.start(3);
  const gradient = new Float32Array([4, 0, -8]);
  for (const step of [0, 1]) optimiser.update(weight, gradient, state, { rate: 1, step, decay: 0 });
  assertEquals([...weight], [1 - 4 - 6, 2, 3 + 8 + 12]);
  assertEquals([...state.momentum], [6, 0, -12]);
  assertEquals([...gradient], [4, 0, -8]);
});

Deno.test("sgd without momentum keeps no state", () => {
  assertEquals(sgd({ momentum: 0 }).start(1000), {});
});

Deno.test("sgd refuses a momentum that would not settle", () => {
  for (const momentum of [1, -0.1, NaN]) {
    assertThrows(() => sgd({ momentum }), RangeError, `"momentum" must be in [0, 1)`);
  }
  assertThrows(() => sgd({ momentum: 0, nesterov: true }), RangeError, "above 0 with");
});
