import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { type PictureProtocol, pictureShape, toPicture } from "./picture_protocol.ts";
import { resize } from "./resize.ts";
import { noise, plain } from "./testing.ts";

/** Levels as they are, 0..255. */
const raw: PictureProtocol = { name: "raw", height: 8, width: 8, mean: [0, 0, 0], std: [1, 1, 1] };

Deno.test("toPicture() letterboxes in the middle of a ground of its gray level", () => {
  const letterbox = {
    ...raw,
    fit: "letterbox",
    fill: 114,
    mean: [14, 4, 0],
    std: [2, 5, 1],
  } as const;
  const picture = toPicture(plain(3, 6, [20, 40, 60]), letterbox);
  // 3 x 6 becomes 4 x 8, so there are two rows above and two below.
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const expected = y >= 2 && y < 6 ? [3, 7.2, 60] : [50, 22, 114];
      expected.forEach((value, c) => assertAlmostEquals(picture.get(0, c, y, x), value, 1e-5));
    }
  }
});

Deno.test("toPicture() letterboxes an odd margin with the larger half below or on the right", () => {
  const picture = toPicture(plain(6, 3, [1, 1, 1]), {
    ...raw,
    height: 6,
    width: 6,
    fit: "letterbox",
  });
  const row = [0, 1, 2, 3, 4, 5].map((x) => picture.get(0, 0, 0, x));
  assertEquals(row, [0, 1, 1, 1, 0, 0]);
});

Deno.test("toPicture() crops the centre of an image whose shorter side was resized", () => {
  const image = noise(20, 30, new Random(21, "crop"));
  const picture = toPicture(image, { ...raw, shorterSide: 10 });
  const whole = resize(image, { height: 10, width: 15 });
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) {
        assertEquals(picture.get(0, c, y, x), whole[(c * 10 + y + 1) * 15 + x + 3]);
      }
    }
  }
});

Deno.test("toPicture() takes any image, by each fit, without leaving the range of its values", () => {
  const random = new Random(22, "fits");
  for (const fit of ["crop", "letterbox", "stretch"] as const) {
    for (let i = 0; i < 40; i++) {
      const image = noise(1 + random.integer(40), 1 + random.integer(40), random);
      const [height, width] = [1 + random.integer(30), 1 + random.integer(30)];
      const protocol: PictureProtocol = { ...raw, fit, height, width, fill: image.data[0] };
      const picture = toPicture(image, protocol);
      assertEquals(picture.shape, pictureShape(protocol));
      const [low, high] = [Math.min(...image.data), Math.max(...image.data)];
      assert(picture.data.every((value) => value > low - 1e-3 && value < high + 1e-3));
    }
  }
});

Deno.test("toPicture() stretches over the whole picture", () => {
  const image = noise(5, 9, new Random(23, "stretch"));
  assertEquals(
    toPicture(image, { ...raw, fit: "stretch" }).data,
    resize(image, { height: 8, width: 8 }),
  );
});

Deno.test("toPicture() turns the order of channels, or makes them one luma", () => {
  const image = plain(8, 8, [200, 100, 50]);
  const bgr = toPicture(image, { ...raw, order: "bgr", mean: [50, 0, 0] });
  assertEquals([0, 1, 2].map((c) => bgr.get(0, c, 4, 4)), [0, 100, 200]);
  const gray = toPicture(image, { ...raw, channels: 1, mean: [0], std: [1] });
  assertEquals(gray.shape, [1, 1, 8, 8]);
  assertAlmostEquals(gray.get(0, 0, 4, 4), 124.2, 1e-4);
});

Deno.test("toPicture() refuses a crop larger than the resized image", () => {
  assertThrows(
    () => toPicture(plain(20, 20, [0, 0, 0]), { ...raw, shorterSide: 6 }),
    RangeError,
    "the window must fit into its 6 x 6 pixels: current value is 8 x 8",
  );
});
