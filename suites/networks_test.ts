import { assert, assertEquals, assertThrows } from "@std/assert";
import { modelCosts } from "../graph/costs.ts";
import { sizeOf } from "../graph/tensor.ts";
import { buildAlexnet } from "./models/alexnet.ts";
import { buildC3d } from "./models/c3d.ts";
import { buildVgg16Cifar } from "./models/vgg16.ts";
import { findNetwork, NETWORKS, sampleShapeOf } from "./networks.ts";
import { SUITES } from "./registry.ts";

Deno.test("every suite's network can be trained", () => {
  assertEquals(NETWORKS.map(({ id }) => id), SUITES.map(({ id }) => id));
});

for (const network of NETWORKS) {
  Deno.test(`the small form of ${network.id} has the input and the classes that are asked for`, () => {
    const { small, kind } = network;
    const { inputs, outputs } = network.build({ ...small, width: 1 / 16, classes: 7, seed: 1 });
    assertEquals(inputs.map(({ shape }) => shape), [[1, ...sampleShapeOf(small)]]);
    assertEquals(inputs[0].shape.length, kind === "clips" ? 5 : 4);
    assertEquals(outputs.at(-1)!.shape.at(-1), 7);
  });
}

Deno.test("width multiplies filters: convolutions cost its square, the outputs stay", () => {
  const macs = (width: number) => modelCosts(buildVgg16Cifar({ width })).macs;
  // All but the first convolution (3 channels) and the last layer (10 outputs) shrink by width^2.
  const first = 32 * 32 * 64 * 27, last = 512 * 10;
  const inner = macs(1) - first - last;
  assertEquals(macs(1 / 4), inner / 16 + first / 4 + last / 4);
  assertEquals(buildVgg16Cifar({ width: 1 / 64 }).weights.get("conv1_1.weight")!.shape[0], 1);
});

Deno.test("groups divide the filters at any width", () => {
  for (const width of [0.013, 0.1, 0.33, 0.9]) {
    const model = buildAlexnet({ size: 67, width });
    for (const node of model.nodes) {
      if (node.op !== "Conv") continue;
      assertEquals(model.weights.get(node.inputs[1])!.shape[0] % node.attributes.group, 0);
    }
  }
});

Deno.test("dropout follows the hidden fully connected layers when it is asked for", () => {
  const dropouts = (dropout?: number) =>
    buildC3d({ size: 32, width: 1 / 16, ...(dropout !== undefined && { dropout }) }).nodes
      .flatMap((node) => node.op === "Dropout" ? [[node.name, node.attributes.ratio]] : []);
  assertEquals(dropouts(), []);
  assertEquals(dropouts(0), []);
  assertEquals(dropouts(0.5), [["fc6/dropout", 0.5], ["fc7/dropout", 0.5]]);
  assert(sizeOf(sampleShapeOf(findNetwork("c3d").small)) === 3 * 16 * 32 * 32);
});

Deno.test("an unknown network, width or dropout is refused by its value", () => {
  assertThrows(() => findNetwork("c3e"), RangeError, 'did you mean "c3d" or');
  assertThrows(() => buildC3d({ width: 0 }), RangeError, '"width" must be in (0, 16]');
  assertThrows(() => buildC3d({ width: NaN }), RangeError, "current value is NaN");
  assertThrows(() => buildC3d({ dropout: 1 }), RangeError, '"dropout" must be in [0, 1)');
});
