import { assert, assertEquals, assertLess } from "@std/assert";
import { Random } from "../../../graph/random.ts";
import { type Lifetime, planMemory } from "./memory.ts";

Deno.test("buffers that are alive together never share a float", () => {
  const random = new Random(5);
  for (let i = 0; i < 200; i++) {
    const lifetimes = Array.from({ length: 1 + random.integer(20) }, (): Lifetime => {
      const first = random.integer(20);
      return { floats: 1 + random.integer(300), first, last: first + random.integer(6) };
    });
    const { offsets, alone, floats } = planMemory(lifetimes);
    lifetimes.forEach((a, j) => {
      assertEquals(offsets[j] % 16, 0);
      assert(offsets[j] + a.floats <= floats);
      const sharing = lifetimes.filter((b, k) =>
        k !== j && offsets[j] < offsets[k] + b.floats && offsets[k] < offsets[j] + a.floats
      );
      assert(sharing.every((b) => b.last < a.first || a.last < b.first));
      assertEquals(alone[j], sharing.length === 0);
    });
  }
});

Deno.test("a chain of equal buffers takes the place of two", () => {
  const chain = Array.from({ length: 10 }, (_, i) => ({ floats: 160, first: i, last: i + 1 }));
  assertEquals(planMemory(chain).floats, 320);
  const sum = chain.reduce((total, { floats }) => total + floats, 0);
  assertLess(planMemory(chain).floats, sum);
});
