import { assert, assertEquals, assertInstanceOf, assertLess, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import jpeg from "jpeg-js";
import { Random } from "../../graph/random.ts";
import { columns, decodeImage, type Image } from "./image.ts";
import { encodePng, noise, plain } from "./testing.ts";

/** 2 x 1 pixels, red and half-transparent blue, written byte by byte from the standard. */
const twoPixels = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAADklEQVR4nGP4z8AAQg0AD3oDfnfpf5cAAAAASUVORK5CYII=",
  ),
  (c) => c.charCodeAt(0),
);

function encodeJpeg({ width, height, data }: Image): Uint8Array {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < data.length; i++) rgba[Math.floor(i / 3) * 4 + i % 3] = data[i];
  return jpeg.encode({ width, height, data: rgba }, 95).data;
}

Deno.test("decodeImage() reads the pixels of a PNG and ignores alpha", () => {
  assertEquals(decodeImage(twoPixels, "two.png"), {
    width: 2,
    height: 1,
    data: Uint8Array.of(255, 0, 0, 0, 0, 255),
  });
});

Deno.test("decodeImage() gives back the noise that was written as PNG", () => {
  const image = noise(7, 13, new Random(31, "png"));
  assertEquals(decodeImage(encodePng(image), "noise.png"), image);
});

Deno.test("decodeImage() reads JPEG within its loss", () => {
  const image = decodeImage(encodeJpeg(plain(16, 24, [200, 120, 40])), "plain.jpg");
  assertEquals([image.width, image.height], [24, 16]);
  for (const [c, expected] of [200, 120, 40].entries()) {
    assertLess(Math.abs(image.data[c] - expected), 4);
  }
});

Deno.test("decodeImage() refuses other formats, naming the file", () => {
  assertThrows(
    () => decodeImage(new TextEncoder().encode("GIF89a"), "a.png"),
    SyntaxError,
    'Cannot read image "a.png" as it must be a PNG or JPEG file',
  );
  assertThrows(() => decodeImage(new Uint8Array(), "a.png"), SyntaxError, "an empty file");
});

Deno.test("decodeImage() refuses a header that asks for too many pixels", () => {
  const bytes = encodePng(plain(4, 4, [1, 2, 3]));
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(16, 0x7fffffff);
  assertThrows(
    () => decodeImage(bytes, "huge.png"),
    SyntaxError,
    `current value is ${0x7fffffff * 4}`,
  );
});

Deno.test("decodeImage() answers damaged files with an image or a SyntaxError", () => {
  const random = new Random(32, "damage");
  const files = [noise(9, 9, random), plain(16, 16, [9, 8, 7])].flatMap((image) => [
    encodePng(image),
    encodeJpeg(image),
  ]);
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    const bytes = files[i % files.length].slice(0);
    for (let k = 0; k < 3; k++) bytes[random.integer(bytes.length)] = random.integer(256);
    const damaged = i % 2 === 0 ? bytes : bytes.slice(0, random.integer(bytes.length));
    try {
      const { width, height, data } = decodeImage(damaged, "damaged");
      assertEquals(data.length, width * height * 3);
    } catch (error) {
      assertInstanceOf(error, SyntaxError);
      refused++;
    }
  }
  assert(refused > 200, `only ${refused} refused`);
});

Deno.test("columns() cuts an image out of a strip", () => {
  const strip: Image = { height: 2, width: 3, data: Uint8Array.from({ length: 18 }, (_, i) => i) };
  assertEquals(columns(strip, 1, 1), {
    height: 2,
    width: 1,
    data: Uint8Array.of(3, 4, 5, 12, 13, 14),
  });
});
