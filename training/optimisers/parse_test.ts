import { assertEquals, assertThrows } from "@std/assert";
import { OPTIMISER_IDS, parseOptimiser } from "./parse.ts";

Deno.test("an optimiser is made again from its id and options", () => {
  for (const id of OPTIMISER_IDS) {
    const { options } = parseOptimiser(id);
    const again = parseOptimiser(id, options);
    assertEquals([again.id, again.options], [id, options]);
  }
  assertEquals(parseOptimiser("sgd", { nesterov: true }).options, {
    momentum: 0.9,
    nesterov: true,
  });
});

Deno.test("an optimiser that there is not is refused with those that there are", () => {
  assertThrows(() => parseOptimiser("sdg"), RangeError, `"sgd", "adam", "adamw"`);
  assertThrows(() => parseOptimiser("toString"), RangeError, "Cannot find optimiser");
});

Deno.test("an option that does not belong is refused with those that do", () => {
  assertThrows(() => parseOptimiser("adam", { momentum: 0.9 }), RangeError, `"beta1", "beta2"`);
  assertThrows(() => parseOptimiser("sgd", { momentum: "0.9" }), TypeError, `be a number: current`);
  assertThrows(() => parseOptimiser("sgd", { nesterov: 1 }), TypeError, "must be a boolean");
  assertThrows(() => parseOptimiser("sgd", { momentum: 2 }), RangeError, "current value is 2");
});
