import { assert, assertEquals, assertLess } from "@std/assert";
import { GraphBuilder } from "../builder.ts";
import { relativeError } from "../compare.ts";
import type { Model } from "../model.ts";
import { Random } from "../random.ts";
import { openReference } from "../reference.ts";
import { sizeOf, type Tensor, tensor, values } from "../tensor.ts";
import { randomBatchNorm, randomInputs, randomWeights } from "../testing.ts";
import { removeDeadChannels } from "./dead.ts";
import { randomNet } from "./random_net.ts";

async function outputOf(model: Model): Promise<Tensor> {
  await using session = await openReference(model);
  return (await session.run(randomInputs(model))).get(model.outputs[0].name)!;
}

/** The model with zeros at some positions along an axis of a weight. */
function emptied(model: Model, weight: string, axis: number, positions: readonly number[]): Model {
  const old = model.weights.get(weight)!;
  const data = values(old).slice();
  const inner = sizeOf(old.shape.slice(axis + 1));
  data.forEach((_, i) => {
    if (positions.includes(Math.floor(i / inner) % old.shape[axis])) data[i] = 0;
  });
  return { ...model, weights: new Map(model.weights).set(weight, tensor(data, old.shape)) };
}

/** Two convolutions, batch norm and a sigmoid between them; the second is padded or is not. */
function pair(pad: number): Model {
  const g = new GraphBuilder("pair");
  const weights = randomWeights();
  const bias = weights;
  const image = g.input("image", [1, 3, 6, 6]);
  const x = g.conv(image, { name: "a", filters: 8, kernel: 3, pad: 1, weights, bias });
  const y = g.unary(g.batchNorm(x, randomBatchNorm("bn")), "Sigmoid");
  return g.output(g.conv(y, { name: "b", filters: 4, kernel: 3, pad, weights })).build();
}

Deno.test("the constant of an empty filter is folded into the bias of what reads it", async () => {
  const model = emptied(pair(0), "a.weight", 0, [1, 6]);
  const smaller = removeDeadChannels(model);
  assertEquals(smaller.weights.get("a.weight")!.shape[0], 6);
  assertEquals(smaller.weights.get("b.weight")!.shape[1], 6);
  assertLess(relativeError(await outputOf(smaller), await outputOf(model)), 1e-5);
});

Deno.test("an empty filter stays where padding lies beside its constant", () => {
  const model = emptied(pair(1), "a.weight", 0, [1, 6]);
  assert(removeDeadChannels(model) === model);
});

Deno.test("a channel that nothing reads goes, whatever it holds", async () => {
  const model = emptied(pair(1), "b.weight", 1, [0, 2, 3]);
  const smaller = removeDeadChannels(model);
  assertEquals(smaller.weights.get("a.weight")!.shape[0], 5);
  assertLess(relativeError(await outputOf(smaller), await outputOf(model)), 1e-5);
  assert(removeDeadChannels(model, new Set(["a"])) === model);
});

Deno.test("dead channels of random networks go without any change of the output", async () => {
  const random = new Random(3, "dead");
  let removed = 0;
  for (let seed = 100; seed < 140; seed++) {
    let model = randomNet(seed);
    for (const { op, inputs: [, weight] } of model.nodes) {
      if (op !== "Conv" || random.integer(2)) continue;
      const axis = random.integer(2);
      const extent = model.weights.get(weight)!.shape[axis];
      if (extent < 3) continue;
      model = emptied(model, weight, axis, [random.integer(extent), random.integer(extent)]);
    }
    const smaller = removeDeadChannels(model);
    assertLess(relativeError(await outputOf(smaller), await outputOf(model)), 1e-5, model.name);
    for (const [name, { shape }] of smaller.weights) {
      removed += sizeOf(model.weights.get(name)?.shape ?? shape) - sizeOf(shape);
    }
  }
  assertLess(1000, removed);
});
