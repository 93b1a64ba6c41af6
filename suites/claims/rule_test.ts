import { assertEquals, assertThrows } from "@std/assert";
import {
  aboutEqual,
  directionOf,
  gainBelow,
  gainOf,
  notWorse,
  type Range,
  roundsTo,
} from "./rule.ts";

const has = ({ low, high }: Range, value: number) => value >= low && value <= high;

Deno.test("what rounds to a printed number is reproduced, to its last digit", () => {
  const { reproduced } = roundsTo("2.6");
  assertEquals(
    [2.5499, 2.55, 2.6, 2.65, 2.6501].map((value) => has(reproduced!, value)),
    [false, true, true, true, false],
  );
  assertEquals(has(roundsTo("14").reproduced!, 14.49), true);
  assertEquals(has(roundsTo("-2.6").reproduced!, -2.62), true);
});

Deno.test("what is computed from rounded numbers may be off by their rounding, and no more", () => {
  const { reproduced } = roundsTo("2.6", 0.01);
  assertEquals([has(reproduced!, 2.53), has(reproduced!, 2.52)], [true, false]);
});

Deno.test("only decimal numbers can be rounded to", () => {
  for (const printed of ["<2", "", "1e3", "8x4"]) {
    assertThrows(() => roundsTo(printed), RangeError, `current value is "${printed}"`);
  }
});

Deno.test("a smaller gain points the same way, a loss does not", () => {
  const { reproduced, direction } = gainOf(2.8);
  assertEquals([has(reproduced!, 2.8), has(reproduced!, 2.7)], [true, false]);
  assertEquals([has(direction, 1.1), has(direction, 0.99)], [true, false]);
});

Deno.test("what is said to be small, equal or not worse has no direction besides", () => {
  for (
    const [rule, inside, outside] of [
      [gainBelow(2), 1.9, 2.1],
      [aboutEqual(1.25), 0.81, 0.79],
      [notWorse(1.5), -1.5, -1.6],
      [notWorse(), 0, -0.1],
    ] as const
  ) {
    assertEquals(rule.reproduced, rule.direction);
    assertEquals([has(rule.direction, inside), has(rule.direction, outside)], [true, false]);
  }
});

Deno.test("numbers from elsewhere show a direction at most", () => {
  const rule = directionOf(gainOf(3));
  assertEquals([rule.reproduced, rule.direction], [undefined, gainOf(3).direction]);
});
