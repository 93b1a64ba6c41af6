import { assertEquals, assertThrows } from "@std/assert";
import { dataOf, dataWords } from "./data_flags.ts";

Deno.test("the words that are read are the words that are told", () => {
  for (
    const flags of [
      { data: "textures" },
      { data: "videos:folder:with colon", "split-test": "test.txt" },
      { data: "videos:clips", stride: "3", "frame-cache": "frames" },
      { data: "cifar10:data", "split-train": "a.txt", mean: "0.5,0.25,0", std: "1,2,3" },
    ]
  ) {
    const words = Object.entries(flags).flatMap(([flag, text]) => [`--${flag}`, text]);
    assertEquals(dataWords(dataOf(flags), 1), words);
    assertEquals(dataWords(dataOf(flags), 7), [...words, "--seed", "7"]);
  }
});

Deno.test("a path is asked for by sets on disk only", () => {
  assertEquals(dataOf({ data: "textures" }).path, undefined);
  assertEquals(dataOf({ data: "coco:a/b.json" }).path, "a/b.json");
  for (const data of ["coco", "coco:", "textures:", "textures:x", "textur"]) {
    assertThrows(() => dataOf({ data }), Error);
  }
});

Deno.test("how clips are taken is asked of videos on disk only", () => {
  const { clips } = dataOf({ data: "ucf101:set", stride: "2", "no-flip": true });
  assertEquals(clips, { stride: 2, flip: false });
  assertEquals(dataWords(dataOf({ data: "ucf101:set", "no-flip": true }), 1), [
    "--data",
    "ucf101:set",
    "--no-flip",
  ]);
  for (const data of ["moving-shapes", "textures", "cifar10:folder"]) {
    assertThrows(() => dataOf({ data, stride: "2" }), Error, "are of videos on disk");
  }
  assertThrows(() => dataOf({ data: "videos:set", stride: "0" }), Error, "--stride");
});
