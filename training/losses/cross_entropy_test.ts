import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import { type Shape, tensor, values, zeros } from "../../graph/tensor.ts";
import { randomTensor } from "../../graph/testing.ts";
import { gradientError, stepGradients } from "../gradient/testing/step_gradients.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { lossModel, lossProblem, lossValue } from "./testing.ts";

const logits = (rows: readonly (readonly number[])[]) =>
  new Map([["y", tensor(Float32Array.from(rows.flat()), [rows.length, rows[0].length])]]);

Deno.test("cross-entropy is minus the mean logarithm of the right probability", async () => {
  // Softmax of logarithms of weights: 3/4 and 1/8.
  const y = logits([[Math.log(3), 0], [0, Math.log(7)]]);
  assertAlmostEquals(
    await lossValue(crossEntropy(), y, [0, 0]),
    (Math.log(4 / 3) + Math.log(8)) / 2,
    1e-6,
  );
});

Deno.test("label smoothing spreads its share over all classes, the right one too", async () => {
  // Probabilities 1/2, 1/4, 1/4; targets 0.8, 0.1, 0.1.
  const y = logits([[Math.log(2), 0, 0]]);
  const loss = crossEntropy({ smoothing: 0.3 });
  assertAlmostEquals(await lossValue(loss, y, [0]), 1.2 * Math.LN2, 1e-6);
  const targets = await loss.encode([1], new Map());
  const [target] = [...targets.values()];
  assertEquals([...values(target)].map((q) => q.toFixed(6)), ["0.100000", "0.800000", "0.100000"]);
});

Deno.test("cross-entropy of huge logits is finite", async () => {
  assertEquals(await lossValue(crossEntropy(), logits([[1e4, -1e4]]), [1]), 2e4);
});

Deno.test("gradients of cross-entropy are central differences", async () => {
  const y = new Map([["y", randomTensor([4, 5])]]);
  for (const smoothing of [0, 0.2]) {
    const problem = await lossProblem(crossEntropy({ smoothing }), y, [4, 0, 2, 2]);
    assertLess(gradientError(problem, (await stepGradients(problem)).gradients), 1e-5);
  }
});

Deno.test("cross-entropy refuses classes that the network has no output for", () => {
  const loss = crossEntropy();
  lossModel(loss, logits([[1, 2, 3], [4, 5, 6]]));
  for (const label of [3, -1, 0.5, NaN]) {
    assertThrows(
      () => loss.encode([0, label], new Map()),
      RangeError,
      `Cannot encode label 1 of a batch as it must be one of the network's 3 classes: ` +
        `current value is ${label}`,
    );
  }
});

Deno.test("cross-entropy refuses outputs, batches and options that do not fit", () => {
  const loss = crossEntropy();
  assertThrows(() => loss.encode([0], new Map()), TypeError, "must be appended to a network first");
  for (const shape of [[1, 3, 2, 2], [2], [2, 1]] as Shape[]) {
    assertThrows(
      () => lossModel(loss, new Map([["y", zeros(shape)]])),
      RangeError,
      `output "y" must be [N, classes] with two classes or more: current value is [${shape}]`,
    );
  }
  const two = new Map([["y", zeros([1, 3])], ["z", zeros([1, 3])]]);
  assertThrows(() => lossModel(loss, two), RangeError, `current value is 2, "y" [1,3], "z" [1,3]`);
  lossModel(loss, logits([[1, 2]]));
  assertThrows(() => loss.encode([0, 1], new Map()), RangeError, "must have 1: current value is 2");
  for (const smoothing of [-0.1, 1, NaN]) {
    assertThrows(() => crossEntropy({ smoothing }), RangeError, `current value is ${smoothing}`);
  }
});

Deno.test("names of what a loss adds tell that it is one", () => {
  const g = new GraphBuilder("net");
  crossEntropy().append(g, [{ name: g.input("y", [1, 2]), shape: [1, 2] }]);
  const { inputs, nodes } = g.build();
  assertEquals(inputs.map(({ name }) => name), ["y", "target/classes"]);
  assertEquals(nodes.filter(({ name }) => !name.startsWith("loss/")), []);
});
