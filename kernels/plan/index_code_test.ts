import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { decodeIndex, encodeIndex } from "./index_code.ts";

Deno.test("index codes are as kerf_plan.h describes them", () => {
  assertEquals([...encodeIndex([])], []);
  assertEquals([...encodeIndex([0, 1, 2, 3])], [0, 0, 0, 0]);
  assertEquals([...encodeIndex([3, 4, 9])], [3, 0, 4]);
  assertEquals([...encodeIndex([254, 509])], [254, 254]);
  assertEquals([...encodeIndex([255, 511])], [255, 0, 255, 0]);
  assertEquals([...encodeIndex([1000])], [255, 255, 255, 235]);
});

Deno.test("any ascending list survives the code, at a byte for each entry and each 255 skipped", () => {
  const random = new Random(1);
  for (let i = 0; i < 500; i++) {
    const density = random.uniform() ** 3, groups = 1 + random.integer(4000);
    const list = Array.from({ length: groups }, (_, g) => g)
      .filter(() => random.uniform() < density);
    const code = encodeIndex(list);
    assertEquals([...decodeIndex(code, list.length)], list);
    assertLessOrEqual(code.length, list.length + groups / 255);
  }
});

Deno.test("a code that ends early, goes on, or promises too much is refused", () => {
  const decode = (bytes: number[], entries: number) => () =>
    decodeIndex(Uint8Array.from(bytes), entries);
  assertThrows(decode([0, 0], 3), SyntaxError, "must have 3 entries: current value is 2");
  assertThrows(decode([0, 255], 2), SyntaxError, "must have 2 entries: current value is 1");
  assertThrows(decode([255, 255, 255], 2), SyntaxError, "current value is 0");
  assertThrows(decode([0, 0, 0], 2), SyntaxError, "must take 2 bytes: current value is 3");
  assertThrows(decode([7], 0), SyntaxError, "must take 0 bytes: current value is 1");
  assertThrows(decode([0], 2 ** 32 - 1), SyntaxError, "must have 4294967295 entries");
});
