import { assertEquals, assertRejects } from "@std/assert";
import { inParallel } from "./in_parallel.ts";

Deno.test("inParallel() does all, as many at a time as there are cores", async () => {
  const done: string[] = [];
  let running = 0, most = 0;
  await inParallel(["a", "b", "c", "d", "e", "f", "g", "h", "i"], async (item, index) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    done.push(`${item}${index}`);
  });
  assertEquals(done.sort(), ["a0", "b1", "c2", "d3", "e4", "f5", "g6", "h7", "i8"]);
  assertEquals(most, Math.min(navigator.hardwareConcurrency, 9));
});

Deno.test("inParallel() throws the first failure when all have ended", async () => {
  let ended = 0;
  const all = () =>
    inParallel([1, 2], async (item) => {
      await Promise.resolve();
      ended++;
      if (item === 1) throw new RangeError("one");
    });
  await assertRejects(all, RangeError, "one");
  assertEquals(ended, navigator.hardwareConcurrency > 1 ? 2 : 1);
});
