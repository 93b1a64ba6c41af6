import { assertEquals } from "@std/assert";
import { warmUp } from "./warm_up.ts";

Deno.test("warming up goes on until both the calls and the time are reached", async () => {
  const times = (warmupCalls: number, warmupMs: number) =>
    warmUp({ warmupCalls, warmupMs, samples: 0 }, () => Promise.resolve(30e6));
  assertEquals(await times(0, 0), []);
  assertEquals(await times(2, 0), [30e6, 30e6]);
  assertEquals((await times(2, 100)).length, 4);
  assertEquals((await times(5, 100)).length, 5);
});
