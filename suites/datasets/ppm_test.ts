import { assertEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import type { Image } from "./image.ts";
import { ByteReader, readPpm } from "./ppm.ts";
import { noise } from "./testing.ts";

function ppm({ width, height, data }: Image): Uint8Array {
  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return bytes;
}

/** A stream of `bytes` in chunks of `size` or fewer. */
function stream(bytes: Uint8Array, size: number): ByteReader {
  return new ByteReader(ReadableStream.from((function* () {
    for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
  })()));
}

Deno.test("readPpm() reads images of different sizes, however the stream is cut up", async () => {
  const random = new Random(51, "ppm");
  const images = [noise(3, 5, random), noise(1, 1, random), noise(4, 2, random)];
  const bytes = Uint8Array.from(images.flatMap((image) => [...ppm(image)]));
  for (const size of [1, 2, 7, 64, 1000]) {
    const reader = stream(bytes, size);
    for (const image of images) assertEquals(await readPpm(reader), image);
    assertEquals(await readPpm(reader), undefined);
  }
});

Deno.test("readPpm() ends at an image that is cut off", async () => {
  const bytes = ppm(noise(2, 2, new Random(52, "ppm")));
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(await readPpm(stream(bytes.subarray(0, length), 5)), undefined);
  }
});

Deno.test("readPpm() refuses what is not a PPM image with 8 bits per channel", async () => {
  for (const header of ["P5\n2 2\n255\n", "P6\n0 2\n255\n", "P6\n2 2\n65535\n", "x".repeat(99)]) {
    const bytes = new TextEncoder().encode(header + "            ");
    await assertRejects(
      () => readPpm(stream(bytes, 8)),
      SyntaxError,
      "Cannot read a frame as its header must be P6, width, height and 255: current value is ",
    );
  }
});
