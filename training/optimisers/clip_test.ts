import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { clipGradients } from "./clip.ts";

Deno.test("gradients that are too long together are scaled by one factor", () => {
  const a = new Float32Array([3, 0]), b = new Float32Array([0, -4, 0]);
  assertEquals(clipGradients(new Map([["a", a], ["b", b]]), 2.5), 5);
  assertEquals([...a, ...b], [1.5, 0, 0, -2, 0]);
});

Deno.test("gradients within the bound stay as they are", () => {
  const a = new Float32Array([3, 4]);
  assertEquals(clipGradients(new Map([["a", a]]), 5), 5);
  assertEquals([...a], [3, 4]);
  assertEquals(clipGradients(new Map(), 1), 0);
});

Deno.test("squares that float32 cannot hold are summed all the same", () => {
  const a = new Float32Array([3e30, 4e30]);
  assertAlmostEquals(clipGradients(new Map([["a", a]]), 1) / 5e30, 1, 1e-6);
  assertAlmostEquals(Math.hypot(...a), 1, 1e-6);
});

Deno.test("gradients that are no numbers are told and left", () => {
  const a = new Float32Array([1, NaN]), b = new Float32Array([Infinity, 7]);
  assertEquals(clipGradients(new Map([["a", a]]), 1), NaN);
  assertEquals(clipGradients(new Map([["b", b]]), 1), Infinity);
  assertEquals([...a, ...b], [1, NaN, Infinity, 7]);
});

Deno.test("a bound of 0 is refused", () => {
  assertThrows(() => clipGradients(new Map(), 0), RangeError, "above 0: current value is 0");
});
