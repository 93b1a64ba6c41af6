import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { tensor } from "../../graph/tensor.ts";
import { IGNORED } from "../data/voxels.ts";
import { dice, voxelClasses } from "./dice.ts";

/** An output `[N, classes, 1, 1, voxels]` that says these classes. */
function saying(classes: number, ...answers: readonly (readonly number[])[]) {
  const voxels = answers[0].length;
  const data = new Float32Array(answers.length * classes * voxels);
  answers.forEach((answer, n) =>
    answer.forEach((k, v) => data[(n * classes + k) * voxels + v] = 1)
  );
  return new Map([["y", tensor(data, [answers.length, classes, 1, 1, voxels])]]);
}

Deno.test("dice is the mean overlap of the classes that labels show, without the background", () => {
  const state = dice(4).start();
  assertEquals(dice(4).names, ["dice", "agreement"]);
  state.add(saying(4, [0, 0, 1, 1, 1, 2]), [Uint8Array.of(0, 1, 1, 1, 2, 2)]);
  state.add(saying(4, [0, 3]), [Uint8Array.of(0, 1)]);
  // Class 1: 2 of 3 found are right, of 4. Class 2: 1 of 1, of 2. Class 3 is in no label.
  assertAlmostEquals(state.result().dice, (2 * 2 / 7 + 2 * 1 / 3) / 2, 1e-12);
  assertAlmostEquals(state.result().agreement, 5 / 8, 1e-12);
});

Deno.test("dice of what agrees is 1, of what shares nothing 0", () => {
  const random = new Random(2, "labels");
  const label = Uint8Array.from({ length: 60 }, () => random.integer(3));
  const results = [0, 1].map((shift) => {
    const state = dice(3).start();
    state.add(saying(3, [...label].map((k) => (k + shift) % 3)), [label]);
    return state.result();
  });
  assertEquals(results, [{ dice: 1, agreement: 1 }, { dice: 0, agreement: 0 }]);
});

Deno.test("ignored voxels and padding do not count", () => {
  const state = dice(2).start();
  state.add(saying(2, [1, 0, 1], [0, 0, 0]), [Uint8Array.of(1, IGNORED, IGNORED)]);
  assertEquals(state.result(), { dice: 1, agreement: 1 });
  const background = dice(2).start();
  background.add(saying(2, [0, 0]), [Uint8Array.of(0, 0)]);
  assertEquals(background.result(), { dice: NaN, agreement: 1 });
});

Deno.test("a voxel is of the class with the highest value, of equal ones the lowest, with NaN of none", () => {
  const scores = [[1, 0, -1, 0, NaN, 2, -3], [0, 0, -2, 1, 5, NaN, -2], [0, 0, -1, 2, 1, 3, NaN]];
  const found = voxelClasses(Float32Array.from(scores.flat()), 3);
  assertEquals([...found], [0, 0, 0, 2, IGNORED, IGNORED, IGNORED]);
  const state = dice(3).start();
  const output = tensor(Float32Array.from(scores.flat()), [1, 3, 1, 1, 7]);
  state.add(new Map([["y", output]]), [Uint8Array.of(0, 0, 0, 2, 1, 1, 1)]);
  assertEquals(state.result(), { dice: 0.5, agreement: 4 / 7 });
});

Deno.test("dice refuses outputs and labels that do not fit", () => {
  for (const classes of [1, 2.5, 256]) {
    assertThrows(() => dice(classes), RangeError, `current value is ${classes}`);
  }
  const state = dice(3).start();
  assertThrows(
    () => state.add(saying(2, [0, 1]), [Uint8Array.of(0, 1)]),
    RangeError,
    `must be [N, 3, D, H, W] for 1 labels: current value is "y" [1,2,1,1,2]`,
  );
  assertThrows(
    () => state.add(saying(3, [0, 1]), [Uint8Array.of(0, 1, 2)]),
    RangeError,
    "Cannot measure overlap with label 0 of a batch as it must have the 2 voxels of [1,1,2]",
  );
  assertThrows(
    () => state.add(saying(3, [0, 1]), [Uint8Array.of(0, 3)]),
    RangeError,
    "current value is 3",
  );
});
