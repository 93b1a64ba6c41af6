import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Sample } from "../../training/data/dataset.ts";
import type { DetectionLabel } from "../../training/data/dataset.ts";
import { shapesDetectionSource } from "./shapes_detection.ts";

const SIDE = 96;
const open = (seed: number) => shapesDetectionSource.open({ sampleShape: [3, SIDE, SIDE], seed });

Deno.test("shapes-detection gives the same images for the same seed, whatever the order", async () => {
  const [a, b, other] = [await open(1), await open(1), await open(2)];
  assertEquals([a.train.size, a.test?.size], [800, 200]);
  const second = await a.train.load(1);
  await a.train.load(0);
  assertEquals(await b.train.load(1), second);
  assertNotEquals((await b.train.load(0)).values, second.values);
  assertNotEquals((await other.train.load(1)).values, second.values);
  assertNotEquals((await a.test!.load(1)).values, second.values);
});

Deno.test("shapes-detection has all classes in many sizes, whole in their images", async () => {
  const { train } = await open(3);
  const counts = [0, 0, 0];
  const sides: number[] = [];
  for (let i = 0; i < 60; i++) {
    const { label } = await train.load(i);
    assert(label.objects.length >= 1);
    for (const { box: [x1, y1, x2, y2], classIndex } of label.objects) {
      counts[classIndex]++;
      sides.push(y2 - y1);
      assert(x1 >= 0 && y1 >= 0 && x2 <= SIDE && y2 <= SIDE);
    }
  }
  assert(counts.every((count) => count > 30), `${counts}`);
  assert(Math.max(...sides) > 3 * Math.min(...sides));
});

/** Columns and rows in which a pixel is nearly of a colour. */
function seen({ values }: Sample<DetectionLabel>, colour: readonly number[]) {
  const plane = SIDE * SIDE;
  const pixels = Array.from({ length: plane }, (_, i) => i)
    .filter((i) => colour.every((part, c) => Math.abs(values[c * plane + i] - part) < 0.02));
  return [pixels.map((i) => i % SIDE), pixels.map((i) => Math.floor(i / SIDE))];
}

Deno.test("boxes of shapes-detection are the bounds of what is drawn", async () => {
  const { train } = await open(4);
  let checked = 0;
  for (let i = 0; i < 40; i++) {
    const sample = await train.load(i);
    const [{ box }, ...others] = sample.label.objects;
    // Alone, and large enough to hold its colour.
    if (others.length > 0 || box[2] - box[0] < 16) continue;
    const [x, y] = [(box[0] + box[2]) / 2, box[1] * 0.4 + box[3] * 0.6].map(Math.floor);
    const colour = [0, 1, 2].map((c) => sample.values[c * SIDE * SIDE + y * SIDE + x]);
    const [xs, ys] = seen(sample, colour);
    const bounds = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
    // Tips are soft, so a pixel or two of them are not of the colour.
    for (const [k, edge] of box.entries()) {
      assert(Math.abs(bounds[k] - edge) <= 3, `image ${i}: ${bounds} for ${box}`);
    }
    checked++;
  }
  assert(checked >= 3, `${checked} images`);
});
