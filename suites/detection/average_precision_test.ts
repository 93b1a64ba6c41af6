import { assertAlmostEquals, assertEquals } from "@std/assert";
import { averagePrecision, CocoEvaluation, type ScoredBox } from "./average_precision.ts";
import type { Box } from "./box.ts";
import type { Truth } from "./matching.ts";
import { COCO_ORACLE, scenes } from "./testing.ts";

const A: Box = [0, 0, 40, 40];
const B: Box = [100, 0, 140, 40];
const C: Box = [200, 0, 240, 40];
const NOTHING: Box = [300, 300, 340, 340];

function there(box: Box, more: Partial<Truth> = {}): Truth {
  return { box, classIndex: 0, ...more };
}

function found(box: Box, score: number, classIndex = 0): ScoredBox {
  return { box, score, classIndex };
}

/** Scores of one image. */
function scores(detections: readonly ScoredBox[], truths: readonly Truth[]) {
  const evaluation = new CocoEvaluation();
  evaluation.add(detections, truths);
  return evaluation.scores();
}

Deno.test("averagePrecision() reads precision at 101 recalls, ends included", () => {
  // Precision 1 up to recall 1/3: 0, 0.01 ... 0.33 are 34 recalls.
  assertAlmostEquals(averagePrecision([true], 3), 34 / 101, 1e-12);
  // Up to 2/3: 67 recalls.
  assertAlmostEquals(averagePrecision([true, true], 3), 67 / 101, 1e-12);
  // Up to 1/2, which is a recall itself: 51.
  assertAlmostEquals(averagePrecision([true, false], 2), 51 / 101, 1e-12);
  assertEquals(averagePrecision([true, true], 2), 1);
  // 57 of 100 found, and 0.57 as NumPy has it is 57 * 0.01 = 0.5700000000000001: 57 recalls.
  assertAlmostEquals(averagePrecision(new Array<boolean>(57).fill(true), 100), 57 / 101, 1e-12);
});

Deno.test("averagePrecision() takes the best precision at a recall or beyond", () => {
  // Precisions 0, 1/2: the only recall reached is 1, at 1/2.
  assertAlmostEquals(averagePrecision([false, true], 1), 1 / 2, 1e-12);
  assertEquals(averagePrecision([true, false], 1), 1);
  // Precisions 1, 1/2, 2/3, 3/4 at recalls 1/3, 1/3, 2/3, 1: 34 recalls at 1, 67 at 3/4.
  assertAlmostEquals(
    averagePrecision([true, false, true, true], 3),
    (34 + 67 * 3 / 4) / 101,
    1e-12,
  );
  // Precisions 0, 1/2, 1/3, 1/2 at recalls 0, 1/2, 1/2, 1: all recalls at 1/2.
  assertAlmostEquals(averagePrecision([false, true, false, true], 2), 1 / 2, 1e-12);
});

Deno.test("averagePrecision() is 0 where nothing is found", () => {
  assertEquals(averagePrecision([], 4), 0);
  assertEquals(averagePrecision([false, false], 4), 0);
});

Deno.test("a false detection costs when it is surer than the true one, and only then", () => {
  assertEquals(scores([found(A, 0.9), found(NOTHING, 0.8)], [there(A)])["AP@.5"], 1);
  assertAlmostEquals(scores([found(A, 0.7), found(NOTHING, 0.8)], [there(A)])["AP@.5"], 0.5, 1e-12);
  // Of equal scores the one given first comes first.
  assertEquals(scores([found(A, 0.8), found(NOTHING, 0.8)], [there(A)])["AP@.5"], 1);
  assertAlmostEquals(scores([found(NOTHING, 0.8), found(A, 0.8)], [there(A)])["AP@.5"], 0.5, 1e-12);
});

Deno.test("an object is found once: the duplicate is false", () => {
  // Hits true, false, true with two objects: 51 recalls at 1, 50 at 2/3.
  const result = scores([found(A, 0.9), found(A, 0.8), found(B, 0.7)], [there(A), there(B)]);
  assertAlmostEquals(result["AP@.5"], (51 + 50 * 2 / 3) / 101, 1e-12);
  assertEquals(result["AR@100"], 1);
});

Deno.test("AP@[.5:.95] is the mean over the thresholds that the IoU reaches", () => {
  // [0, 0, 40, 31] in [0, 0, 40, 40]: IoU 31/40 = 0.775, reached by 0.5, 0.55 ... 0.75.
  const result = scores([found([0, 0, 40, 31], 0.9)], [there(A)]);
  assertAlmostEquals(result["AP@[.5:.95]"], 6 / 10, 1e-12);
  assertAlmostEquals(result["AR@100"], 6 / 10, 1e-12);
  assertEquals([result["AP@.5"], result["AP@.75"]], [1, 1]);
  // IoU 20/40 is exactly the first threshold.
  const half = scores([found([0, 0, 40, 20], 0.9)], [there(A)]);
  assertEquals([half["AP@.5"], half["AP@.75"]], [1, 0]);
  assertAlmostEquals(half["AP@[.5:.95]"], 1 / 10, 1e-12);
});

Deno.test("a crowd takes any number of detections, by their share inside it, and none is missed", () => {
  const crowd = there([100, 100, 300, 300], { crowd: true });
  // Three inside the crowd are ignored, though surer; the fourth has 10 of 40 columns inside: false.
  const detections = [
    found([100, 100, 120, 120], 0.99),
    found([150, 100, 170, 120], 0.98),
    found([150, 100, 170, 120], 0.97),
    found([70, 100, 110, 140], 0.96),
    found(A, 0.5),
  ];
  const result = scores(detections, [there(A), crowd]);
  assertAlmostEquals(result["AP@.5"], 1 / 2, 1e-12);
  assertEquals(result["AR@100"], 1);
  // Nothing but a crowd: the class has nothing to find.
  assertEquals(scores(detections, [crowd])["AP@.5"], NaN);
});

Deno.test("an object is not given up for a crowd that fits better", () => {
  // IoU with the object is 20/40, with the crowd the detection's share 1.
  const box: Box = [0, 0, 40, 20];
  const crowd = there([0, 0, 400, 400], { crowd: true });
  for (const truths of [[there(A), crowd], [crowd, there(A)]]) {
    assertEquals(scores([found(box, 0.9)], truths)["AP@.5"], 1);
  }
  // At 0.55 and above only the crowd is left: nothing counts against it, and the object is missed.
  const result = scores([found(box, 0.9)], [there(A), crowd]);
  assertAlmostEquals(result["AP@[.5:.95]"], 1 / 10, 1e-12);
});

Deno.test("area ranges leave out objects outside, and what finds them, and what is outside itself", () => {
  // Areas 400, 1600 and 40000: one small, one medium, one large.
  const small: Box = [0, 100, 20, 120], large: Box = [400, 0, 600, 200];
  const truths = [there(small), there(A), there(large)];
  const result = scores([
    found([700, 0, 900, 200], 0.95), // false, of large area
    found(large, 0.9),
    found(A, 0.8),
  ], truths);
  // All: hits false, true, true with 3 objects: precision 2/3 up to recall 2/3, 67 recalls.
  assertAlmostEquals(result["AP@.5"], 67 * (2 / 3) / 101, 1e-12);
  assertEquals(result["AP-small"], 0);
  assertEquals(result["AP-medium"], 1);
  assertAlmostEquals(result["AP-large"], 1 / 2, 1e-12);
  assertEquals([result["AR-small"], result["AR-medium"], result["AR-large"]], [0, 1, 1]);
});

Deno.test("an area at a border is in both ranges; a given area decides, not the box's", () => {
  // 32 x 32 = 1024.
  const box: Box = [0, 0, 32, 32];
  const border = scores([found(box, 0.9)], [there(box)]);
  assertEquals([border["AP-small"], border["AP-medium"], border["AP-large"]], [1, 1, NaN]);
  const given = scores([found(box, 0.9)], [there(box, { area: 700 })]);
  assertEquals([given["AP-small"], given["AP-medium"]], [1, NaN]);
});

Deno.test("AR@1 and AR@10 count the surest of each image and class", () => {
  const truths = [there(A), there(B), there(C)];
  const detections = [found(A, 0.9), found(B, 0.8), found(C, 0.7)];
  const result = scores(detections, truths);
  assertAlmostEquals(result["AR@1"], 1 / 3, 1e-12);
  assertEquals([result["AR@10"], result["AR@100"]], [1, 1]);
  // Ten false ones before: none of the first ten, all of the first hundred.
  const late = [...Array.from({ length: 10 }, () => found(NOTHING, 0.95)), ...detections];
  assertEquals([scores(late, truths)["AR@10"], scores(late, truths)["AR@100"]], [0, 1]);
  // The hundred and first does not count at all.
  const later = [...Array.from({ length: 100 }, () => found(NOTHING, 0.95)), ...detections];
  assertEquals([scores(later, truths)["AR@100"], scores(later, truths)["AP@.5"]], [0, 0]);
});

Deno.test("images are matched apart and ranked together; classes are averaged", () => {
  const evaluation = new CocoEvaluation();
  evaluation.add([found(A, 0.6), found(A, 0.9, 1)], [there(A), there(A, { classIndex: 1 })]);
  // Class 0 ranks: false 0.7, true 0.6, so 1/2. Class 1: true 0.9, false 0.8, so 1. Class 2 has
  // no object: left out.
  evaluation.add([found(A, 0.7), found(A, 0.8, 1), found(A, 0.8, 2)], []);
  assertAlmostEquals(evaluation.scores()["AP@.5"], 3 / 4, 1e-12);
  assertEquals(
    evaluation.classes().map((
      { classIndex, truths, scores },
    ) => [classIndex, truths, scores["AP@.5"]]),
    [[0, 1, 1 / 2], [1, 1, 1]],
  );
});

Deno.test("without detections scores are 0, without objects they are not numbers", () => {
  assertEquals(scores([], [there(A)])["AP@[.5:.95]"], 0);
  assertEquals(scores([], [there(A)])["AR@100"], 0);
  assertEquals(scores([found(A, 0.9)], [])["AP@.5"], NaN);
  assertEquals(new CocoEvaluation().scores()["AP@.5"], NaN);
});

Deno.test("scores of random scenes are those of pycocotools", () => {
  for (const [seed, expected] of COCO_ORACLE) {
    const evaluation = new CocoEvaluation();
    for (const { detections, truths } of scenes(seed)) evaluation.add(detections, truths);
    const actual = Object.values(evaluation.scores());
    // pycocotools says -1 where nothing counts.
    for (const [i, value] of expected.entries()) {
      assertAlmostEquals(Number.isNaN(actual[i]) ? -1 : actual[i], value, 1e-9, `score ${i}`);
    }
  }
});
