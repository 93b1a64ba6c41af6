import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RoundEvent } from "./round.ts";
import { spawnRounds } from "./spawn.ts";

const execute = spawnRounds(new URL("./testdata/mock_round.ts", import.meta.url));

async function eventsOf(
  ids: readonly string[],
  signal?: AbortSignal,
  onEvent?: (event: RoundEvent) => void,
  warmupCalls = 1,
): Promise<RoundEvent[]> {
  const events: RoundEvent[] = [];
  const request = {
    round: 0,
    cases: ids.map((id) => ({
      id,
      device: "mock",
      threads: 1,
      program: { kind: "plan" as const, path: id },
    })),
    schedule: [ids, ids],
    inputs: [],
    measure: {
      warmupCalls,
      warmupMs: 0,
      visitWarmupCalls: 0,
      restMs: 0,
      samples: 1,
      layers: false,
    },
  };
  await execute(request, (event) => {
    events.push(event);
    onEvent?.(event);
  }, signal);
  return events;
}

Deno.test("a spawned round tells its events, whatever a library prints in between", async () => {
  const events = await eventsOf(["good"]);
  assertEquals(events.at(-1), { type: "done" });
  assertEquals(events.filter((event) => event.type === "visit").length, 3);
});

Deno.test("a spawned round that kills itself is told with the signal, after what it measured", async () => {
  const events = await eventsOf(["good", "killed"]);
  const end = events.at(-1);
  assert(end?.type === "error" && end.case === undefined);
  assertStringIncludes(end.message, "ended by SIGKILL (killed from outside");
  assertEquals(events.at(-2), { type: "begin", case: "killed" });
  const measured = events.filter((event) => event.type === "visit" && event.block !== undefined);
  assertEquals(measured.length, 3);
});

Deno.test("a spawned round that exits is told with its exit code", async () => {
  const end = (await eventsOf(["exits"])).at(-1);
  assert(end?.type === "error");
  assertStringIncludes(end.message, "ended with exit code 3");
});

Deno.test("a spawned round that throws is told with what it wrote to standard error", async () => {
  const events: RoundEvent[] = [];
  const missing = spawnRounds(new URL("./testdata/no_such_file.ts", import.meta.url));
  const request = {
    round: 0,
    cases: [],
    schedule: [],
    inputs: [],
    measure: {
      warmupCalls: 1,
      warmupMs: 0,
      visitWarmupCalls: 0,
      restMs: 0,
      samples: 1,
      layers: false,
    },
  };
  await missing(request, (event) => events.push(event));
  assertEquals(events.length, 1);
  assert(events[0].type === "error");
  assertStringIncludes(events[0].message, "Module not found");
  assert(!events[0].message.includes("\x1b"));
});

Deno.test("an abort ends the process of a spawned round even while it is in a call", async () => {
  const abort = new AbortController();
  const events = await eventsOf(["hangs"], abort.signal, (event) => {
    if (event.type === "first_run") abort.abort();
  });
  assertEquals(events.map((event) => event.type), ["begin", "load", "first_run"]);
});

Deno.test("an interrupt from the terminal does not end a spawned round behind its parent's back", async () => {
  assertEquals((await eventsOf(["interrupted"])).at(-1), { type: "done" });
});

Deno.test("an event that is longer than a pipe holds arrives whole", async () => {
  const events = await eventsOf(["quiet"], undefined, undefined, 100_000);
  const longest = Math.max(...events.map((e) => e.type === "visit" ? e.warmup.length : 0));
  assertEquals(longest, 100_000);
});
