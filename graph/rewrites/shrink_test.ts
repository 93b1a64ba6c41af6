import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { relativeError } from "../compare.ts";
import { GraphBuilder } from "../builder.ts";
import { modelCosts } from "../costs.ts";
import type { Model } from "../model.ts";
import { Random } from "../random.ts";
import { openReference } from "../reference.ts";
import { groupGrid, type GroupLayout, keptWeights, type WeightStructure } from "../structure.ts";
import { type Shape, sizeOf, tensor, values, zeros } from "../tensor.ts";
import { randomInputs, smallNet } from "../testing.ts";
import { residualNet } from "../testing/nets.ts";
import { removeFilters } from "./shrink.ts";

/** Random masks for some layers, each keeping at least one filter. */
function randomMasks(model: Model, random: Random): Map<string, Uint8Array> {
  const masks = new Map<string, Uint8Array>();
  for (const name of ["conv1", "conv2", "conv3", "fc1"]) {
    if (random.integer(4) === 0) continue;
    const mask = new Uint8Array(model.weights.get(`${name}.weight`)!.shape[0]);
    for (let m = 0; m < mask.length; m++) mask[m] = random.integer(2);
    mask[random.integer(mask.length)] = 1;
    masks.set(name, mask);
  }
  return masks;
}

/** The model with the weights and biases of removed filters set to zero. */
function zeroFilters(model: Model, masks: ReadonlyMap<string, Uint8Array>): Model {
  const weights = new Map(model.weights);
  for (const [layer, mask] of masks) {
    for (const name of [`${layer}.weight`, `${layer}.bias`]) {
      const weight = weights.get(name);
      if (!weight) continue;
      const data = values(weight).slice();
      const row = data.length / mask.length;
      mask.forEach((bit, m) => bit || data.fill(0, m * row, (m + 1) * row));
      weights.set(name, tensor(data, weight.shape));
    }
  }
  return { ...model, weights };
}

for (const spatial of [2, 3] as const) {
  Deno.test(`a shrunk ${spatial}-D net computes what zeroed filters and biases do`, async () => {
    const model = smallNet(spatial);
    const random = new Random(spatial, "masks");
    const inputs = randomInputs(model);
    for (let i = 0; i < 10; i++) {
      const masks = randomMasks(model, random);
      const shrunk = removeFilters(model, masks);
      await using whole = await openReference(zeroFilters(model, masks));
      await using small = await openReference(shrunk);
      const expected = (await whole.run(inputs)).get("fc2")!;
      const actual = (await small.run(inputs)).get("fc2")!;
      assertLess(relativeError(actual, expected), 1e-5);
      for (const [layer, mask] of masks) {
        const filters = shrunk.weights.get(`${layer}.weight`)!.shape[0];
        assertEquals(filters, mask.reduce((sum, bit) => sum + bit, 0), layer);
      }
      if (masks.size > 0) assertLess(modelCosts(shrunk).macs, modelCosts(model).macs + 1);
    }
  });
}

/** Prunes a weight by a random structure: returns the model with zeros and the structure. */
function prune(model: Model, weight: string, layout: GroupLayout, random: Random): Model {
  const { shape } = model.weights.get(weight)!;
  const { N, S, Q, positions, groups } = groupGrid(shape, layout);
  const kept = Uint8Array.from({ length: groups }, () => random.integer(2));
  const data = values(model.weights.get(weight)!).slice();
  for (let i = 0; i < data.length; i++) {
    const [m, n, s] = [Math.floor(i / (N * S)), Math.floor(i / S) % N, i % S];
    const block = Math.floor(m / layout.filters) * Q + Math.floor(n / layout.channels);
    if (!kept[block * positions + (positions === 1 ? 0 : s)]) data[i] = 0;
  }
  const structure: WeightStructure = { scheme: "test", layout, kept };
  return {
    ...model,
    weights: new Map(model.weights).set(weight, tensor(data, shape)),
    structures: new Map(model.structures).set(weight, structure),
  };
}

/** The structure says "pruned" exactly where the weight is zero. */
function assertFits(shape: Shape, data: Float32Array, structure: WeightStructure) {
  const { groups } = groupGrid(shape, structure.layout);
  assertEquals(structure.kept.length, groups);
  assertEquals(keptWeights(shape, structure), data.filter((w) => w !== 0).length);
  const { N, S, Q, positions } = groupGrid(shape, structure.layout);
  data.forEach((w, i) => {
    const [m, n, s] = [Math.floor(i / (N * S)), Math.floor(i / S) % N, i % S];
    const { filters, channels } = structure.layout;
    const block = Math.floor(m / filters) * Q + Math.floor(n / channels);
    assertEquals(structure.kept[block * positions + (positions === 1 ? 0 : s)] === 1, w !== 0);
  });
}

Deno.test("column, channel, filter and unstructured masks are cropped along", () => {
  const model = smallNet(3);
  const random = new Random(9, "compose");
  const [M, N] = model.weights.get("conv2.weight")!.shape;
  const [out, features] = model.weights.get("fc1.weight")!.shape;
  const layouts: readonly GroupLayout[] = [
    { filters: M, channels: 1, positions: "each" },
    { filters: M, channels: 1, positions: "all" },
    { filters: 1, channels: N, positions: "all" },
    { filters: 1, channels: 1, positions: "each" },
    { filters: 100, channels: 100, positions: "each" },
  ];
  for (const layout of layouts) {
    let pruned = prune(model, "conv2.weight", layout, random);
    pruned = prune(pruned, "fc1.weight", { filters: out, channels: 1, positions: "all" }, random);
    const shrunk = removeFilters(pruned, randomMasks(model, new Random(2)));
    for (const [name, structure] of shrunk.structures) {
      const weight = shrunk.weights.get(name)!;
      assertFits(weight.shape, values(weight), structure);
    }
    assertLess(shrunk.weights.get("fc1.weight")!.shape[1], features);
  }
});

Deno.test("block schemes follow when whole blocks go, and are refused otherwise", () => {
  const model = prune(
    smallNet(2),
    "conv2.weight",
    { filters: 4, channels: 5, positions: "each" },
    new Random(3),
  );
  const mask = (length: number, ...kept: number[]) =>
    Uint8Array.from({ length }, (_, i) => kept.includes(i) ? 1 : 0);
  const shrunk = removeFilters(
    model,
    new Map([["conv1", mask(10, 5, 6, 7, 8, 9)], ["conv2", mask(7, 4, 5, 6)]]),
  );
  const weight = shrunk.weights.get("conv2.weight")!;
  assertEquals(weight.shape, [3, 5, 1, 3]);
  assertFits(weight.shape, values(weight), shrunk.structures.get("conv2.weight")!);
  assertThrows(
    () => removeFilters(model, new Map([["conv2", mask(7, 0, 4)]])),
    RangeError,
    '"conv2.weight" as removed filters must be whole blocks of its structure, 4 filters each',
  );
  assertThrows(
    () => removeFilters(model, new Map([["conv1", mask(10, 0)]])),
    RangeError,
    "removed channels must be whole blocks",
  );
});

Deno.test("the original model is left alone", () => {
  const model = smallNet(2);
  const before = values(model.weights.get("conv2.weight")!).slice();
  removeFilters(model, randomMasks(model, new Random(1)));
  assertEquals(values(model.weights.get("conv2.weight")!), before);
  assert(modelCosts(model).macs === modelCosts(smallNet(2)).macs);
});

Deno.test("what cannot be removed is refused", () => {
  const model = smallNet(2);
  const cases: readonly [layer: string, mask: Uint8Array, message: string][] = [
    ["nothing", new Uint8Array(3), '"nothing" as it must be the name of a layer with filters'],
    ["pool1", new Uint8Array(10), '"pool1" as it must be the name of a layer with filters'],
    ["conv1", new Uint8Array(9).fill(1), "mask must be 10 long: current value is 9"],
    ["conv1", new Uint8Array(10), "must be at least 1: current value is 0"],
    [
      "fc2",
      Uint8Array.of(1, 1, 1, 0),
      'filter 3 must be left alone (they are in output "fc2" of the model)',
    ],
  ];
  for (const [layer, mask, message] of cases) {
    assertThrows(() => removeFilters(model, new Map([[layer, mask]])), RangeError, message);
  }
});

Deno.test("groups of a convolution lose as many filters each, or none", () => {
  const g = new GraphBuilder("grouped");
  const weights = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)).fill(1), shape);
  const a = g.conv(g.input("x", [1, 2, 4, 4]), { name: "a", filters: 4, kernel: 1, weights });
  const b = g.conv(a, { name: "b", filters: 4, kernel: 1, group: 2, weights });
  const model = g.output(g.conv(b, { name: "c", filters: 2, kernel: 1, weights: zeros })).build();
  const remove = (layer: string, ...mask: number[]) =>
    removeFilters(model, new Map([[layer, Uint8Array.from(mask)]]));
  for (const layer of ["a", "b"]) {
    assertThrows(
      () => remove(layer, 1, 1, 1, 0),
      RangeError,
      "filter 1 must be removed together with those that it is tied to",
    );
  }
  const shrunk = remove("a", 1, 0, 1, 0);
  assertEquals(shrunk.weights.get("b.weight")!.shape, [4, 1, 1, 1]);
  assertEquals(remove("b", 0, 1, 0, 1).weights.get("c.weight")!.shape, [2, 2, 1, 1]);
});

Deno.test("filters that are added to removed ones go along", () => {
  const model = residualNet();
  const kept = Uint8Array.from({ length: 8 }, (_, filter) => filter % 2);
  const shrunk = removeFilters(model, new Map([["stem", kept]]));
  const filters = (name: string) => shrunk.weights.get(`${name}.weight`)!.shape;
  assertEquals(filters("block1.b").slice(0, 2), [4, 8]);
  assertEquals(filters("block2.skip").slice(0, 2), [12, 4]);
  assertThrows(
    () => removeFilters(model, new Map([["stem", kept], ["block1.b", new Uint8Array(8).fill(1)]])),
    RangeError,
    '"block1.b" as filter 0 must be removed together',
  );
});
