import { assertEquals, assertRejects } from "@std/assert";
import { MockDevice, type MockProgram } from "../../devices/mock.ts";
import type { RoundEvent, RoundRequest } from "./round.ts";
import { runRound } from "./round.ts";

const MEASURE = {
  warmupCalls: 2,
  warmupMs: 0,
  visitWarmupCalls: 0,
  restMs: 0,
  samples: 1,
  layers: false,
};

function requestOf(ids: readonly string[], change: Partial<RoundRequest> = {}): RoundRequest {
  return {
    round: 0,
    cases: ids.map((id) => ({
      id,
      device: "mock",
      threads: 1,
      program: { kind: "plan" as const, path: id },
    })),
    schedule: [ids, ids.toReversed()],
    inputs: [],
    measure: MEASURE,
    ...change,
  };
}

async function eventsOf(
  programs: Readonly<Record<string, MockProgram>>,
  change: Partial<RoundRequest> = {},
  signal?: AbortSignal,
): Promise<RoundEvent[]> {
  const events: RoundEvent[] = [];
  const device = new MockDevice(programs);
  const request = requestOf(Object.keys(programs), change);
  await runRound(request, () => Promise.resolve(device), (event) => events.push(event), {
    signal,
    now: device.now,
  });
  return events;
}

Deno.test("runRound() loads and warms up every case, then visits them in the order asked for", async () => {
  const events = await eventsOf({ a: { ms: 1, loadMs: 30 }, b: { ms: 2 } });
  assertEquals(events.filter((event) => event.type !== "begin"), [
    { type: "load", case: "a", ns: 30e6 },
    { type: "first_run", case: "a", ns: 1e6 },
    { type: "visit", case: "a", warmup: [1e6, 1e6], samples: [] },
    { type: "load", case: "b", ns: 10e6 },
    { type: "first_run", case: "b", ns: 2e6 },
    { type: "visit", case: "b", warmup: [2e6, 2e6], samples: [] },
    { type: "visit", case: "a", block: 0, order: 0, warmup: [], samples: [1e6] },
    { type: "visit", case: "b", block: 0, order: 1, warmup: [], samples: [2e6] },
    { type: "visit", case: "b", block: 1, order: 0, warmup: [], samples: [2e6] },
    { type: "visit", case: "a", block: 1, order: 1, warmup: [], samples: [1e6] },
    { type: "done" },
  ]);
});

Deno.test("runRound() times operators once, in the last block", async () => {
  const events = await eventsOf(
    { a: { ms: 3, operators: ["conv1", "fc1", "relu"] } },
    { measure: { ...MEASURE, layers: true } },
  );
  const layers = events.filter((event) => event.type === "layers");
  assertEquals(layers, [{
    type: "layers",
    case: "a",
    layers: ["conv1", "fc1", "relu"].map((name) => ({ name, ns: 1e6 })),
  }]);
});

Deno.test("runRound() goes on with the others when a case fails to load, to run or in a call", async () => {
  const events = await eventsOf({
    load: { ms: 1, failLoad: "no memory" },
    output: { ms: 1, output: [1, NaN] },
    call: { ms: 1, failCall: 4 },
    good: { ms: 1 },
  });
  assertEquals(events.filter((event) => event.type === "error"), [
    { type: "error", case: "load", message: "no memory" },
    {
      type: "error",
      case: "output",
      message: 'Cannot measure as output "output" must be finite everywhere',
    },
    { type: "error", case: "call", message: "call 4 failed" },
  ]);
  const timed = events.filter((event) => event.type === "visit" && event.block !== undefined);
  assertEquals(timed.map((event) => event.type === "visit" && event.case), [
    "call",
    "good",
    "good",
  ]);
  assertEquals(events.at(-1), { type: "done" });
});

Deno.test("runRound() ends without done when it is aborted", async () => {
  const abort = new AbortController();
  const events = await eventsOf(
    { a: { ms: 1, onCall: (call) => call === 3 && abort.abort() }, b: { ms: 1 } },
    {},
    abort.signal,
  );
  assertEquals(events.at(-1)?.type, "visit");
  assertEquals(events.filter((event) => event.type === "begin").length, 3);
});

Deno.test("runRound() feeds the inputs from their files and refuses one of the wrong size", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer));
    const input = { name: "x", shape: [2, 2], path };
    assertEquals((await eventsOf({ a: { ms: 1 } }, { inputs: [input] })).at(-1)?.type, "done");
    await assertRejects(
      () => eventsOf({ a: { ms: 1 } }, { inputs: [{ ...input, shape: [3, 2] }] }),
      RangeError,
      "needs 6 values",
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("runRound() measures energy and events behind all times, and tells how the device was", async () => {
  const readings = [{ quantity: "energy", source: "measured", value: 0.25 }] as const;
  const power = [{ rail: "board", hertz: 2, seconds: [0.5], watts: [3], calls: [0, 1] }] as const;
  const state = { celsius: { soc: 40 }, hertz: {} };
  const conditions = { before: state, after: state, throttled: "cpu7 fell from 2.84 to 1.80 GHz" };
  const events = await eventsOf(
    { a: { ms: 1, readings, power }, b: { ms: 1, conditions } },
    { measure: { ...MEASURE, readings: true } },
  );
  const told = events.filter(({ type }) => ["visit", "readings", "conditions"].includes(type));
  assertEquals(told.map((event) => `${event.type} ${"case" in event ? event.case : ""}`), [
    ...["visit a", "visit b"], // the warm-up
    ...["visit a", "visit b", "conditions b", "visit b", "conditions b", "visit a"],
    ...["readings b", "readings a"],
  ]);
  assertEquals(told.at(-1), { type: "readings", case: "a", readings, power });
  const without = await eventsOf({ a: { ms: 1, readings } });
  assertEquals(without.filter(({ type }) => type === "readings"), []);
});
