import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { Random } from "../../graph/random.ts";
import type { ObjectLabel } from "../../training/data/dataset.ts";
import { type AnnotatedImage, detectionDataset } from "./detection_set.ts";
import { plain } from "./testing.ts";

const OPTIONS = { sampleShape: [3, 48, 64] };

/** A black image with white boxes as its objects. */
function boxes(
  name: string,
  all: readonly ObjectLabel["box"][],
  reads: string[] = [],
): AnnotatedImage {
  return {
    name,
    height: 96,
    width: 96,
    objects: all.map((box, classIndex) => ({ box, classIndex, area: 77 })),
    read() {
      reads.push(name);
      const image = plain(96, 96, [0, 0, 0]);
      for (const [x1, y1, x2, y2] of all) {
        for (let y = y1; y < y2; y++) image.data.fill(255, (y * 96 + x1) * 3, (y * 96 + x2) * 3);
      }
      return image;
    },
  };
}

function setOf(images: readonly AnnotatedImage[]) {
  return { name: "set", description: "images", classes: ["a", "b"], images };
}

Deno.test("detectionDataset() letterboxes, normalises, and orders channels as the network wants", async () => {
  const image: AnnotatedImage = {
    ...boxes("x", [[0, 0, 48, 96]]),
    read: () => plain(96, 96, [255, 51, 0]),
  };
  const plainSet = await detectionDataset(setOf([image]), OPTIONS).load(0);
  assertEquals(plainSet.label, {
    image: "x",
    objects: [{ box: [8, 0, 32, 48], classIndex: 0, area: 77 }],
    letterbox: { scale: 0.5, left: 8, top: 0 },
  });
  const gray = Math.fround(114 / 255);
  const at = (values: Float32Array, x: number) =>
    [0, 1, 2].map((c) => values[c * 48 * 64 + 10 * 64 + x]);
  assertEquals([7, 8, 55, 56].map((x) => at(plainSet.values, x)[0]), [gray, 1, 1, gray]);
  const other = await detectionDataset(setOf([image]), {
    ...OPTIONS,
    normalise: { mean: [0, 0.2, 0], std: [1 / 255, 1, 0.5] },
    letterbox: { align: "top-left", order: "bgr" },
  }).load(0);
  assertEquals(other.label.letterbox, { scale: 0.5, left: 0, top: 0 });
  // Blue 0, green 0.2, red 1.
  for (const [c, value] of [0, 0, 2].entries()) {
    assertAlmostEquals(at(other.values, 0)[c], value, 1e-6);
  }
});

Deno.test("detectionDataset() reads each image once, and gives the same sample each time", async () => {
  const reads: string[] = [];
  const set = detectionDataset(
    setOf([boxes("x", [[10, 10, 50, 50]], reads), boxes("y", [], reads)]),
    OPTIONS,
  );
  const first = await set.load(0);
  await set.load(1);
  await set.load(1, { random: new Random(1) });
  assertEquals(await set.load(0), first);
  assertEquals(reads, ["x", "y"]);
});

Deno.test("detectionDataset() augments by the stream alone", async () => {
  const images = [boxes("x", [[10, 10, 50, 50]]), boxes("y", [[20, 40, 90, 80]])];
  const load = (seed: number) =>
    detectionDataset(setOf(images), OPTIONS).load(0, { random: new Random(seed) });
  for (let seed = 0; seed < 6; seed++) assertEquals(await load(seed), await load(seed));
  assertNotEquals((await load(1)).values, (await load(2)).values);
});

Deno.test("augmented boxes lie around what is drawn", async () => {
  const set = detectionDataset(
    setOf([
      boxes("x", [[12, 16, 44, 56]]),
      boxes("y", [[40, 40, 80, 88]]),
      boxes("z", []),
    ]),
    OPTIONS,
  );
  const [height, width] = [48, 64];
  let kept = 0;
  for (let seed = 0; seed < 60; seed++) {
    const { values, label } = await set.load(seed % 3, { random: new Random(seed, "augment") });
    assertEquals(label.letterbox, { scale: 1, left: 0, top: 0 });
    // Gray is 114 / 255 times a value and black is 0: white is what is far above both.
    const isWhite = (x: number, y: number) => values[y * width + x] > 0.62;
    const edge = 1.5;
    const isIn = ({ box: [x1, y1, x2, y2] }: ObjectLabel, x: number, y: number, grow: number) =>
      x1 - grow < x && x < x2 + grow && y1 - grow < y && y < y2 + grow;
    let white = 0, boxed = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (isWhite(x, y)) white++;
        if (label.objects.some((one) => isIn(one, x + 0.5, y + 0.5, -edge))) {
          boxed++;
          assert(isWhite(x, y), `seed ${seed}: ${x}, ${y} is in a box and not white`);
        }
      }
    }
    // White outside all boxes is of objects of which little remained.
    assert(white >= boxed);
    for (const { box: [x1, y1, x2, y2], area } of label.objects) {
      assert(x1 >= 0 && y1 >= 0 && x2 <= width && y2 <= height && x2 - x1 >= 2 && y2 - y1 >= 2);
      assertEquals(area, undefined);
      kept++;
    }
  }
  assert(kept > 60, `${kept} boxes`);
});

Deno.test("detectionDataset() refuses an image of another size than its annotations", async () => {
  const set = detectionDataset(setOf([{ ...boxes("x", []), height: 95 }]), OPTIONS);
  await assertRejects(() => Promise.resolve(set.load(0)), SyntaxError, "96 x 95 pixels");
});
