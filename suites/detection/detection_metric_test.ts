import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Tensor, tensor } from "../../graph/tensor.ts";
import type { DetectionLabel } from "../../training/data/dataset.ts";
import { detectionMetric } from "./detection_metric.ts";

/** Outputs of images with two rows and two classes each. */
function outputs(boxes: readonly number[], scores: readonly number[]): Map<string, Tensor> {
  const batch = boxes.length / 8;
  return new Map([
    ["boxes", tensor(Float32Array.from(boxes), [batch, 2, 4])],
    ["scores", tensor(Float32Array.from(scores), [batch, 2, 2])],
  ]);
}

const LETTERBOX = { scale: 0.5, left: 8, top: 2 };

function label(...objects: DetectionLabel["objects"]): DetectionLabel {
  return { image: "x", objects, letterbox: LETTERBOX };
}

Deno.test("detectionMetric() suppresses, maps to the original image, and scores", () => {
  // In the original image the object is 40 x 40, so medium, though 20 x 20 in the input.
  const state = detectionMetric().start();
  state.add(
    outputs([10, 10, 30, 30, 11, 10, 31, 30], [0.9, 0, 0.8, 0]),
    [label({ box: [10, 10, 30, 30], classIndex: 0 })],
  );
  const result = state.result();
  assertEquals([result["AP@.5"], result["AP@[.5:.95]"], result["AP-medium"]], [1, 1, 1]);
  assertEquals([result["AP-small"], result["AP-large"]], [NaN, NaN]);
  assertEquals(state.classes().map(({ classIndex, truths }) => [classIndex, truths]), [[0, 1]]);
});

Deno.test("detectionMetric() says first what decides, and all that it names", () => {
  const metric = detectionMetric();
  assertEquals(metric.names[0], "AP@.5");
  assertEquals(Object.keys(metric.start().result()), metric.names);
});

Deno.test("detectionMetric() passes over padding, crowds, and boxes that are no numbers", () => {
  const state = detectionMetric().start();
  const good = [10, 10, 30, 30], away = [50, 50, 60, 60];
  state.add(
    outputs([...good, NaN, NaN, NaN, NaN, ...good, ...away, ...away, ...away], [
      ...[0.9, 0, 0.8, 0],
      ...[0, 0.9, 0, 0.7],
      ...[0.99, 0.99, 0.99, 0.99],
    ]),
    [
      label({ box: [10, 10, 30, 30], classIndex: 0 }),
      label({ box: [50, 50, 60, 60], classIndex: 1 }, {
        box: [0, 0, 40, 40],
        classIndex: 1,
        crowd: true,
      }),
    ],
  );
  assertAlmostEquals(state.result()["AP@.5"], 1, 1e-12);
});

Deno.test("detectionMetric() decodes as it is told", () => {
  const [boxes, scores] = outputs([10, 10, 30, 30, 0, 0, 0, 0], [0.9, 0, 0, 0]).values();
  const metric = detectionMetric({
    decode: () => ({ boxes, scores }),
    nms: { scoreThreshold: 0.95 },
  });
  const state = metric.start();
  state.add(new Map(), [label({ box: [10, 10, 30, 30], classIndex: 0 })]);
  assertEquals(state.result()["AP@.5"], 0);
  assertThrows(() => detectionMetric().start().add(new Map(), []), RangeError, "no output");
});
