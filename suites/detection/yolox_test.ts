import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { readOnnx } from "../../graph/onnx/read.ts";
import { openReference } from "../../graph/reference.ts";
import { tensor, zeros } from "../../graph/tensor.ts";
import { cocoSource } from "../datasets/coco.ts";
import { detectionMetric } from "./detection_metric.ts";
import { detectorOf } from "./detector.ts";
import { decodeYolox, yoloxRows } from "./yolox.ts";

Deno.test("yoloxRows() counts the cells at strides 8, 16 and 32", () => {
  // 52 x 52 + 26 x 26 + 13 x 13
  assertEquals(yoloxRows({ height: 416, width: 416 }), 3549);
  assertEquals(yoloxRows({ height: 32, width: 64 }), 32 + 8 + 2);
});

Deno.test("decodeYolox() finds cell, stride and score of a row", () => {
  const rows = 32 + 8 + 2;
  const output = zeros([2, rows, 7]);
  // Of the second image. Row 10 is cell (2, 1) at stride 8; row 32 + 6 is cell (2, 1) at stride 16.
  const first = [0.5, 0.25, Math.log(2), Math.log(4), 0.5, 0.5, 1];
  const second = [0, -1, 0, 0, 1, 0.25, 0];
  output.data.set(first, (rows + 10) * 7);
  output.data.set(second, (rows + 38) * 7);
  const { boxes, scores } = decodeYolox(output, { height: 32, width: 64 });
  assertEquals([boxes.shape, scores.shape], [[2, rows, 4], [2, rows, 2]]);
  const at = (row: number) => [0, 1, 2, 3].map((i) => boxes.get(1, row, i));
  // Centre (2.5, 1.25) * 8 = (20, 10), sides 16 and 32.
  for (const [i, edge] of [12, -6, 28, 26].entries()) assertAlmostEquals(at(10)[i], edge, 1e-4);
  // Centre (2, 0) * 16, sides 16.
  assertEquals(at(38), [24, -8, 40, 8]);
  assertEquals([0, 1].map((c) => scores.get(1, 10, c)), [0.25, 0.5]);
  assertEquals([0, 1].map((c) => scores.get(1, 38, c)), [0.25, 0]);
});

const shared = new URL("../../../shared/data/", import.meta.url).pathname;
const file = `${shared}onnx-models/original/yolox_nano.onnx`;
const available = await Deno.stat(file).then(() => true, () => false);

Deno.test({
  name: "YOLOX-nano finds what is in images of COCO (needs ../shared)",
  ignore: !available,
  async fn() {
    const model = await readOnnx(file);
    const detector = detectorOf(model);
    assertEquals([detector.name, detector.classes], ["YOLOX", 80]);
    const path = `${shared}detection/coco128`;
    const { test } = await cocoSource.open({ ...detector.input, path, seed: 1 });
    const state = detectionMetric({ decode: detector.decode }).start();
    await using session = await openReference(model);
    for (let i = 0; i < 6; i++) {
      const sample = await test!.load(i);
      const [{ name, shape }] = model.inputs;
      state.add(await session.run(new Map([[name, tensor(sample.values, shape)]])), [sample.label]);
    }
    // All 128 images: 0.497 and 0.337. Wrong channels, scale or geometry leave less than half of it.
    assertGreater(state.result()["AP@.5"], 0.45);
    assertGreater(state.result()["AP@[.5:.95]"], 0.3);
  },
});
