import { assertEquals } from "@std/assert";
import { modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { assertLively, assertSeeded } from "./testing.ts";
import { buildVgg16, buildVgg16Cifar } from "./vgg16.ts";

Deno.test("the convolutions of VGG-16 for CIFAR-10 have 14,710,464 weights", () => {
  const { layers, macs } = modelCosts(buildVgg16Cifar());
  const convolutions = layers.filter(({ op }) => op === "Conv");
  assertEquals(convolutions.length, 13);
  assertEquals(convolutions.reduce((sum, { weights }) => sum + weights, 0), 14_710_464);
  assertEquals(convolutions.map(({ output }) => output[2]), [
    ...[32, 32, 16, 16],
    ...[8, 8, 8, 4, 4, 4, 2, 2, 2],
  ]);
  assertEquals(macs, 313_201_664);
});

/** One position is left by the last pool. */
const SMALLEST = { size: 32, classes: 5 };

Deno.test("both forms of VGG-16 have the same convolutions", () => {
  const shapes = (model: Model) =>
    model.nodes.filter(({ op }) => op === "Conv")
      .map(({ name, inputs }) => [name, model.weights.get(inputs[1])!.shape]);
  assertEquals(shapes(buildVgg16(SMALLEST)), shapes(buildVgg16Cifar()));
});

Deno.test("the weights of VGG-16 for CIFAR-10 depend on the seed only", () => {
  assertSeeded((seed) => buildVgg16Cifar({ seed }));
});

Deno.test("activations keep their scale through VGG-16", async () => {
  await assertLively(buildVgg16(SMALLEST));
});

Deno.test("activations keep their scale through VGG-16 for CIFAR-10", async () => {
  await assertLively(buildVgg16Cifar());
});
