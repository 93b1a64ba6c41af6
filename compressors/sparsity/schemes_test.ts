import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { groupGrid, groupSizes } from "../../graph/structure.ts";
import { findScheme, parseBlock, SCHEMES } from "./schemes.ts";

const block = { filters: 8, channels: 4 };

Deno.test("every scheme lays the groups of its definition over a 16 x 12 x 3 x 3 weight", () => {
  const shape = [16, 12, 3, 3];
  const counts = SCHEMES.map((
    { id, layout },
  ) => [id, groupGrid(shape, layout(shape, block)).groups]);
  assertEquals(Object.fromEntries(counts), {
    "filter": 16,
    "channel": 12,
    "column": 12 * 9,
    "vanilla": 2 * 3,
    "kgs": 2 * 3 * 9,
    "block-punched": 2 * 3 * 9,
    "unstructured": 16 * 12 * 9,
  });
});

Deno.test("the groups of every scheme cover every weight once, divisible or not", () => {
  for (const shape of [[16, 12, 3, 3, 3], [13, 7, 2, 3], [45, 3, 1, 7, 7], [101, 30]]) {
    for (const { layout } of SCHEMES) {
      const sizes = groupSizes(shape, layout(shape, block));
      assertEquals(sizes.reduce((a, b) => a + b, 0), shape.reduce((a, b) => a * b, 1));
    }
  }
});

Deno.test("schemes become one another at their limits", () => {
  const layout = (id: string, shape: number[], filters: number, channels: number) =>
    findScheme(id).layout(shape, { filters, channels });
  const shape = [16, 12, 3, 3];
  assertEquals(layout("kgs", shape, 1, 1), layout("unstructured", shape, 8, 4));
  assertEquals(layout("kgs", shape, 16, 1), layout("column", shape, 8, 4));
  assertEquals(layout("vanilla", shape, 1, 12), layout("filter", shape, 8, 4));
  const point = [16, 12, 1, 1];
  assertEquals(
    groupSizes(point, layout("kgs", point, 8, 4)),
    groupSizes(point, layout("vanilla", point, 8, 4)),
  );
});

Deno.test("block sizes are read as papers write them", () => {
  assertEquals(parseBlock("8x4"), { filters: 8, channels: 4 });
  for (const text of ["", "8", "0x4", "8x0", "8x4x2", "8X4", "-8x4", "8.5x4", "8 x 4"]) {
    assertThrows(() => parseBlock(text), SyntaxError, `current value is "${text}"`);
  }
});

Deno.test("an unknown scheme is refused with the nearest names", () => {
  const error = assertThrows(() => findScheme("kgz"), RangeError);
  assertStringIncludes(error.message, 'did you mean "kgs"');
});
