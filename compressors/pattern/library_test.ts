import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { tensor } from "../../graph/tensor.ts";
import { choosePatterns, naturalPatterns, RELEASED } from "./library.ts";

const kernels = (...list: number[][]) =>
  tensor(Float32Array.from(list.flat()), [list.length, 1, 3, 3]);

Deno.test("the released library keeps 5 positions in each of 13 patterns", () => {
  assertEquals(RELEASED.patterns.length, 13);
  assertEquals(new Set(RELEASED.patterns.map((pattern) => pattern.join())).size, 13);
  for (const pattern of RELEASED.patterns) assertEquals(new Set(pattern).size, 5);
  // The cross, which removes the corners, and one without the middle.
  assertEquals(RELEASED.patterns[0], [1, 3, 4, 5, 7]);
  assertEquals(RELEASED.patterns[10], [0, 1, 2, 3, 6]);
});

Deno.test("a kernel takes the pattern that leaves the most, of equal ones the first", () => {
  const { patterns, norms } = choosePatterns(
    kernels([0, 3, 0, 4, 5, 1, 0, 1, 0], [9, 9, 9, 9, 0, 0, 9, 0, 0], new Array(9).fill(1)),
    RELEASED,
  );
  assertEquals([...patterns], [0, 10, 0]);
  assertAlmostEquals(norms[0], Math.sqrt(9 + 16 + 25 + 1 + 1), 1e-6);
});

Deno.test("natural patterns are the most frequent ones, with the middle position", () => {
  const a = [9, -8, 7, 0, 0, 0, 1, 1, 1]; // 0 1 2 and the middle, although it is zero
  const b = [0, 0, 0, 6, 2, 0, 7, 0, -8]; // 3 6 8
  const { keeps, patterns } = naturalPatterns([kernels(b, a), kernels(a.map((x) => -x), b, a)]);
  assertEquals([keeps, patterns], [4, [[0, 1, 2, 4], [3, 4, 6, 8]]]);
});

Deno.test("a library has at most 8 of the 56 natural patterns", () => {
  const random = new Random(3, "kernels");
  const weight = tensor(random.fillNormal(new Float32Array(40 * 20 * 9)), [40, 20, 3, 3]);
  const before = weight.data.slice();
  const { patterns } = naturalPatterns([weight]);
  assertEquals(weight.data, before);
  assertEquals(patterns.length, 8);
  for (const pattern of patterns) {
    assertEquals([pattern.length, pattern.includes(4)], [4, true]);
  }
});
