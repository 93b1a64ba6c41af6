import { assertEquals, assertThrows } from "@std/assert";
import { type Circumstances, recipeOf } from "./settings.ts";
import { tinySettings } from "./testing.ts";

const scratch: Circumstances = { kind: "images", generated: true, tuned: false, normalised: true };

function recipe(circumstances: Partial<Circumstances> = {}, changes = {}) {
  const { epochs: _, batch: __, ...settings } = tinySettings();
  return recipeOf({ ...settings, ...changes }, { ...scratch, ...circumstances });
}

Deno.test("what was asked for is what is done", () => {
  const { optimiser, schedule, ...rest } = recipe({}, {
    ...{ epochs: 7, batch: 5, rate: 0.3, decay: 0, clip: 0, schedule: "constant" },
    ...{ optimiser: "adam", optimiserOptions: { beta1: 0.5 } },
  });
  assertEquals(rest, { epochs: 7, batch: 5, rate: 0.3, decay: 0, clip: 0 });
  assertEquals([optimiser.id, optimiser.options.beta1, schedule.id], ["adam", 0.5, "constant"]);
});

Deno.test("trained weights are moved less; layers without normalisation take an adaptive step", () => {
  const [whole, tuned, plain] = [recipe(), recipe({ tuned: true }), recipe({ normalised: false })];
  assertEquals([whole.optimiser.id, whole.optimiser.options.nesterov], ["sgd", true]);
  assertEquals(tuned.rate, whole.rate / 10);
  assertEquals([plain.optimiser.id, plain.rate], ["adamw", 0.001]);
  assertEquals(recipe({}, { optimiserOptions: { momentum: 0 } }).optimiser.options, {
    momentum: 0,
    nesterov: false,
  });
});

Deno.test("real data is passed over more often than generated data", () => {
  for (const kind of ["images", "clips", "detection"] as const) {
    const [few, many] = [true, false].map((generated) => recipe({ kind, generated }).epochs);
    assertEquals(few < many, true, kind);
  }
});

Deno.test("an unknown optimiser, option or schedule is refused", () => {
  assertThrows(() => recipe({}, { optimiser: "lion" }), RangeError);
  assertThrows(() => recipe({}, { optimiserOptions: { beta1: 0.9 } }), RangeError, "beta1");
  assertThrows(() => recipe({}, { schedule: "linear" }), SyntaxError, "linear");
  assertThrows(() => recipe({}, { clip: -1 }), RangeError, "--clip must be at least 0");
});
