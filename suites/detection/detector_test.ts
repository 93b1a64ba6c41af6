import { assertEquals, assertThrows } from "@std/assert";
import type { Model, ValueInfo } from "../../graph/model.ts";
import { type Shape, zeros } from "../../graph/tensor.ts";
import { buildYolov4 } from "../models/yolov4.ts";
import { detectorOf } from "./detector.ts";

/** A model of which only inputs and outputs are looked at. */
function modelOf(input: Shape, outputs: readonly ValueInfo[]): Model {
  return {
    name: "m",
    inputs: [{ name: "images", shape: input }],
    outputs,
    nodes: [],
    weights: new Map(),
    structures: new Map(),
    metadata: {},
  };
}

Deno.test("detectorOf() knows the YOLOv4 of this project: RGB in 0..1, centred", () => {
  const model = buildYolov4({ size: 64, width: 1 / 16, classes: 3 });
  const detector = detectorOf(model);
  assertEquals([detector.name, detector.classes], ["boxes and scores", 3]);
  assertEquals(detector.input, {
    sampleShape: [3, 64, 64],
    normalise: { mean: [0, 0, 0], std: [1, 1, 1] },
  });
  const [boxes, scores] = model.outputs.map(({ shape }) => zeros(shape));
  const outputs = new Map([["scores", scores], ["boxes", boxes]]);
  assertEquals(detector.decode(outputs), { boxes, scores });
  assertThrows(() => detector.decode(new Map([["boxes", boxes]])), RangeError, "value is boxes");
});

Deno.test("detectorOf() knows YOLOX by its rows: BGR in 0..255, at the top left", () => {
  const model = modelOf([2, 3, 32, 64], [{ name: "output", shape: [2, 42, 9] }]);
  const detector = detectorOf(model);
  assertEquals([detector.name, detector.classes], ["YOLOX", 4]);
  assertEquals(detector.input.letterbox, { align: "top-left", order: "bgr" });
  assertEquals(detector.input.normalise?.std, [1 / 255, 1 / 255, 1 / 255]);
  const { boxes, scores } = detector.decode(new Map([["output", zeros([2, 42, 9])]]));
  assertEquals([boxes.shape, scores.shape], [[2, 42, 4], [2, 42, 4]]);
});

Deno.test("detectorOf() refuses other networks and says what they have", () => {
  const image = [1, 3, 32, 64];
  const boxes = { name: "boxes", shape: [1, 42, 4] };
  const cases: [Shape, ValueInfo[]][] = [
    [image, [{ name: "output", shape: [1, 43, 9] }]],
    [image, [{ name: "output", shape: [1, 42, 5] }]],
    [image, [{ name: "logits", shape: [1, 10] }]],
    [image, [boxes]],
    [image, [boxes, { name: "scores", shape: [1, 41, 3] }]],
    [[1, 1, 32, 64], [boxes, { name: "scores", shape: [1, 42, 3] }]],
  ];
  for (const [input, outputs] of cases) {
    assertThrows(
      () => detectorOf(modelOf(input, outputs)),
      RangeError,
      `current value is images [${input}] to ${outputs[0].name} [${outputs[0].shape}]`,
    );
  }
});
