import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { centreCrop, cropPlanes, randomCrop } from "./augment.ts";

/** Levels 1 to 24 as two channels of 3 x 4 pixels. */
const planes = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
const size = { height: 3, width: 4 };
const same = Float32Array.from({ length: 256 }, (_, level) => level);
const tables = [same, same.map((level) => level * 10)];

function cut(top: number, left: number, flip: boolean, shape: number[]): number[] {
  return [...cropPlanes(planes, size, shape, { top, left, flip }, tables)];
}

Deno.test("a crop is a window of every channel, through its table", () => {
  assertEquals(cut(1, 2, false, [2, 2, 2]), [7, 8, 11, 12, 190, 200, 230, 240]);
  assertEquals(cut(0, 0, false, [1, 3, 4]), [...planes.subarray(0, 12)]);
});

Deno.test("a mirrored crop is the same window from right to left", () => {
  assertEquals(cut(1, 2, true, [2, 2, 2]), [8, 7, 12, 11, 200, 190, 240, 230]);
});

Deno.test("beyond the edges lies black, which a table may change", () => {
  assertEquals(cut(-1, -1, false, [1, 2, 3]), [0, 0, 0, 0, 1, 2]);
  assertEquals(cut(2, 3, true, [1, 2, 2]), [0, 12, 0, 0]);
  const black = cropPlanes(planes, size, [1, 1, 1], { top: 5, left: 0, flip: false }, [
    same.map((level) => level - 7),
  ]);
  assertEquals([...black], [-7]);
});

Deno.test("random crops reach every place of the padded image, both ways, equally often", () => {
  const random = new Random(1, "crops"), window = { height: 3, width: 4 };
  const counts = new Map<string, number>();
  for (let i = 0; i < 3600; i++) {
    const { top, left, flip } = randomCrop(size, window, random, { padding: 1 });
    const key = `${top} ${left} ${flip}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 3 * 3 * 2);
  assert([...counts.values()].every((count) => count > 140 && count < 260));
});

Deno.test("random crops are the same under the same stream, and unmirrored on demand", () => {
  const window = { height: 2, width: 2 };
  const crops = () => {
    const random = new Random(2);
    return Array.from({ length: 20 }, () => randomCrop(size, window, random, { flip: false }));
  };
  assertEquals(crops(), crops());
  assert(crops().every(({ flip, top, left }) => !flip && top <= 1 && left <= 2));
});

Deno.test("a centre crop lies in the middle, and no crop is larger than its image", () => {
  assertEquals(centreCrop(size, { height: 1, width: 2 }), { top: 1, left: 1, flip: false });
  assertThrows(() => centreCrop(size, { height: 4, width: 4 }), RangeError, "must fit");
  assertThrows(() => randomCrop(size, { height: 4, width: 4 }, new Random(1)), RangeError, "fit");
});
