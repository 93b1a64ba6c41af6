import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { Image } from "./image.ts";
import { movingShapes } from "./moving_shapes.ts";

function frames(seed: number): Promise<Image[]> {
  const source = movingShapes(seed, 16);
  return Array.fromAsync(source.read({ first: 0, count: source.count }));
}

/** Share of the pixels that differ. */
function changed(a: Image, b: Image): number {
  const pixels = a.width * a.height;
  let count = 0;
  for (let i = 0; i < pixels; i++) {
    if ([0, 1, 2].some((c) => a.data[i * 3 + c] !== b.data[i * 3 + c])) count++;
  }
  return count / pixels;
}

Deno.test("movingShapes() gives the same pixels for the same seed, others for another", async () => {
  assertEquals(await frames(1), await frames(1));
  assertNotEquals(await frames(1), await frames(2));
});

Deno.test("movingShapes() moves shapes in every frame over a background that stays", async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const video = await frames(seed);
    assertEquals(video.length, 16);
    for (let t = 1; t < video.length; t++) {
      const share = changed(video[t - 1], video[t]);
      assert(share > 0.01 && share < 0.5, `seed ${seed}, frame ${t}: ${share}`);
    }
  }
});

Deno.test("movingShapes() reads any frame without the ones before it", async () => {
  const source = movingShapes(3, 16);
  const all = await frames(3);
  assertEquals(await Array.fromAsync(source.read({ first: 9, count: 2 })), all.slice(9, 11));
});

Deno.test("movingShapes() names its seed and refuses one that is not an integer", () => {
  assertEquals(movingShapes(7, 16).description, "generated moving shapes (seed 7)");
  assertThrows(() => movingShapes(0.5, 16), RangeError, "current value is 0.5");
});
