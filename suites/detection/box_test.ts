import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { area, type Box, iou } from "./box.ts";

Deno.test("iou() of boxes that share a third of their union", () => {
  assertEquals(area([1, 2, 4, 6]), 12);
  assertAlmostEquals(iou([0, 0, 2, 2], [1, 0, 3, 2]), 1 / 3, 1e-12);
});

Deno.test("boxes that touch, or have no area, share nothing", () => {
  const cases: [Box, Box][] = [
    [[0, 0, 2, 2], [2, 0, 4, 2]],
    [[0, 0, 2, 2], [1, 1, 1, 1]],
    [[1, 1, 1, 1], [1, 1, 1, 1]],
    [[0, 0, 4, 4], [3, 3, 1, 1]],
  ];
  for (const [a, b] of cases) assertEquals(iou(a, b), 0);
});

Deno.test("iou() is the share of grid points inside both boxes of those inside either", () => {
  const random = new Random(3, "boxes");
  for (let round = 0; round < 50; round++) {
    const side = () => {
      const from = random.integer(12);
      return [from, from + 1 + random.integer(8)];
    };
    const box = (): Box => {
      const [[x1, x2], [y1, y2]] = [side(), side()];
      return [x1, y1, x2, y2];
    };
    const [a, b] = [box(), box()];
    let both = 0, either = 0;
    for (let i = 0; i < 400; i++) {
      const [x, y] = [i % 20 + 0.5, Math.floor(i / 20) + 0.5];
      const inside = ([x1, y1, x2, y2]: Box) => x1 < x && x < x2 && y1 < y && y < y2;
      both += Number(inside(a) && inside(b));
      either += Number(inside(a) || inside(b));
    }
    assertAlmostEquals(iou(a, b), both / either, 1e-12);
  }
});
