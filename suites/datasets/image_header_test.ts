import { assertEquals, assertRejects } from "@std/assert";
import jpeg from "jpeg-js";
import { Random } from "../../graph/random.ts";
import { readImageSize, sizeOfHeader } from "./image_header.ts";
import { encodePng, noise, plain, withFolder } from "./testing.ts";

/** A JPEG file. */
function encodeJpeg(height: number, width: number): Uint8Array {
  return new Uint8Array(
    jpeg.encode({ height, width, data: new Uint8Array(height * width * 4) }, 80).data,
  );
}

/** `file` with a segment of `length` bytes of comment before all others. */
function withComment(file: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(file.length + length + 2);
  out.set([0xff, 0xd8, 0xff, 0xfe, length >> 8, length & 255]);
  out.set(file.subarray(2), length + 4);
  return out;
}

Deno.test("sizeOfHeader() reads PNG and JPEG", () => {
  assertEquals(sizeOfHeader(encodePng(plain(7, 300, [1, 2, 3]))), { height: 7, width: 300 });
  const file = encodeJpeg(33, 517);
  assertEquals(sizeOfHeader(file), { height: 33, width: 517 });
  assertEquals(sizeOfHeader(withComment(file, 5000)), { height: 33, width: 517 });
});

Deno.test("sizeOfHeader() is undefined for every cut before the extents, and for noise", () => {
  const file = encodeJpeg(33, 517);
  const whole = [...file.keys()].find((n) => sizeOfHeader(file.subarray(0, n)) !== undefined)!;
  for (let n = 0; n < whole; n++) assertEquals(sizeOfHeader(file.subarray(0, n)), undefined);
  const { data } = noise(20, 20, new Random(1, "header"));
  data.set([0xff, 0xd8]);
  assertEquals(sizeOfHeader(data), undefined);
});

Deno.test("readImageSize() reads on where a thumbnail comes first, and refuses other files", async () => {
  await withFolder(async (folder) => {
    const far = withComment(withComment(encodeJpeg(9, 21), 40_000), 40_000);
    await Deno.writeFile(`${folder}/far.jpg`, far);
    assertEquals(await readImageSize(`${folder}/far.jpg`), { height: 9, width: 21 });
    await Deno.writeTextFile(`${folder}/text.jpg`, "no image");
    await assertRejects(() => readImageSize(`${folder}/text.jpg`), SyntaxError, "text.jpg");
    await assertRejects(() => readImageSize(`${folder}/none.jpg`), Deno.errors.NotFound);
  });
});
