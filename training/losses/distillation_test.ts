import {
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { type Tensor, tensor, zeros } from "../../graph/tensor.ts";
import { randomTensor, randomWeights } from "../../graph/testing.ts";
import { gradientError, stepGradients } from "../gradient/testing/step_gradients.ts";
import { distillation } from "./distillation.ts";
import { lossModel, lossProblem, lossValue } from "./testing.ts";

/** A teacher that says what it is shown. */
function mirror(classes: number): Model {
  const g = new GraphBuilder("mirror");
  return g.output(g.identity(g.input("seen", [1, classes]))).build();
}

const rows = (...list: readonly number[][]): Tensor =>
  tensor(Float32Array.from(list.flat()), [list.length, list[0].length]);

Deno.test("distillation is T^2 times the divergence of the tempered softmaxes", async () => {
  // At temperature 2 the teacher says 3/4 and 1/4, the student 1/2 and 1/2.
  await using loss = distillation(mirror(2), { temperature: 2, alpha: 1 });
  const student = new Map([["y", rows([5, 5])]]);
  const seen = new Map([["image", rows([2 * Math.log(3), 0])]]);
  const divergence = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  assertAlmostEquals(await lossValue(loss, student, [1], seen), 4 * divergence, 1e-6);
});

Deno.test("distillation weighs the labels by what alpha leaves", async () => {
  await using loss = distillation(mirror(2), { temperature: 2, alpha: 0.25 });
  const student = new Map([["y", rows([0, Math.log(3)])]]);
  // The teacher agrees, so only the labels are left: probability 3/4.
  const seen = new Map([["image", rows([0, Math.log(3)])]]);
  assertAlmostEquals(await lossValue(loss, student, [1], seen), 0.75 * Math.log(4 / 3), 1e-6);
});

Deno.test("a student learns nothing from a teacher that is the same, and something from others", async () => {
  const g = new GraphBuilder("teacher");
  const x = g.flatten(g.input("image", [1, 3, 2, 2]));
  const teacher = g.output(g.gemm(x, { name: "fc", outputs: 4, weights: randomWeights() })).build();
  const image = randomTensor([3, 3, 2, 2]);
  const [weight] = teacher.weights.values();
  const answers = zeros([3, 4]);
  for (let n = 0; n < 3; n++) {
    for (let k = 0; k < 4; k++) {
      for (let i = 0; i < 12; i++) {
        answers.data[n * 4 + k] += image.data[n * 12 + i] * weight.data[k * 12 + i];
      }
    }
  }
  await using loss = distillation(teacher, { alpha: 1 });
  const seen = new Map([["picture", image]]);
  const same = await lossValue(loss, new Map([["y", answers]]), [0, 1, 2], seen);
  assertAlmostEquals(same, 0, 1e-5);
  assertEquals(
    await lossValue(loss, new Map([["y", zeros([3, 4])]]), [0, 1, 2], seen) > 0.01,
    true,
  );
});

Deno.test("gradients of distillation are central differences", async () => {
  await using loss = distillation(mirror(5), { temperature: 3, alpha: 0.7, smoothing: 0.1 });
  const y = new Map([["y", randomTensor([3, 5])]]);
  const seen = new Map([["x", randomTensor([3, 5], 2)]]);
  const problem = await lossProblem(loss, y, [4, 0, 2], seen);
  assertLess(gradientError(problem, (await stepGradients(problem)).gradients), 1e-5);
});

Deno.test("a teacher follows the batch, and can be asked again after it was put away", async () => {
  const loss = distillation(mirror(2), { temperature: 1, alpha: 1 });
  for (const batch of [1, 3, 3]) {
    const y = new Map([["y", zeros([batch, 2])]]);
    const seen = new Map([["x", tensor(new Float32Array(batch * 2).fill(1), [batch, 2])]]);
    const value = await lossValue(loss, y, new Array(batch).fill(0), seen);
    assertAlmostEquals(value, 0, 1e-6);
  }
  await loss[Symbol.asyncDispose]();
  await loss[Symbol.asyncDispose]();
});

Deno.test("distillation refuses teachers, images and options that do not fit", async () => {
  await using loss = distillation(mirror(3));
  assertThrows(
    () => lossModel(loss, new Map([["y", zeros([2, 4])]])),
    RangeError,
    "the teacher's output must be [2,4]: current value is [2,3]",
  );
  lossModel(loss, new Map([["y", zeros([2, 3])]]));
  await assertRejects(
    async () => await loss.encode([0, 1], new Map([["x", zeros([2, 5])]])),
    RangeError,
    `Cannot ask teacher "mirror" as it reads [2,3]: current value is "x" [2,5]`,
  );
  for (const temperature of [0, -1, Infinity, NaN]) {
    assertThrows(
      () => distillation(mirror(3), { temperature }),
      RangeError,
      `"temperature" must be above 0: current value is ${temperature}`,
    );
  }
  assertThrows(() => distillation(mirror(3), { alpha: 1.5 }), RangeError, `"alpha" must be in`);
  const g = new GraphBuilder("two");
  const two = g.output(g.add(g.input("a", [1, 3]), g.input("b", [1, 3]), "sum")).build();
  assertThrows(() => distillation(two), RangeError, "must have one input: current value is 2");
});
