import { assertEquals } from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { readOnnx } from "../../graph/onnx/read.ts";
import { buildGooglenet } from "./googlenet.ts";
import { assertLively, assertSeeded, layerTable, sharedFile } from "./testing.ts";

const published = await sharedFile("data/onnx-models/light-structure/light_inception_v1.onnx");

Deno.test({
  name: "GoogLeNet has the layers of BVLC's in ONNX, whose pools do not round up (needs ../shared)",
  ignore: !published,
  async fn() {
    const layers = (model: Model) =>
      layerTable(model).map(({ type, in: channels, out, kernel, stride, weights, params }) =>
        [type, channels, out, kernel, stride, weights, params].join(" ")
      );
    assertEquals(layers(buildGooglenet()), layers(await readOnnx(published!)));
  },
});

Deno.test("GoogLeNet's pools round up: 224 pixels become 7 before the last one", () => {
  const pools = layerTable(buildGooglenet()).filter(({ type, stride }) =>
    type === "maxpool" && stride === "(2, 2)"
  );
  assertEquals(pools.map(({ out_shape }) => out_shape), [
    "(64, 56, 56)",
    "(192, 28, 28)",
    "(480, 14, 14)",
    "(832, 7, 7)",
  ]);
});

const SMALL = { size: 64, classes: 5 };

Deno.test("GoogLeNet's weights depend on the seed only", () => {
  assertSeeded((seed) => buildGooglenet({ ...SMALL, seed }));
});

Deno.test("activations keep their scale through GoogLeNet", async () => {
  await assertLively(buildGooglenet(SMALL));
});
