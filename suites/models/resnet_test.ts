import { assertEquals } from "@std/assert";
import type { Model } from "../../graph/model.ts";
import { readOnnx } from "../../graph/onnx/read.ts";
import { buildResnet, type ResnetOptions } from "./resnet.ts";
import { assertLively, assertSeeded, layerTable, sharedFile } from "./testing.ts";

const SMALL = { size: 64, classes: 5 };
const FORMS: readonly ResnetOptions[] = [
  { depth: 18, ...SMALL },
  { depth: 50, ...SMALL },
  { depth: 18, stem: "cifar" },
  { depth: 50, stem: "cifar" },
];

const published = await sharedFile("data/onnx-models/light-structure/light_resnet50.onnx");

Deno.test({
  name: "ResNet-50 has the weights of ONNX's, whose strides are in 1x1 layers (needs ../shared)",
  ignore: !published,
  async fn() {
    const weights = (model: Model) =>
      layerTable(model).map(({ type, kernel, weights }) => `${type} ${kernel} ${weights}`).sort();
    assertEquals(weights(buildResnet({ depth: 50 })), weights(await readOnnx(published!)));
  },
});

Deno.test("a shortcut of a ResNet has a convolution where the shape changes, and only there", () => {
  const shortcuts = (options: ResnetOptions) =>
    buildResnet(options).nodes.filter(({ op, name }) => op === "Conv" && /downsample$/.test(name))
      .map(({ name }) => name);
  const later = ["layer2.0.downsample", "layer3.0.downsample", "layer4.0.downsample"];
  assertEquals(shortcuts({ depth: 18, ...SMALL }), later);
  assertEquals(shortcuts({ depth: 50, ...SMALL }), ["layer1.0.downsample", ...later]);
});

for (const form of FORMS) {
  const { name } = buildResnet(form);

  Deno.test(`the weights of ${name} depend on the seed only`, () => {
    assertSeeded((seed) => buildResnet({ ...form, seed }));
  });

  Deno.test(`activations keep their scale through ${name}`, async () => {
    await assertLively(buildResnet(form));
  });
}
