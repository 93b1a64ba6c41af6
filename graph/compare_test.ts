import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { outputsError, relativeError } from "./compare.ts";
import { tensor, zeros } from "./tensor.ts";

const vector = (...values: number[]) => tensor(Float32Array.from(values), [values.length]);

Deno.test("relative error is the largest difference over the largest expected value", () => {
  assertEquals(relativeError(vector(1, -2, 3), vector(1, -2, 3)), 0);
  assertAlmostEquals(relativeError(vector(1, 2.5), vector(1, 2)), 0.25);
  assertAlmostEquals(relativeError(vector(1, -3), vector(1, -4)), 0.25);
});

Deno.test("a value that is not finite is an infinite error, wherever it is", () => {
  for (const broken of [NaN, Infinity, -Infinity]) {
    assertEquals(relativeError(vector(1, broken), vector(1, 1)), Infinity);
    assertEquals(relativeError(vector(1, 1), vector(broken, 1)), Infinity);
    assertEquals(relativeError(vector(broken), vector(broken)), Infinity);
  }
});

Deno.test("all zeros are matched by zeros only", () => {
  assertEquals(relativeError(zeros([3]), zeros([3])), 0);
  assertEquals(relativeError(vector(0, 1e-9), zeros([2])), Infinity);
});

Deno.test("an output that is small beside the others is held to a thousandth of those", () => {
  const expected = new Map([["boxes", vector(100, 3)], ["scores", vector(1e-6, 2e-6)]]);
  const near = new Map([["boxes", vector(100, 3)], ["scores", vector(1e-6, 1e-3)]]);
  assertAlmostEquals(outputsError(near, expected), 1e-2, 1e-4);
  const far = new Map([["boxes", vector(110, 3)], ["scores", vector(1e-6, 2e-6)]]);
  assertAlmostEquals(outputsError(far, expected), 0.1);
  const broken = new Map([["boxes", vector(100, 3)], ["scores", vector(NaN, 2e-6)]]);
  assertEquals(outputsError(broken, expected), Infinity);
  assertThrows(() => outputsError(new Map(), expected), RangeError, 'called "boxes"');
});

Deno.test("tensors of different shapes are not compared", () => {
  assertThrows(() => relativeError(zeros([6]), zeros([2, 3])), RangeError, "current value is [6]");
});
