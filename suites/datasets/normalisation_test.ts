import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { levelTables } from "./normalisation.ts";

Deno.test("levelTables() scales levels to 0..1 before mean and deviation", () => {
  const [red, green] = levelTables({ mean: [0, 0.5], std: [1, 0.25] }, 2);
  assertEquals([red[0], red[51], red[255]], [0, Math.fround(0.2), 1]);
  assertEquals([green[0], green[255]], [-2, 2]);
  assertAlmostEquals(green[127], (127 / 255 - 0.5) * 4, 1e-7);
});

Deno.test("levelTables() refuses what does not fit the channels", () => {
  for (
    const normalise of [
      { mean: [0.5], std: [1, 1, 1] },
      { mean: [0, 0, 0], std: [1, 1] },
      { mean: [0, 0, NaN], std: [1, 1, 1] },
      { mean: [0, 0, 0], std: [1, 0, 1] },
    ]
  ) {
    const text = `[${normalise.mean}] and [${normalise.std}]`;
    assertThrows(() => levelTables(normalise, 3), RangeError, text);
  }
});
