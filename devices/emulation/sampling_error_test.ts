import { assertEquals } from "@std/assert";
import type { Reading } from "../reading.ts";
import { samplingErrors } from "./sampling_error.ts";

const reading = (value: number, operator?: string, origin = "QEMU"): Reading => ({
  quantity: "l2-misses",
  source: "emulated",
  value,
  origin,
  ...(operator !== undefined && { operator }),
});

Deno.test("errors are told of operators that were sampled, and of the whole", () => {
  const full = [reading(100, "a"), reading(50, "b"), reading(0, "c"), reading(150)];
  const sample = [
    reading(110, "a", "QEMU, 4 of 16 units"),
    reading(51, "b"),
    reading(2, "c", "QEMU, 4 of 16 units"),
    reading(120),
  ];
  const errors = samplingErrors(full, sample, ["l2-misses"]);
  assertEquals(errors.map(({ operator }) => operator), ["a", "c", undefined]);
  assertEquals(errors.map(({ error }) => error && Math.round(error * 100)), [10, undefined, -20]);
  assertEquals(errors.map(({ units, countedUnits }) => [countedUnits, units]), [
    [4, 16],
    [4, 16],
    [undefined, undefined],
  ]);
  assertEquals([errors[0].whole, errors[0].estimate], [100, 110]);
  assertEquals(samplingErrors(full, sample, ["time"]), []);
});
