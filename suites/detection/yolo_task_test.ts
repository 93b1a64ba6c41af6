import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Model } from "../../graph/model.ts";
import { decodeOnnx } from "../../graph/onnx/read.ts";
import { encodeOnnx } from "../../graph/onnx/write.ts";
import { openReference } from "../../graph/reference.ts";
import { withBatch } from "../../graph/rewrites/rebatch.ts";
import { type Tensor, values, zeros } from "../../graph/tensor.ts";
import { randomInputs, randomTensor } from "../../graph/testing.ts";
import type { DetectionLabel } from "../../training/data/dataset.ts";
import { lossValue } from "../../training/losses/testing.ts";
import { buildYolov4, type Yolov4Options } from "../models/yolov4.ts";
import { RAW_OUTPUTS } from "../models/yolov4/heads.ts";
import { nonMaxSuppression } from "./nms.ts";
import { yoloTask } from "./yolo_task.ts";

const ANCHORS = [[[8, 10], [12, 9]], [[20, 20], [16, 30]], [[40, 40], [60, 30]]] as const;

/** Small enough to run in a moment. */
const NARROW: Yolov4Options = { size: 64, width: 1 / 16, classes: 3, anchors: ANCHORS };

async function run(model: Model, inputs = randomInputs(model)): Promise<Map<string, Tensor>> {
  await using session = await openReference(model);
  return await session.run(inputs);
}

Deno.test("the trained form has the raw heads, the judged form the boxes of the network", async () => {
  const model = buildYolov4(NARROW);
  const task = yoloTask(model);
  assertEquals(task.classes, 3);
  assertEquals(task.model.outputs, buildYolov4({ ...NARROW, decode: false }).outputs);
  assert(![...task.model.weights.keys()].some((name) => name.startsWith("decode")));
  const judged = task.judged(task.model);
  assertEquals(judged.outputs, model.outputs);
  const [expected, actual] = [await run(model), await run(judged)];
  for (const name of ["boxes", "scores"]) {
    assertEquals(values(actual.get(name)!), values(expected.get(name)!));
  }
});

Deno.test("a network from a file with a decode is prepared as the one that was written", () => {
  const model = decodeOnnx(encodeOnnx(buildYolov4(NARROW)));
  const { judged, model: raw } = yoloTask(model);
  assertEquals(raw.outputs.map(({ name }) => name), [...RAW_OUTPUTS]);
  // The anchors are found in the decode.
  const anchors = (model: Model) => values(model.weights.get("decode.halfAnchor")!);
  assertEquals(anchors(judged(raw)), anchors(model));
});

Deno.test("the judged form decodes each image of a batch as it would alone", async () => {
  const { model, judged } = yoloTask(buildYolov4(NARROW));
  const batch = judged(withBatch(model, 2));
  assertEquals(batch.outputs[0].shape, [2, 168, 4]);
  const image = randomTensor([2, 3, 64, 64]);
  const both = await run(batch, new Map([["image", image]]));
  for (const index of [0, 1]) {
    const alone = await run(judged(model), new Map([["image", image.lo(index).hi(1)]]));
    for (const name of ["boxes", "scores"]) {
      const expected = values(alone.get(name)!);
      const actual = values(both.get(name)!).subarray(index * expected.length);
      expected.forEach((value, i) =>
        assertAlmostEquals(actual[i], value, 1e-3 + 1e-4 * Math.abs(value))
      );
    }
  }
});

/** A network without layers in front of its heads. */
function headsOnly(shapes: readonly (readonly number[])[]): Model {
  const g = new GraphBuilder("heads");
  for (const [i, name] of RAW_OUTPUTS.entries()) {
    g.output(g.identity(g.input(`raw${i}`, shapes[i]), name));
  }
  return g.build();
}

Deno.test("what the loss wants is what the decode makes boxes of", async () => {
  const shapes = [[1, 16, 8, 8], [1, 16, 4, 4], [1, 16, 2, 2]];
  const { model, loss, judged } = yoloTask(headsOnly(shapes), { anchors: ANCHORS });
  const label: DetectionLabel = {
    image: "image",
    objects: [
      { box: [3, 5, 13, 14], classIndex: 0 },
      { box: [24, 10, 52, 61], classIndex: 2 },
    ],
    letterbox: { scale: 1, left: 0, top: 0 },
  };
  const raw = new Map(RAW_OUTPUTS.map((name, i) => [name, zeros(shapes[i])]));
  for (const t of raw.values()) values(t).fill(-20);
  // Each object at the anchor of each head that is nearest to it, though not all of these learn it.
  for (const { box: [x1, y1, x2, y2], classIndex } of label.objects) {
    RAW_OUTPUTS.forEach((name, i) => {
      const stride = 64 / shapes[i][2];
      const [x, y] = [(x1 + x2) / 2 / stride, (y1 + y2) / 2 / stride];
      const logit = (p: number) => Math.log(p / (1 - p));
      for (const [a, [width, height]] of ANCHORS[i].entries()) {
        const set = (value: number, to: number) =>
          raw.get(name)!.set(0, a * 8 + value, Math.floor(y), Math.floor(x), to);
        set(0, logit(x % 1));
        set(1, logit(y % 1));
        set(2, Math.log((x2 - x1) / width));
        set(3, Math.log((y2 - y1) / height));
        set(4, 20);
        set(5 + classIndex, 20);
      }
    });
  }
  const inputs = new Map([...raw.values()].map((t, i) => [`raw${i}`, t]));
  const outputs = await run(judged(model), inputs);
  const found = nonMaxSuppression(outputs.get("boxes")!, outputs.get("scores")!, {
    scoreThreshold: 0.5,
    iouThreshold: 0.9,
    maxDetections: 10,
  });
  assertEquals(
    found.map(({ box, classIndex }) => `${box.map((side) => side.toFixed(3))} ${classIndex}`),
    ["3.000,5.000,13.000,14.000 0", "24.000,10.000,52.000,61.000 2"],
  );
  // With every shape matched, all of these anchors learn what they say.
  const all = yoloTask(headsOnly(shapes), { anchors: ANCHORS, match: 0 });
  assertAlmostEquals(await lossValue(all.loss, raw, [label]), 0, 1e-3);
  assert(await lossValue(loss, raw, [label]) > 10);
});

Deno.test("a prior sets the biases of objectness and classes, no others", () => {
  const model = buildYolov4({ ...NARROW, decode: false });
  const task = yoloTask(model, { anchors: ANCHORS, prior: 0.01 });
  for (const [name, weight] of task.model.weights) {
    const before = values(model.weights.get(name)!);
    const isHead = RAW_OUTPUTS.some((head) => name === `${head}.bias`);
    values(weight).forEach((value, i) => {
      const expected = !isHead || i % 8 < 4 ? before[i] : i % 8 === 4
        ? -Math.log(99)
        // A third, about, for each of three.
        : Math.log(0.6 / 2.01);
      assertAlmostEquals(value, expected, 1e-6, name);
    });
  }
});

Deno.test("networks, anchors and priors that do not fit are refused", () => {
  const g = new GraphBuilder("other");
  const other = g.output(g.relu(g.input("x", [1, 2]))).build();
  assertThrows(
    () => yoloTask(other),
    RangeError,
    `Cannot train model "other" as YOLOv4 as it must have the heads conv132, conv143, conv154: ` +
      `current value is a network without conv132, conv143, conv154`,
  );
  const raw = buildYolov4({ ...NARROW, decode: false });
  assertThrows(
    () => yoloTask(raw, { anchors: [[[1, 1]], [[1, 1]]] }),
    RangeError,
    "current value is 16,16,16 channels for anchors [[[1,1]],[[1,1]]]",
  );
  for (const prior of [0, 1, NaN]) {
    assertThrows(
      () => yoloTask(raw, { anchors: ANCHORS, prior }),
      RangeError,
      `"prior" must be in`,
    );
  }
});
