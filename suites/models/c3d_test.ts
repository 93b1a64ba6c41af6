import { assert, assertEquals, assertThrows } from "@std/assert";
import { values } from "../../graph/tensor.ts";
import { buildC3d } from "./c3d.ts";
import { assertLively, assertSeeded, layerTable, readLayerTable, sharedFile } from "./testing.ts";

const table = await sharedFile("methods/fixtures/c3d_layers.tsv");

Deno.test({
  name: "every layer of C3D is as in the table of layers (needs ../shared)",
  ignore: !table,
  async fn() {
    assertEquals(layerTable(buildC3d()), await readLayerTable(table!));
  },
});

/** The shortest clip that reaches the last pool, small enough to run in a moment. */
const SMALLEST = { frames: 16, size: 32, classes: 5 };

Deno.test("C3D's weights depend on the seed only", () => {
  assertSeeded((seed) => buildC3d({ ...SMALLEST, seed }));
});

Deno.test("no bias of C3D is zero, so that a lost bias shows", () => {
  for (const [name, bias] of buildC3d(SMALLEST).weights) {
    if (name.endsWith(".bias")) assert(values(bias).every((b) => b !== 0), name);
  }
});

Deno.test("activations keep their scale through C3D", async () => {
  await assertLively(buildC3d(SMALLEST));
});

Deno.test("a clip too small for C3D's pools is refused by name", () => {
  assertThrows(() => buildC3d({ frames: 4 }), RangeError, 'MaxPool "pool4" as input "conv4b/relu"');
});
