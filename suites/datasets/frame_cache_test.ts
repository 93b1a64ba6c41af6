import { assertEquals, assertThrows } from "@std/assert";
import { FrameCache } from "./frame_cache.ts";
import type { FrameStack } from "./frame_stack.ts";
import { withFolder } from "./testing.ts";

/** A stack of `count` frames of 2 x 3, and how often it was asked for. */
function counted(count: number) {
  const stack: FrameStack = {
    count,
    height: 2,
    width: 3,
    channels: 1,
    data: Uint8Array.from({ length: count * 6 }, (_, i) => i),
  };
  let calls = 0;
  return {
    stack,
    calls: () => calls,
    decode: () => {
      calls++;
      return Promise.resolve(stack);
    },
  };
}

Deno.test("FrameCache keeps the first frames that fit into its memory", async () => {
  const cache = new FrameCache({ memory: 20 });
  const [a, b, c] = [counted(2), counted(2), counted(1)];
  for (let round = 0; round < 3; round++) {
    assertEquals(await cache.get("a", a.decode), a.stack);
    assertEquals(await cache.get("b", b.decode), b.stack);
    assertEquals(await cache.get("c", c.decode), c.stack);
  }
  // 12 bytes, 12 more that do not fit, 6 that do.
  assertEquals([a.calls(), b.calls(), c.calls()], [1, 3, 1]);
  assertThrows(() => new FrameCache({ memory: NaN }), RangeError, "current value is NaN");
});

Deno.test("FrameCache keeps frames in a folder, which it makes, and reads only whole files", async () => {
  await withFolder(async (parent) => {
    const folder = `${parent}/frames/of`;
    const a = counted(3);
    assertEquals(await new FrameCache({ folder }).get("a", a.decode), a.stack);
    const again = new FrameCache({ folder, memory: 0 });
    assertEquals(await again.get("a", a.decode), a.stack);
    assertEquals(a.calls(), 1);
    const other = counted(1);
    assertEquals(await again.get("another key", other.decode), other.stack);
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assertEquals(names.map((name) => /^[0-9a-f]{32}\.frames$/.test(name)), [true, true]);
    for (const name of names) {
      const bytes = await Deno.readFile(`${folder}/${name}`);
      await Deno.writeFile(`${folder}/${name}`, bytes.subarray(0, -1));
    }
    assertEquals(await again.get("a", a.decode), a.stack);
    assertEquals(a.calls(), 2);
    assertEquals(await again.get("a", a.decode), a.stack);
    assertEquals(a.calls(), 2);
  });
});
