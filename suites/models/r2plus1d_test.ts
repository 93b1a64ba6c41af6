import { assertEquals } from "@std/assert";
import { buildR2plus1d18 } from "./r2plus1d.ts";
import { assertLively, assertSeeded, layerTable, readLayerTable, sharedFile } from "./testing.ts";

const table = await sharedFile("methods/fixtures/r2plus1d18_layers.tsv");

Deno.test({
  name: "every layer of R(2+1)D-18 is as in the table of layers (needs ../shared)",
  ignore: !table,
  async fn() {
    assertEquals(layerTable(buildR2plus1d18()), await readLayerTable(table!));
  },
});

const SMALL = { frames: 8, size: 32, classes: 5 };

Deno.test("a clip of R(2+1)D-18 becomes one score for each class", () => {
  const { inputs, outputs } = buildR2plus1d18(SMALL);
  assertEquals(inputs, [{ name: "clip", shape: [1, 3, 8, 32, 32] }]);
  assertEquals(outputs, [{ name: "fc", shape: [1, 5] }]);
});

Deno.test("R(2+1)D-18's weights depend on the seed only", () => {
  assertSeeded((seed) => buildR2plus1d18({ ...SMALL, seed }));
});

Deno.test("activations keep their scale through R(2+1)D-18", async () => {
  await assertLively(buildR2plus1d18(SMALL));
});
