import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import proto from "onnx-proto";
import ort from "onnxruntime-node";
import { Random } from "../../graph/random.ts";
import { tensor, zeros } from "../../graph/tensor.ts";
import { type NmsOptions, nonMaxSuppression } from "./nms.ts";

const { onnx } = proto;

/** An ONNX model of one `NonMaxSuppression`: `[1, rows, 4]` and `[1, classes, rows]` to indices. */
function nmsModel(): Uint8Array {
  const { FLOAT, INT64 } = onnx.TensorProto.DataType;
  const value = (name: string, elemType: number, dims: readonly string[]) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: dims.map((dimParam) => ({ dimParam })) } } },
  });
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: "", version: 13 }],
    graph: {
      name: "nms",
      node: [{
        opType: "NonMaxSuppression",
        input: ["boxes", "scores", "most", "iou", "score"],
        output: ["indices"],
      }],
      input: [
        value("boxes", FLOAT, ["one", "rows", "four"]),
        value("scores", FLOAT, ["one", "classes", "rows"]),
        value("most", INT64, ["1"]),
        value("iou", FLOAT, ["1"]),
        value("score", FLOAT, ["1"]),
      ],
      output: [value("indices", INT64, ["found", "three"])],
    },
  }).finish();
}

const session = await ort.InferenceSession.create(nmsModel(), { logSeverityLevel: 3 });

interface Found {
  readonly boxes: Float32Array;
  /** `[rows, classes]` */
  readonly scores: Float32Array;
  readonly rows: number;
  readonly classes: number;
}

/** What ONNX Runtime finds, as `class row` texts in order. */
async function oracle({ boxes, scores, rows, classes }: Found, options: NmsOptions) {
  const byClass = Float32Array.from(
    scores,
    (_, i) => scores[i % rows * classes + Math.floor(i / rows)],
  );
  const { indices } = await session.run({
    boxes: new ort.Tensor("float32", boxes, [1, rows, 4]),
    scores: new ort.Tensor("float32", byClass, [1, classes, rows]),
    most: new ort.Tensor("int64", [BigInt(options.maxDetections)], [1]),
    iou: new ort.Tensor("float32", [options.iouThreshold], [1]),
    score: new ort.Tensor("float32", [options.scoreThreshold], [1]),
  });
  const data = Array.from(indices.data as BigInt64Array, Number);
  return Array.from({ length: data.length / 3 }, (_, i) => `${data[i * 3 + 1]} ${data[i * 3 + 2]}`);
}

function ours({ boxes, scores, rows, classes }: Found, options: NmsOptions) {
  return nonMaxSuppression(
    tensor(boxes, [1, rows, 4]),
    tensor(scores, [1, rows, classes]),
    options,
  );
}

const random = new Random(5, "nms");

/** Boxes of whole pixels around few places, so that many overlap and some are equal or empty. */
function scene(rows: number, classes: number, levels: number): Found {
  const boxes = Array.from({ length: rows }, () => {
    const [x, y] = [random.integer(4) * 20, random.integer(4) * 20];
    const [left, top] = [x + random.integer(4), y + random.integer(4)];
    return [left, top, left + random.integer(30), top + random.integer(30)];
  });
  return {
    rows,
    classes,
    boxes: Float32Array.from(boxes.flat()),
    // Few levels make ties; each is exact in float32.
    scores: Float32Array.from({ length: rows * classes }, () => random.integer(levels) / levels),
  };
}

const THRESHOLDS = [[0.25, 0.5], [0, 0.3], [0.5, 0.75], [0.9, 0.5], [0, 0], [0, 1]];

Deno.test("nonMaxSuppression() keeps what ONNX Runtime keeps, ties and empty boxes included", async () => {
  for (const [rows, classes, levels] of [[60, 1, 4], [80, 3, 8], [200, 2, 1024], [1, 1, 2]]) {
    for (const [scoreThreshold, iouThreshold] of THRESHOLDS) {
      const found = scene(rows, classes, levels);
      const options = { scoreThreshold, iouThreshold, maxDetections: rows * classes };
      const kept = ours(found, options);
      const expected = await oracle(found, options);
      assertEquals(
        kept.map(({ classIndex, row }) => `${classIndex} ${row}`).sort(),
        [...expected].sort(),
      );
      assert(kept.every(({ score }, i) => i === 0 || kept[i - 1].score >= score));
      const [best] = kept;
      if (best) {
        assertEquals(best.score, found.scores[best.row * classes + best.classIndex]);
        assertEquals([...best.box], [...found.boxes.subarray(best.row * 4, best.row * 4 + 4)]);
      }
    }
  }
});

Deno.test("nonMaxSuppression() cuts one class where ONNX Runtime does, in its order", async () => {
  for (const maxDetections of [1, 3, 10]) {
    const found = scene(100, 1, 6);
    const options = { scoreThreshold: 0.1, iouThreshold: 0.5, maxDetections };
    const kept = ours(found, options).map(({ classIndex, row }) => `${classIndex} ${row}`);
    assertEquals(kept, await oracle(found, options));
  }
});

Deno.test("nonMaxSuppression() merges by the mean of what it suppresses, weighted by score", () => {
  const found: Found = {
    rows: 3,
    classes: 1,
    boxes: Float32Array.of(0, 0, 10, 10, 2, 0, 12, 10, 50, 50, 60, 60),
    scores: Float32Array.of(0.75, 0.25, 0.5),
  };
  const options = { scoreThreshold: 0.1, iouThreshold: 0.5, maxDetections: 10, merge: true };
  const [first, second] = ours(found, options);
  for (const [i, expected] of [0.5, 0, 10.5, 10].entries()) {
    assertAlmostEquals(first.box[i], expected, 1e-9);
  }
  assertEquals(second.box.map(Math.round), [50, 50, 60, 60]);
});

Deno.test("nonMaxSuppression() looks at the surest candidates only, at most as many as it may", () => {
  const found: Found = {
    rows: 3,
    classes: 2,
    boxes: Float32Array.of(0, 0, 9, 9, 20, 0, 29, 9, 50, 50, 60, 60),
    scores: Float32Array.of(0.5, 0.75, 0.25, 0.5, 0.875, 0.125),
  };
  const kept = (maxCandidates: number) =>
    ours(found, { scoreThreshold: 0.2, iouThreshold: 0.5, maxDetections: 10, maxCandidates })
      .map(({ score }) => score);
  assertEquals(kept(5), [0.875, 0.75, 0.5, 0.5, 0.25]);
  assertEquals(kept(4), [0.875, 0.75, 0.5, 0.5]);
  // The third and the fourth are equal.
  assertEquals(kept(3), [0.875, 0.75]);
  assertEquals(kept(1), [0.875]);
});

Deno.test("nonMaxSuppression() refuses shapes that do not belong together", () => {
  const options = { scoreThreshold: 0, iouThreshold: 0.5, maxDetections: 1 };
  assertThrows(
    () => nonMaxSuppression(zeros([1, 5, 4]), zeros([1, 6, 2]), options),
    RangeError,
    "current value is [1,5,4] and [1,6,2]",
  );
});
