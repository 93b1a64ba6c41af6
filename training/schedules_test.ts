import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { constant, cosine, oneCycle, parseSchedule, stepwise, warmUp } from "./schedules.ts";
import type { Schedule } from "./schedules.ts";

function factors(schedule: Schedule, total: number, steps = [...Array(total).keys()]): number[] {
  return steps.map((step) => schedule.factor(step, total));
}

function assertNear(actual: readonly number[], expected: readonly number[]) {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-12));
}

Deno.test("a constant schedule is the base rate throughout", () => {
  assertEquals(factors(constant(), 3), [1, 1, 1]);
});

Deno.test("a stepwise schedule falls at shares of training", () => {
  const schedule = stepwise({ milestones: [0.5, 0.75], gamma: 0.5 });
  assertEquals(factors(schedule, 8), [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]);
});

Deno.test("milestones in epochs lie at the first step of the epoch after them", () => {
  // 30 of 90 epochs with 391 steps each; the share 30 / 90 is not exact in binary.
  const schedule = stepwise({ milestones: [30, 60], epochs: 90 });
  const steps = [30 * 391 - 1, 30 * 391, 60 * 391 - 1, 60 * 391];
  assertNear(factors(schedule, 90 * 391, steps), [1, 0.1, 0.1, 0.01]);
});

Deno.test("a cosine goes from 1 by a half to its floor", () => {
  assertNear(factors(cosine(), 4), [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]);
  assertNear(factors(cosine(0.2), 4, [0, 2, 4]), [1, 0.6, 0.2]);
});

Deno.test("one cycle rises to the base rate and falls to next to nothing", () => {
  assertNear(factors(oneCycle(), 100, [0, 15, 30, 100]), [0.04, 0.52, 1, 4e-6]);
  const values = factors(oneCycle(0.5), 1000);
  assert(values.every((value, i) => i === 0 || (i <= 500) === value > values[i - 1]));
});

Deno.test("warm-up rises to the first steps of the schedule behind it", () => {
  assertNear(factors(warmUp(4, constant()), 6), [0.25, 0.5, 0.75, 1, 1, 1]);
  assertNear(factors(warmUp(0.5, constant()), 4), [0.5, 1, 1, 1]);
  const warm = warmUp(2, cosine()), bare = cosine();
  assertNear(factors(warm, 9).slice(1), factors(bare, 9).slice(1));
  assertEquals(warm.factor(0, 9), bare.factor(0, 9) / 2);
});

Deno.test("a schedule is read again from its id", () => {
  for (
    const id of [
      "constant",
      "step:0.5:0.75:x0.1",
      "step:30:60:x0.2",
      "cosine",
      "cosine:0.05",
      "one-cycle",
      "one-cycle:0.25",
      "warmup:0.05,cosine",
      "warmup:500,step:0.5:x0.1",
    ]
  ) {
    const schedule = parseSchedule(id, 90);
    assertEquals(schedule.id, id);
    assert(factors(schedule, 900).every((factor) => factor > 0 && factor <= 1));
  }
});

Deno.test("a schedule in its shorter forms has the usual numbers", () => {
  assertEquals(parseSchedule("step:.5").id, "step:0.5:x0.1");
  assertEquals(parseSchedule(" warmup:10 , cosine ").id, "warmup:10,cosine");
});

Deno.test("a text that is no schedule is refused with the forms that there are", () => {
  for (
    const text of ["", "cosin", "cosine:", "cosine:0:1", "cosine:x", "constant:1", "cosine,cosine"]
      .concat(["warmup:0.1", "warmup,cosine", "cosine,warmup:0.1", "warmup:1,warmup:1,cosine"])
      .concat(["step:-1", "step:x", "one-cycle:Infinity", "toString"])
  ) {
    assertThrows(() => parseSchedule(text, 10), SyntaxError, `Cannot read schedule "${text}"`);
  }
});

Deno.test("numbers out of range are refused with the number", () => {
  const refused: readonly [string, string][] = [
    ["step", "a milestone must be given"],
    ["step:0", "current value is 0"],
    ["step:1.5", "current value is 1.5"],
    ["step:10", "before the end, 10 epochs"],
    ["step:0.75:0.5", "must ascend after 0.75: current value is 0.5"],
    ["step:0.5:x0", "gamma must be above 0"],
    ["cosine:1", "the floor must be in [0, 1)"],
    ["one-cycle:1", "the peak must be a share"],
    ["warmup:1.5,cosine", "a number of steps: current value is 1.5"],
    ["warmup:0,cosine", "current value is 0"],
  ];
  for (const [text, expected] of refused) {
    assertThrows(() => parseSchedule(text, 10), RangeError, expected);
  }
  assertThrows(() => parseSchedule("step:3"), RangeError, "where epochs are not known");
});
