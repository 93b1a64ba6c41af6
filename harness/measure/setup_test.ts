import { assertEquals } from "@std/assert";
import { callsOfAVisit } from "./setup.ts";

Deno.test("small networks are called more often in a visit than large ones, within bounds", () => {
  assertEquals(callsOfAVisit(38.5e9), { samples: 1, visitWarmupCalls: 1 });
  assertEquals(callsOfAVisit(4.1e9), { samples: 2, visitWarmupCalls: 2 });
  assertEquals(callsOfAVisit(1.6e9), { samples: 6, visitWarmupCalls: 3 });
  assertEquals(callsOfAVisit(22e6), { samples: 20, visitWarmupCalls: 3 });
  assertEquals(callsOfAVisit(0), { samples: 20, visitWarmupCalls: 3 });
});
