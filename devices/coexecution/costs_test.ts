import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { copyTime, fitCopies } from "./costs.ts";

Deno.test("the fit finds the line that copies lie on", () => {
  const samples = [1000, 5000, 40_000].map((bytes) => ({ bytes, ns: 700 + 0.25 * bytes }));
  const { fixed, perByte } = fitCopies(samples);
  assertAlmostEquals(fixed, 700, 1e-6);
  assertAlmostEquals(perByte, 0.25, 1e-9);
  assertAlmostEquals(copyTime({ fixed, perByte }, 2000), 1200, 1e-6);
});

Deno.test("no line through noisy copies is nearer to them, and neither part is below 0", () => {
  const random = new Random(4, "copies");
  for (let i = 0; i < 50; i++) {
    const samples = Array.from({ length: 6 }, (_, k) => ({
      bytes: 1000 * (k + 1),
      ns: 4000 * random.uniform() + (i % 3) * 1000 * k,
    }));
    const fit = fitCopies(samples);
    const error = (fixed: number, perByte: number) =>
      samples.reduce((sum, s) => sum + (copyTime({ fixed, perByte }, s.bytes) - s.ns) ** 2, 0);
    const least = error(fit.fixed, fit.perByte);
    for (const df of [-20, 0, 20]) {
      for (const dp of [-0.02, 0, 0.02]) {
        const [fixed, perByte] = [fit.fixed + df, fit.perByte + dp];
        if (fixed < 0 || perByte < 0) continue;
        assertEquals(error(fixed, perByte) >= least - 1e-6 * least, true, `${i} ${df} ${dp}`);
      }
    }
    assertEquals([fit.fixed >= 0, fit.perByte >= 0], [true, true]);
  }
});

Deno.test("copies of one size tell nothing of others", () => {
  assertThrows(
    () => fitCopies([{ bytes: 8, ns: 1 }, { bytes: 8, ns: 2 }]),
    RangeError,
    "two sizes or more must be measured: current value is 1",
  );
});
