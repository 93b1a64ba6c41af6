import { assertEquals } from "@std/assert";
import {
  formatBand,
  formatCount,
  formatInterval,
  formatLevel,
  formatMebibytes,
  formatMoment,
  formatMs,
  formatRatio,
} from "./format.ts";

Deno.test("counts take three digits and the nearest SI prefix", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [999, "999"],
    [1000, "1.00 k"],
    [999_499, "999 k"],
    [999_600, "1.00 M"],
    [78_409_573, "78.4 M"],
    [38_547_000_000, "38.5 G"],
    [5e15, "5.00 P"],
  ];
  for (const [count, text] of cases) assertEquals(formatCount(count), text);
});

Deno.test("times keep three or four digits whatever their size", () => {
  assertEquals([329.93, 12.345, 4.067, 0.0931].map(formatMs), ["329.9", "12.3", "4.07", "0.093"]);
});

Deno.test("stored bytes are zero only when nothing is stored", () => {
  assertEquals(
    [0, 1, 2 ** 20, 313_638_292].map(formatMebibytes),
    ["0", "<0.001", "1.00", "299.1"],
  );
});

Deno.test("an interval is left out when there were too few rounds for one", () => {
  assertEquals(formatInterval({}, formatMs), "");
  assertEquals(
    formatInterval({ low: 1.5, high: 12 }, formatMs),
    "[1.50–12.0]",
  );
});

Deno.test("ratios, levels, bands and moments are written one way", () => {
  assertEquals(formatRatio(3.405), "3.40×");
  assertEquals([0.95, 0.99, 0.999].map(formatLevel), ["95 %", "99 %", "99.9 %"]);
  assertEquals(formatBand({ low: 0.9876, high: 1.0114 }), "0.988× to 1.011×");
  assertEquals(formatMoment("2026-11-21T10:20:30+02:00"), "2026-11-21 08:20 UTC");
  assertEquals(formatMoment("some day"), "some day");
});
