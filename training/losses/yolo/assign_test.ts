import { assert, assertEquals } from "@std/assert";
import type { ObjectLabel } from "../../data/dataset.ts";
import { assign, type AssignOptions } from "./assign.ts";
import { layoutOf } from "./layout.ts";

/** Two heads of an image of 64 x 64: 4 x 4 cells of 16 pixels and 2 x 2 cells of 32. */
const layout = layoutOf(
  { anchors: [[[10, 10], [10, 30]], [[30, 10], [40, 40]]], strides: [16, 32], classes: 3 },
  [{ name: "fine", shape: [1, 16, 4, 4] }, { name: "coarse", shape: [1, 16, 2, 2] }],
);

const object = (box: ObjectLabel["box"], more: Partial<ObjectLabel> = {}): ObjectLabel => ({
  box,
  classIndex: 0,
  ...more,
});

/** Positives as `level anchor position` texts. */
function positives(objects: readonly ObjectLabel[], options?: AssignOptions): string[] {
  return assign(objects, layout, options).positives
    .map(({ level, anchor, position }) => `${level} ${anchor} ${position}`).sort();
}

Deno.test("an object is learnt in the cell of its centre by all anchors of about its shape", () => {
  // 10 x 20 around (40, 22): IoU 1/2 with 10x10, 2/3 with 10x30, 100/400 with 30x10, 1/8 with 40x40.
  const tall = object([35, 12, 45, 32]);
  // Column 2, row 1 of 4: position 6. Column 1, row 0 of 2 behind 16 others: position 17.
  assertEquals(positives([tall]), ["0 0 6", "0 1 6", "1 0 17"]);
  assertEquals(positives([tall], { match: 0.3 }), ["0 0 6", "0 1 6"]);
  assertEquals(positives([tall], { match: 0.5 }), ["0 1 6"]);
});

Deno.test("an object that no anchor is near to is learnt by the nearest one", () => {
  // 2 x 2: IoU 4/100 with 10x10, less with the others.
  assertEquals(positives([object([1, 1, 3, 3])]), ["0 0 0"]);
});

Deno.test("the part of an object in the image counts, and nothing of one outside", () => {
  // 40 x 40 with a quarter in the image: 20 x 20 around (54, 54).
  const quarter = object([44, 44, 84, 84]);
  const [{ object: { box } }] = assign([quarter], layout).positives;
  assertEquals(box, [44, 44, 64, 64]);
  // IoU 1/4 with 10x10 and 40x40, 200/500 with the other two; all in the last cells.
  assertEquals(positives([quarter]), ["0 0 15", "0 1 15", "1 0 19", "1 1 19"]);
  assertEquals(positives([object([64, 0, 80, 10]), object([-20, -20, 0, 30])]), []);
  assertEquals(positives([object([10, 10, 10, 30]), object([30, 30, 20, 40])]), []);
});

Deno.test("two objects in one cell: each keeps the anchor that is nearest to it", () => {
  const high = object([3, 0, 13, 30], { classIndex: 1 });
  const small = object([3, 10, 13, 20], { classIndex: 2 });
  for (const objects of [[high, small], [small, high]]) {
    const found = assign(objects, layout).positives;
    const classOf = (level: number, anchor: number) =>
      found.find((a) => a.level === level && a.anchor === anchor)?.object.classIndex;
    assertEquals([classOf(0, 0), classOf(0, 1)], [2, 1]);
    // Neither is the nearest of 30x10: IoU 100/500 with the high one is not enough, 100/300 is.
    assertEquals(classOf(1, 0), 2);
  }
  // Of two equal ones the first in the list is learnt.
  const twins = [object([3, 10, 13, 20], { classIndex: 1 }), object([3, 10, 13, 20])];
  assert(assign(twins, layout).positives.every(({ object }) => object.classIndex === 1));
});

Deno.test("anchors that overlap an object in their own cell are ignored", () => {
  // 40 x 40 around (32, 32), where four cells meet: 40x40 there overlap by 24 x 24 of 2624, or 0.22.
  const central = object([12, 12, 52, 52]);
  assertEquals(assign([central], layout).ignored, []);
  const all = assign([central], layout, { ignore: 0.2 }).ignored;
  assertEquals(all.filter(([anchor]) => anchor === 1).map(([, p]) => p).sort(), [16, 17, 18, 19]);
  // Around (16, 16), the middle of the first cell of stride 32, it is the anchor itself.
  assertEquals(assign([object([-4, -4, 36, 36])], layout).ignored.length, 1);
  assertEquals(assign([object([-4, -4, 36, 36])], layout, { ignore: 1 }).ignored, []);
});

Deno.test("crowds are not learnt, and nothing in them learns that there is no object", () => {
  const crowd = object([0, 0, 32, 64], { crowd: true });
  const { positives, ignored } = assign([crowd], layout);
  assertEquals(positives, []);
  const left = [0, 1, 4, 5, 8, 9, 12, 13, 16, 18];
  const expected = [0, 1].flatMap((anchor) => left.map((position) => `${anchor} ${position}`));
  assertEquals(ignored.map((pair) => pair.join(" ")).sort(), expected.sort());
});
