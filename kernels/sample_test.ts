/**
 * Samples of units, of the runtime as an executable: what it says was run and counted.
 *
 * @module
 */

import { assertEquals, assertGreater, assertGreaterOrEqual, assertLess } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import { randomWeights } from "../graph/testing.ts";
import { build } from "./build.ts";
import { lower } from "./plan/lower.ts";
import { writePlan } from "./plan/write.ts";

interface Report {
  readonly units: readonly number[];
  readonly counted_units: readonly number[];
}

Deno.test("a sample counts about as many units as are wanted, and small operators whole", async () => {
  const path = await Deno.makeTempFile();
  try {
    const g = new GraphBuilder("plane"), weights = randomWeights(1);
    const x = g.input("image", [1, 4, 60, 130]);
    const y = g.conv(x, { name: "conv", filters: 8, kernel: 3, pad: 1, weights });
    const out = g.gemm(g.flatten(g.globalAveragePool(y)), { name: "fc", outputs: 4, weights });
    await writePlan(lower(g.output(out).build(), { winograd: false }), path);
    const { executable } = await build();
    for (const threads of [1, 2]) {
      for (const sample of [0, 1, 4, 6, 1_000_000]) {
        const args = [path, "--threads", `${threads}`, "--sample", `${sample}`];
        const { success, stdout } = await new Deno.Command(executable, { args }).output();
        assertEquals(success, true);
        const { units, counted_units }: Report = JSON.parse(new TextDecoder().decode(stdout));
        assertEquals(units.length, counted_units.length);
        const conv = units.indexOf(Math.max(...units));
        assertGreater(units[conv], 24);
        for (const [i, all] of units.entries()) {
          const whole = sample === 0 || sample > 1000 || all < sample;
          if (whole) assertEquals(counted_units[i], all);
          assertGreaterOrEqual(all, counted_units[i]);
        }
        if (sample === 0 || sample > 1000) continue;
        assertGreaterOrEqual(counted_units[conv], sample);
        assertLess(counted_units[conv], sample + 4); // four stretches of equal length
      }
    }
  } finally {
    await Deno.remove(path);
  }
});
