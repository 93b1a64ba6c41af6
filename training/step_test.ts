import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { GraphBuilder } from "../graph/builder.ts";
import type { Model } from "../graph/model.ts";
import { Random } from "../graph/random.ts";
import { tensor, values } from "../graph/tensor.ts";
import { meanSquaredError } from "./losses/mean_squared_error.ts";
import { openTrainingStep } from "./step.ts";

/** `y = x W^T + b` for a batch of two, W [1, 3]. */
function linear(): Model {
  const g = new GraphBuilder("linear");
  const x = g.input("x", [2, 3]);
  const weights = tensor(Float32Array.of(1, 2, 3), [1, 3]);
  const bias = tensor(Float32Array.of(0.5), [1]);
  return g.output(g.gemm(x, { name: "fc", outputs: 1, weights, bias })).build();
}

const live = (model: Model) => new Map([...model.weights].map(([name, w]) => [name, values(w)]));
const random = () => new Random(1, "masks");

Deno.test("a step of a linear model finds the loss and gradients worked out by hand", async () => {
  const model = linear(), loss = meanSquaredError();
  await using step = await openTrainingStep(model, loss);
  assertEquals(step.parameters, ["fc.weight", "fc.bias"]);
  const x = new Map([["x", tensor(Float32Array.of(1, 0, 1, 0, 1, 0), [2, 3])]]);
  // Outputs 4.5 and 2.5, targets 4 and 3: errors 0.5 and -0.5, loss 0.25.
  const targets = await loss.encode([Float32Array.of(4), Float32Array.of(3)], x);
  const inputs = new Map([...x, ...targets]);
  const { loss: value, gradients } = await step.run({
    weights: live(model),
    inputs,
    random: random(),
  });
  assertAlmostEquals(value, 0.25, 1e-6);
  assertEquals([...gradients.get("fc.weight")!], [0.5, -0.5, 0.5]);
  assertEquals([...gradients.get("fc.bias")!], [0]);
});

Deno.test("a weight that does not learn has no gradient, and the others the same one", async () => {
  const model = linear(), loss = meanSquaredError();
  const learns = (name: string) => name === "fc.bias";
  await using step = await openTrainingStep(model, loss, { learns });
  assertEquals(step.parameters, ["fc.bias"]);
  await assertRejects(
    () => openTrainingStep(model, loss, { learns: () => false }),
    TypeError,
    'Cannot train model "linear" as its loss must depend on a weight that learns',
  );
});

Deno.test("a missing or misshapen feed is refused by name", async () => {
  const model = linear(), loss = meanSquaredError();
  await using step = await openTrainingStep(model, loss);
  const weights = live(model);
  await assertRejects(
    () => step.run({ weights, inputs: new Map(), random: random() }),
    RangeError,
    '"x" must have the 6 values of [2,3]: current value is undefined',
  );
});

Deno.test("an execution provider that is not there is refused, with those that are", async () => {
  await assertRejects(
    () => openTrainingStep(linear(), meanSquaredError(), { provider: "abacus" }),
    RangeError,
    'current value is "abacus"',
  );
});

Deno.test("dropout draws the same mask from the same stream, and scales what is left", async () => {
  const g = new GraphBuilder("dropout");
  const x = g.input("x", [1, 400]);
  const ones = tensor(new Float32Array(400).fill(1), [1, 400]);
  const dropped = g.dropout(x, 0.25, "drop");
  const model = g.output(g.gemm(dropped, { name: "fc", outputs: 1, weights: ones })).build();
  const loss = meanSquaredError();
  await using step = await openTrainingStep(model, loss);
  const x1 = new Map([["x", ones]]);
  const inputs = new Map([...x1, ...await loss.encode([Float32Array.of(0)], x1)]);
  const masks = [];
  for (const seed of [7, 7, 8]) {
    const { gradients } = await step.run({
      weights: live(model),
      inputs,
      random: new Random(seed, "masks"),
    });
    // The gradient of a weight is its input, masked, times one factor for all.
    const gradient = gradients.get("fc.weight")!;
    const largest = Math.max(...gradient);
    masks.push([...gradient].map((value) => value / largest));
  }
  assertEquals(masks[0], masks[1]);
  assertEquals(`${masks[0]}` === `${masks[2]}`, false);
  const share = masks[0].filter((value) => value === 0).length / 400;
  assertAlmostEquals(share, 0.25, 0.08);
});
