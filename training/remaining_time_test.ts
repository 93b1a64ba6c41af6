import { assertEquals } from "@std/assert";
import { RemainingTime } from "./remaining_time.ts";

Deno.test("the time left is estimated from steps and evaluations so far", () => {
  const remaining = new RemainingTime();
  assertEquals(remaining.left(10, 2), undefined);
  remaining.step(1);
  remaining.step(2);
  assertEquals(remaining.left(10, 2), 15);
  remaining.evaluation(4);
  assertEquals(remaining.left(10, 2), 23);
  assertEquals(remaining.left(0, 0), 0);
});
