import { assertEquals, assertThrows } from "@std/assert";
import { buildS3d } from "./s3d.ts";
import { assertLively, assertSeeded, layerTable, readLayerTable, sharedFile } from "./testing.ts";

const table = await sharedFile("methods/fixtures/s3d_layers.tsv");

Deno.test({
  name: "every layer of S3D is as in the table of layers (needs ../shared)",
  ignore: !table,
  async fn() {
    const named = (await readLayerTable(table!)).map((row) => ({
      ...row,
      name: row.name.replace("(1x1x1)", ""),
    }));
    assertEquals(layerTable(buildS3d()), named);
  },
});

const SMALL = { size: 32, classes: 5 };

Deno.test("S3D's scores are the mean over time, however long the clip", () => {
  for (const frames of [16, 32, 64]) {
    const { inputs, outputs } = buildS3d({ ...SMALL, frames });
    assertEquals(inputs, [{ name: "clip", shape: [1, 3, frames, 32, 32] }]);
    assertEquals(outputs, [{ name: "scores", shape: [1, 5] }]);
  }
});

Deno.test("S3D's weights depend on the seed only", () => {
  assertSeeded((seed) => buildS3d({ ...SMALL, seed }));
});

Deno.test("activations keep their scale through S3D", async () => {
  await assertLively(buildS3d(SMALL));
});

Deno.test("a clip too short for S3D's pools is refused by name", () => {
  assertThrows(() => buildS3d({ frames: 8 }), RangeError, 'AveragePool "pool5"');
});
