import { assertEquals, assertThrows } from "@std/assert";
import { editDistance, nearest } from "./nearest.ts";
import { COMPRESSORS, findCompressor, roleOf } from "./registry.ts";

Deno.test("every compressor is found by its id, and ids are unique", () => {
  for (const compressor of COMPRESSORS) assertEquals(findCompressor(compressor.id), compressor);
  assertEquals(new Set(COMPRESSORS.map(({ id }) => id)).size, COMPRESSORS.length);
});

Deno.test("an unknown compressor is refused with the nearest names", () => {
  assertThrows(() => findCompressor("rtd3"), RangeError, 'did you mean "rt3d"');
  assertThrows(() => findCompressor("yolo"), RangeError, '"yolobile"');
});

Deno.test("edit distances of the textbook", () => {
  assertEquals(editDistance("kitten", "sitting"), 3);
  assertEquals(editDistance("", "abc"), 3);
  assertEquals(editDistance("abc", ""), 3);
  assertEquals(editDistance("same", "same"), 0);
});

Deno.test("nearest names come nearest first, ties in given order", () => {
  assertEquals(nearest("c3d", ["c2d", "s3d", "c3d-x", "other"], 3), ['"c2d"', '"s3d"', '"c3d-x"']);
});

Deno.test("the papers' methods are what a comparison is about, all others its controls", () => {
  const subjects = COMPRESSORS.map(({ id }) => id).filter((id) => roleOf(id) === "subject");
  assertEquals(subjects, ["rt3d", "yolobile", "tucker", "autocompress", "as-is"]);
});
