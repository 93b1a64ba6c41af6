import { assertEquals, assertGreater, assertLess, assertNotEquals } from "@std/assert";
import { roundSchedule } from "./schedule.ts";

const CASES = ["a", "b", "c", "d", "e"];

Deno.test("roundSchedule() visits every case once in every block", () => {
  const schedule = roundSchedule(CASES, { round: 0, blocks: 15, seed: 1 });
  assertEquals(schedule.length, 15);
  for (const visits of schedule) assertEquals(visits.toSorted(), CASES);
});

Deno.test("roundSchedule() depends on its arguments alone", () => {
  const options = { round: 3, blocks: 4, seed: 1 };
  assertEquals(roundSchedule(CASES, options), roundSchedule(CASES, options));
  assertNotEquals(
    roundSchedule(CASES, options),
    roundSchedule(CASES, { ...options, round: 4 }),
  );
  assertNotEquals(roundSchedule(CASES, options), roundSchedule(CASES, { ...options, seed: 2 }));
});

Deno.test("roundSchedule() with more blocks begins with the same blocks", () => {
  const few = roundSchedule(CASES, { round: 0, blocks: 3, seed: 1 });
  const many = roundSchedule(CASES, { round: 0, blocks: 9, seed: 1 });
  assertEquals(many.slice(0, 3), few);
});

Deno.test("roundSchedule() gives every case every place about equally often", () => {
  const blocks = 2000;
  const schedule = roundSchedule(CASES, { round: 0, blocks, seed: 1 });
  for (const id of CASES) {
    for (let place = 0; place < CASES.length; place++) {
      const share = schedule.filter((visits) => visits[place] === id).length / blocks;
      assertGreater(share, 0.2 - 0.04);
      assertLess(share, 0.2 + 0.04);
    }
  }
});
