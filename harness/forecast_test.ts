import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type BenchProgress, Forecast } from "./forecast.ts";

/** A run of 4 programs and 5 cases in 8 rounds, where a program takes 3 s and a case 1 s a round. */
function tell(rounds: number, known: boolean): BenchProgress[] {
  const told: BenchProgress[] = [];
  let clock = 1000;
  const forecast = new Forecast(
    { programs: 4, cases: 5, rounds },
    (progress) => told.push(progress),
    () => clock,
  );
  for (let made = 0; made < 4; made++, clock += 3000) forecast.preparing("program", made);
  for (let round = 0; round < rounds; round++, clock += 5000) {
    const remainingMs = 5000 * (rounds - round);
    const fraction = round / rounds;
    const measured = { round, rounds, label: "case", fraction };
    forecast.measuring({ ...measured, ...(known && { remainingMs }) });
  }
  return told;
}

Deno.test("the progress of a run grows from nothing to the end, whatever its length", () => {
  for (const rounds of [1, 8]) {
    const fractions = tell(rounds, true).map(({ fraction }) => fraction);
    assertEquals(fractions[0], 0);
    assertEquals(fractions, fractions.toSorted((a, b) => a - b));
    // The whole is 12 s of preparing and 5 s a round.
    assertAlmostEquals(fractions[4], 12 / (12 + 5 * rounds), 1e-9);
  }
});

Deno.test("the time left is told from the first program on, and is right at an even pace", () => {
  for (const known of [false, true]) {
    const told = tell(8, known);
    assertEquals(told[0].remainingMs, undefined);
    for (const [i, { remainingMs }] of told.entries()) {
      if (i === 0) continue;
      const gone = i <= 4 ? 3000 * i : 12_000 + 5000 * (i - 4);
      assert(remainingMs !== undefined);
      assertAlmostEquals(remainingMs, 52_000 - gone, 1e-6);
    }
  }
});

Deno.test("the label of measuring tells the round", () => {
  assertEquals(tell(8, true).at(-1)?.label, "round 8 of 8: case");
});
