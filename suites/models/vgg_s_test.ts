import { assertEquals } from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import { buildVggS } from "./vgg_s.ts";
import { assertLively, assertSeeded } from "./testing.ts";

Deno.test("VGG-S's pools round up, as the number of weights behind them tells", () => {
  const { layers } = modelCosts(buildVggS());
  assertEquals(
    layers.filter(({ op }) => ["Conv", "MaxPool", "Gemm"].includes(op))
      .map(({ name, output, weights }) => [name, output.slice(1), weights]),
    [
      ["conv1", [96, 109, 109], 14_112],
      ["pool1", [96, 37, 37], 0],
      ["conv2", [256, 33, 33], 614_400],
      ["pool2", [256, 17, 17], 0],
      ["conv3", [512, 17, 17], 1_179_648],
      ["conv4", [512, 17, 17], 2_359_296],
      ["conv5", [512, 17, 17], 2_359_296],
      ["pool5", [512, 6, 6], 0],
      ["fc6", [4096], 75_497_472],
      ["fc7", [4096], 16_777_216],
      ["fc8", [1000], 4_096_000],
    ],
  );
});

const SMALL = { size: 64, classes: 5 };

Deno.test("VGG-S's weights depend on the seed only", () => {
  assertSeeded((seed) => buildVggS({ ...SMALL, seed }));
});

Deno.test("activations keep their scale through VGG-S", async () => {
  await assertLively(buildVggS(SMALL));
});
