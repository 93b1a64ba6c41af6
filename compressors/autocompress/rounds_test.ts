import { assertAlmostEquals, assertEquals } from "@std/assert";
import { roundsOf } from "./rounds.ts";

const rates = (...given: Parameters<typeof roundsOf>) => roundsOf(...given).map(({ rate }) => rate);

Deno.test("rounds double the rate up to the target", () => {
  assertEquals(rates(16, "auto", 40), [2, 4, 8, 16]);
  assertEquals(rates(5, "auto", 40), [2, 4, 5]);
  assertEquals(rates(1.5, "auto", 40), [1.5]);
  assertEquals(rates(1, "auto", 40), [1]);
});

Deno.test("a number of rounds has the same factor each, and so have rounds that there is no time for", () => {
  assertEquals(rates(27, 3, 40).map((rate) => Math.round(rate * 1e9) / 1e9), [3, 9, 27]);
  assertEquals(rates(16, "auto", 4), [4, 16]);
  assertEquals(rates(16, 3, 0), [16]);
  assertAlmostEquals(rates(100, 4, 9)[1], 10, 1e-9);
});

Deno.test("rounds share the epochs, the larger part for ADMM", () => {
  assertEquals(roundsOf(4, "auto", 9).map(({ admm, recovery }) => [admm, recovery]), [[3, 1], [
    4,
    1,
  ]]);
  assertEquals(roundsOf(16, "auto", 5).map(({ admm, recovery }) => [admm, recovery]), [
    [2, 0],
    [2, 1],
  ]);
  assertEquals(roundsOf(4, "auto", 0), [{ rate: 4, admm: 0, recovery: 0 }]);
});
