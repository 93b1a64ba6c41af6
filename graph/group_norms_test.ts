import { assertAlmostEquals, assertEquals } from "@std/assert";
import { groupNorms, type Norm } from "./group_norms.ts";
import { Random } from "./random.ts";
import { groupGrid, spreadGroups } from "./structure.ts";
import type { GroupLayout } from "./structure.ts";
import { tensor } from "./tensor.ts";

const LAYOUTS: readonly GroupLayout[] = [
  { filters: 1, channels: 7, positions: "all" },
  { filters: 4, channels: 2, positions: "each" },
  { filters: 13, channels: 1, positions: "each" },
  { filters: 4, channels: 3, positions: "all" },
];

Deno.test("norms are those of the weights that a spread gives to each group", () => {
  const shape = [13, 7, 3, 3];
  const weight = new Random(1, "norms").fillNormal(new Float32Array(13 * 7 * 9));
  for (const layout of LAYOUTS) {
    const { groups } = groupGrid(shape, layout);
    const groupOf = spreadGroups([...Array(groups).keys()], shape, layout, new Uint16Array(819));
    const members = Array.from(
      { length: groups },
      (_, g) => weight.filter((_, i) => groupOf[i] === g),
    );
    const norms = (norm: Norm) => groupNorms(tensor(weight, shape), layout, norm);
    members.forEach((w, g) => {
      assertAlmostEquals(norms("l2")[g], Math.hypot(...w), 1e-9);
      assertAlmostEquals(norms("l1")[g], w.reduce((sum, x) => sum + Math.abs(x), 0), 1e-5);
      assertEquals(norms("linf")[g], Math.max(...w.map(Math.abs)));
    });
  }
});

Deno.test("a spread reaches every weight, in the order of blocks", () => {
  const layout = { filters: 2, channels: 2, positions: "each" } as const;
  const groups = spreadGroups([1, 2, 3, 4], [3, 2, 2], layout, new Uint8Array(12));
  assertEquals([...groups], [1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4]);
});
