import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DATA_SOURCES, findDataSource } from "./sources.ts";

Deno.test("every source is found by its id, which is its own", () => {
  const ids = DATA_SOURCES.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const source of DATA_SOURCES) assertEquals(findDataSource(source.id), source);
});

Deno.test("an id that there is not is refused with the nearest ones", () => {
  assertThrows(() => findDataSource("cifar-10"), RangeError, `did you mean "cifar10"`);
});

const SHAPES = { images: [3, 32, 32], clips: [3, 8, 32, 32], detection: [3, 64, 64] };

for (const source of DATA_SOURCES) {
  if (source.generated) {
    Deno.test(`generated data "${source.id}" opens without a path and has the shape asked for`, async () => {
      const sampleShape = SHAPES[source.kind];
      const { train, test } = await source.open({ sampleShape, seed: 1 });
      for (const part of [train, test!]) {
        assertEquals(part.sampleShape, sampleShape);
        const { values, label } = await part.load(part.size - 1);
        if (part.classOf) assertEquals<unknown>(part.classOf(part.size - 1), label);
        assertEquals(values.length, sampleShape.reduce((a, b) => a * b));
      }
    });
  } else {
    Deno.test(`data "${source.id}" is refused where there is none, in one message`, async () => {
      const options = {
        sampleShape: source.id.startsWith("cifar") ? [3, 32, 32] : SHAPES[source.kind],
        seed: 1,
      };
      await assertRejects(async () => await source.open(options), RangeError, "no path");
      await assertRejects(
        async () => await source.open({ ...options, path: "nowhere" }),
        RangeError,
        "nowhere",
      );
    });
  }
}
