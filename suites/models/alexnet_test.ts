import { assertEquals } from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { buildAlexnet } from "./alexnet.ts";
import { assertLively, assertSeeded } from "./testing.ts";

Deno.test("AlexNet's layers have the weights and MACs of Caffe's", () => {
  const { layers } = modelCosts(buildAlexnet());
  assertEquals(
    layers.filter(({ weights }) => weights > 0)
      .map(({ name, output, weights, macs }) => [name, output.slice(1), weights, macs]),
    [
      ["conv1", [96, 55, 55], 34_848, 105_415_200],
      ["conv2", [256, 27, 27], 307_200, 223_948_800],
      ["conv3", [384, 13, 13], 884_736, 149_520_384],
      ["conv4", [384, 13, 13], 663_552, 112_140_288],
      ["conv5", [256, 13, 13], 442_368, 74_760_192],
      ["fc6", [4096], 37_748_736, 37_748_736],
      ["fc7", [4096], 16_777_216, 16_777_216],
      ["fc8", [1000], 4_096_000, 4_096_000],
    ],
  );
});

/** One position is left by the last pool. */
const SMALLEST = { size: 67, classes: 5 };

Deno.test("AlexNet's weights depend on the seed only", () => {
  assertSeeded((seed) => buildAlexnet({ ...SMALLEST, seed }));
});

Deno.test("activations keep their scale through AlexNet", async () => {
  await assertLively(buildAlexnet(SMALLEST));
});
