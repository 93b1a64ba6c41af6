import { assertEquals } from "@std/assert";
import type { RemoteState } from "./state.ts";
import { type Observation, throttleReason } from "./throttling.ts";

const cool: RemoteState = { celsius: { cpu: 40 }, limits: { cpu7: 2.84e9 }, thermalStatus: 0 };
const calm: Observation = {
  first: cool,
  before: cool,
  after: cool,
  clocks: [{ cpu: 7, before: 2.84e9, after: 2.84e9 }],
  sensors: new Map([["0", { name: "cpu", slowsAt: 95 }]]),
};

Deno.test("nothing speaks against times that were taken in the cool", () => {
  assertEquals(throttleReason(calm), undefined);
  const nothing = { celsius: {}, limits: {} };
  const told = { first: nothing, before: nothing, after: nothing, clocks: [], sensors: new Map() };
  assertEquals(throttleReason(told), undefined, "nor where nothing is told");
});

Deno.test("a clock that fell is told, a governor's step is not", () => {
  const after = (hertz: number) =>
    throttleReason({ ...calm, clocks: [{ cpu: 7, before: 2.84e9, after: hertz }] });
  assertEquals(after(2.75e9), undefined);
  assertEquals(after(1.8e9), "cpu7 fell from 2.84 to 1.80 GHz");
});

Deno.test("a limit that came since the device was opened is told, an older one is the user's", () => {
  const held: RemoteState = { ...cool, limits: { cpu7: 1.8e9 } };
  const reason = "cpu7 was held to 1.80 of 2.84 GHz";
  assertEquals(throttleReason({ ...calm, after: held }), reason);
  assertEquals(throttleReason({ ...calm, before: held }), reason);
  assertEquals(throttleReason({ ...calm, first: held, before: held, after: held }), undefined);
  const other: RemoteState = { ...cool, limits: { cpu0: 1e9, cpu7: 2.84e9 } };
  assertEquals(throttleReason({ ...calm, after: other }), undefined, "of a core that rested");
});

Deno.test("a sensor near its trip point and Android's own word are told, together", () => {
  const hot = (celsius: number, thermalStatus = 0) =>
    throttleReason({ ...calm, after: { ...cool, celsius: { cpu: celsius }, thermalStatus } });
  assertEquals(hot(92.9), undefined);
  assertEquals(hot(93.5), "cpu was at 93.5 °C, the system slows down at 95.0");
  assertEquals(
    hot(96, 3),
    "cpu was at 96.0 °C, the system slows down at 95.0; Android's thermal status was 3 (severe)",
  );
});
