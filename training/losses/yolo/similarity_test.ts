import { assertAlmostEquals, assertEquals } from "@std/assert";
import { GraphBuilder } from "../../../graph/builder.ts";
import { Random } from "../../../graph/random.ts";
import { openReference } from "../../../graph/reference.ts";
import { tensor, values } from "../../../graph/tensor.ts";
import { appendSimilarity, type BoxTerm } from "./similarity.ts";

type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** Similarities of pairs of boxes in ONNX Runtime. */
async function similarities(term: BoxTerm, pairs: readonly (readonly [Box, Box])[]) {
  const g = new GraphBuilder("similarity");
  const shape = [1, 1, 4, pairs.length];
  const corners = (name: string) => {
    const [first, last] = g.split(g.input(name, shape), 2, 2);
    return { first, last };
  };
  const name = appendSimilarity(g, term, corners("predicted"), corners("target"));
  await using session = await openReference(g.output(name).build());
  const planes = (side: 0 | 1) => {
    const data = [0, 1, 2, 3].flatMap((i) => pairs.map((pair) => pair[side][i]));
    return tensor(Float32Array.from(data), shape);
  };
  const inputs = new Map([["predicted", planes(0)], ["target", planes(1)]]);
  const outputs = await session.run(inputs);
  assertEquals(outputs.get(name)!.shape, [1, 1, 1, pairs.length]);
  return [...values(outputs.get(name)!)];
}

/** The measures as their papers write them, in double precision. */
function formula(term: BoxTerm, a: Box, b: Box): number {
  const size = ([x1, y1, x2, y2]: Box) => [x2 - x1, y2 - y1];
  const [[wa, ha], [wb, hb]] = [size(a), size(b)];
  const shared = Math.max(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), 0) *
    Math.max(Math.min(a[3], b[3]) - Math.max(a[1], b[1]), 0);
  const union = wa * ha + wb * hb - shared;
  const iou = shared / union;
  const hull = [
    Math.max(a[2], b[2]) - Math.min(a[0], b[0]),
    Math.max(a[3], b[3]) - Math.min(a[1], b[1]),
  ];
  if (term === "giou") return iou - (hull[0] * hull[1] - union) / (hull[0] * hull[1]);
  const centre = (box: Box) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const [[xa, ya], [xb, yb]] = [centre(a), centre(b)];
  const diou = iou - Math.hypot(xa - xb, ya - yb) ** 2 / Math.hypot(...hull) ** 2;
  if (term === "diou") return diou;
  const v = 4 / Math.PI ** 2 * (Math.atan(wb / hb) - Math.atan(wa / ha)) ** 2;
  return diou - (v === 0 ? 0 : v / (1 - iou + v) * v);
}

Deno.test("similarities of boxes, worked out by hand", async () => {
  // Each 2 x 2; the union is 7 of a hull of 9, the centres are sqrt(2) apart, the diagonal is sqrt(18).
  const overlapping: [Box, Box] = [[0, 0, 2, 2], [1, 1, 3, 3]];
  // Unit squares with a gap of the same size: union 2, hull 3, centres 2 apart, diagonal sqrt(10).
  const apart: [Box, Box] = [[0, 0, 1, 1], [2, 0, 3, 1]];
  const pairs = [overlapping, apart];
  const expected = {
    giou: [1 / 7 - 2 / 9, -1 / 3],
    diou: [1 / 7 - 2 / 18, -4 / 10],
    // All are squares, so aspect ratios say nothing.
    ciou: [1 / 7 - 2 / 18, -4 / 10],
  };
  for (const term of ["giou", "diou", "ciou"] as const) {
    (await similarities(term, pairs)).forEach((value, i) =>
      assertAlmostEquals(value, expected[term][i], 1e-6)
    );
  }
});

Deno.test("CIoU tells a tall box from a wide one around the same centre", async () => {
  // 1 x 2 and 2 x 1: shared 1 of 3; angles atan(2) and atan(1/2) differ by atan(3/4).
  const [ciou] = await similarities("ciou", [[[0.5, 0, 1.5, 2], [0, 0.5, 2, 1.5]]]);
  const v = (2 / Math.PI * Math.atan(3 / 4)) ** 2;
  assertAlmostEquals(ciou, 1 / 3 - v * v / (2 / 3 + v), 2e-6);
});

Deno.test("a box is as similar to itself as can be", async () => {
  const boxes: Box[] = [[0, 0, 1, 1], [10.5, 20.25, 500, 21], [300, 300, 300.01, 300.02]];
  for (const term of ["giou", "diou", "ciou"] as const) {
    for (const value of await similarities(term, boxes.map((box) => [box, box]))) {
      assertAlmostEquals(value, 1, 1e-6);
    }
  }
});

Deno.test("similarities are those of the papers, of random boxes of all shapes", async () => {
  const random = new Random(4, "boxes");
  const box = (): Box => {
    const [x, y] = [random.uniform() * 100, random.uniform() * 100];
    // Sides from 0.2 to 500 pixels, so ratios up to 2500 to 1.
    const side = () => Math.exp(random.uniform() * Math.log(2500)) / 5;
    return [x, y, x + side(), y + side()].map(Math.fround) as unknown as Box;
  };
  const pairs = Array.from({ length: 400 }, () => [box(), box()] as const);
  for (const term of ["giou", "diou", "ciou"] as const) {
    (await similarities(term, pairs)).forEach((value, i) =>
      assertAlmostEquals(value, formula(term, ...pairs[i]), 2e-5, `${term} of ${pairs[i]}`)
    );
  }
});
