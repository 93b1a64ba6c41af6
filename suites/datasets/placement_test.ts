import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { letterbox } from "./letterbox.ts";
import { canvas, paste, placeBox } from "./placement.ts";
import { resize } from "./resize.ts";
import { noise, plain } from "./testing.ts";

Deno.test("letterbox() keeps the ratio and centres, or stays at the top left", () => {
  const input = { height: 416, width: 416 };
  // 416 / 640 = 0.65, and 426 * 0.65 = 276.9.
  const image = { height: 426, width: 640 };
  assertEquals(letterbox(image, input), {
    scale: 0.65,
    left: 0,
    top: 69,
    size: { height: 277, width: 416 },
  });
  assertEquals(letterbox(image, input, "top-left").top, 0);
  const tall = letterbox({ height: 200, width: 100 }, { height: 100, width: 101 });
  assertEquals(tall, { scale: 0.5, left: 25, top: 0, size: { height: 100, width: 50 } });
});

Deno.test("paste() at whole scales is ONNX's bilinear Resize, rounded", () => {
  const image = noise(7, 5, new Random(1, "paste"));
  for (const scale of [1, 2, 3]) {
    const size = { height: 7 * scale, width: 5 * scale };
    const onto = canvas(size, 0);
    const all = { top: 0, left: 0, ...size };
    paste(onto, image, { scaleX: scale, scaleY: scale, left: 0, top: 0 }, all);
    const planes = resize(image, size);
    const plane = size.height * size.width;
    const expected = onto.data.map((_, i) =>
      Math.floor(planes[i % 3 * plane + (i - i % 3) / 3] + 0.5)
    );
    assertEquals(onto.data, expected);
  }
});

Deno.test("paste() mirrors about the image's own middle", () => {
  const image = { height: 1, width: 3, data: Uint8Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3) };
  const onto = canvas({ height: 1, width: 5 }, 9);
  // Its right edge comes to column 4, so it covers columns 1 to 3.
  paste(onto, image, { scaleX: -1, scaleY: 1, left: 4, top: 0 }, {
    top: 0,
    left: 0,
    height: 1,
    width: 5,
  });
  assertEquals([...onto.data].filter((_, i) => i % 3 === 0), [9, 3, 2, 1, 9]);
});

Deno.test("paste() draws the pixels whose centres are covered, inside the window only", () => {
  const onto = canvas({ height: 4, width: 6 }, 0);
  const white = plain(2, 2, [255, 255, 255]);
  // Columns 0.6 to 4.6: centres 1.5 to 4.5 lie inside and 0.5 does not. Rows -1 to 3, cut at 1.
  paste(onto, white, { scaleX: 2, scaleY: 2, left: 0.6, top: -1 }, {
    top: 1,
    left: 0,
    height: 2,
    width: 4,
  });
  const rows = Array.from(
    { length: 4 },
    (_, y) => Array.from({ length: 6 }, (_, x) => Number(onto.data[(y * 6 + x) * 3] > 0)).join(""),
  );
  assertEquals(rows, ["000000", "011100", "011100", "000000"]);
});

Deno.test("placeBox() follows what is drawn, mirrored or not", () => {
  const random = new Random(2, "boxes");
  for (let round = 0; round < 20; round++) {
    const image = plain(20, 30, [0, 0, 0]);
    const [left, top] = [random.integer(10), random.integer(8)];
    const box = [left, top, left + 6 + random.integer(8), top + 6 + random.integer(5)] as const;
    for (let y = box[1]; y < box[3]; y++) {
      image.data.fill(255, (y * 30 + box[0]) * 3, (y * 30 + box[2]) * 3);
    }
    const size = { height: 100, width: 120 };
    const onto = canvas(size, 0);
    const scaleX = (1 + 2 * random.uniform()) * (random.integer(2) === 0 ? -1 : 1);
    const at = { scaleX, scaleY: 2, left: scaleX < 0 ? 105.25 : 10.5, top: 5 };
    paste(onto, image, at, { top: 0, left: 0, ...size });
    const seen = [...onto.data.keys()].filter((i) => i % 3 === 0 && onto.data[i] > 127)
      .map((i) => [(i / 3) % 120, Math.floor(i / 360)]);
    const [xs, ys] = [0, 1].map((axis) => seen.map((point) => point[axis]));
    const drawn = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
    for (const [i, edge] of placeBox(box, at).entries()) assertAlmostEquals(drawn[i], edge, 1.01);
  }
});
