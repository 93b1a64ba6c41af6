import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { type Shape, tensor, values, zeros } from "../../graph/tensor.ts";
import { randomTensor } from "../../graph/testing.ts";
import { IGNORED } from "../data/voxels.ts";
import { gradientError, stepGradients } from "../gradient/testing/step_gradients.ts";
import { lossGradients, lossModel, lossProblem, lossValue } from "./testing.ts";
import { voxelCrossEntropy } from "./voxel_cross_entropy.ts";

/** Two samples of 1x1x2 voxels in two classes: `[sample][class][voxel]`. */
const LOGITS = new Map([[
  "y",
  tensor(
    Float32Array.of(
      ...[Math.log(3), 0, 0, Math.log(7)],
      ...[0, Math.log(1), 0, Math.log(4)],
    ),
    [2, 2, 1, 1, 2],
  ),
]]);

Deno.test("voxel cross-entropy is the mean over voxels of minus the right probability's logarithm", async () => {
  // Probabilities of class 0: 3/4, 1/8; 1/2, 1/5.
  const labels = [Uint8Array.of(0, 1), Uint8Array.of(1, 0)];
  const expected = -(Math.log(3 / 4) + Math.log(7 / 8) + Math.log(1 / 2) + Math.log(1 / 5)) / 4;
  assertAlmostEquals(await lossValue(voxelCrossEntropy(), LOGITS, labels), expected, 1e-6);
});

Deno.test("voxels that are ignored neither count nor have gradients", async () => {
  const labels = [Uint8Array.of(0, IGNORED), Uint8Array.of(IGNORED, IGNORED)];
  assertAlmostEquals(
    await lossValue(voxelCrossEntropy(), LOGITS, labels),
    Math.log(4 / 3),
    1e-6,
  );
  const [gradient] = (await lossGradients(voxelCrossEntropy(), LOGITS, labels)).values();
  const expected = [-1 / 4, 0, 1 / 4, 0, 0, 0, 0, 0];
  values(gradient).forEach((one, i) => assertAlmostEquals(one, expected[i], 1e-6));
  const none = [Uint8Array.of(IGNORED, IGNORED), Uint8Array.of(IGNORED, IGNORED)];
  assertEquals(Math.abs(await lossValue(voxelCrossEntropy(), LOGITS, none)), 0);
});

Deno.test("gradients of voxel cross-entropy are central differences", async () => {
  const shape = [2, 3, 2, 3, 2];
  const random = new Random(4, "labels");
  const labels = [0, 1].map(() =>
    Uint8Array.from({ length: 12 }, () => [0, 1, 2, IGNORED][random.integer(4)])
  );
  const y = new Map([["y", randomTensor(shape)]]);
  const problem = await lossProblem(voxelCrossEntropy(), y, labels);
  assertLess(gradientError(problem, (await stepGradients(problem)).gradients), 1e-5);
});

Deno.test("voxel cross-entropy of a hundred thousand equal voxels has all its digits", async () => {
  const y = new Map([["y", zeros([1, 2, 48, 48, 48])]]);
  const value = await lossValue(voxelCrossEntropy(), y, [new Uint8Array(48 ** 3)]);
  assertAlmostEquals(value, Math.LN2, 2e-6);
});

Deno.test("voxel cross-entropy refuses outputs, labels and batches that do not fit", () => {
  const loss = voxelCrossEntropy();
  assertThrows(() => loss.encode([], new Map()), TypeError, "must be appended to a network first");
  for (const shape of [[1, 3], [1, 3, 2, 2], [1, 1, 2, 2, 2]] as Shape[]) {
    assertThrows(
      () => lossModel(loss, new Map([["y", zeros(shape)]])),
      RangeError,
      `must be [N, classes, D, H, W] with two classes or more: current value is [${shape}]`,
    );
  }
  lossModel(loss, LOGITS);
  const right = Uint8Array.of(0, 1);
  assertThrows(
    () => loss.encode([right], new Map()),
    RangeError,
    "must have 2: current value is 1",
  );
  assertThrows(
    () => loss.encode([right, Uint8Array.of(0)], new Map()),
    RangeError,
    "Cannot encode label 1 of a batch as it must have the 2 voxels of [1,1,2]: current value is 1",
  );
  assertThrows(
    () => loss.encode([Uint8Array.of(0, 2), right], new Map()),
    RangeError,
    "one of the network's 2 classes, or 255: current value is 2",
  );
});
