import { assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { sizeOf, type Tensor, tensor, values, zeros } from "../../graph/tensor.ts";
import type { DetectionLabel, ObjectLabel } from "../data/dataset.ts";
import { lossGradients, lossModel, lossValue } from "./testing.ts";
import { type BoxTerm, yoloLoss, type YoloLossOptions } from "./yolo.ts";

/** Two heads of an image of 64 x 32, with 2 anchors and 3 classes. */
const HEADS = {
  anchors: [[[10, 10], [8, 24]], [[30, 12], [24, 28]]],
  strides: [16, 32],
  classes: 3,
} as const satisfies YoloLossOptions;

const SHAPES = [[2, 16, 2, 4], [2, 16, 1, 2]];

const label = (...objects: readonly ObjectLabel[]): DetectionLabel => ({
  image: "image.png",
  objects,
  letterbox: { scale: 1, left: 0, top: 0 },
});

/** Objects of about the shapes of the anchors, none of which share a cell of one head and anchor. */
const LABELS = [
  label({ box: [2, 3, 13, 12], classIndex: 1 }, { box: [33, 4, 62, 29], classIndex: 2 }),
  label({ box: [20, 6, 29, 28], classIndex: 0 }),
];

/** Where the shape IoU is above 0.2, by hand: image, head, anchor, row, column, object. */
const POSITIVES = [
  [0, 0, 0, 0, 0, 0],
  [0, 0, 1, 0, 0, 0],
  [0, 1, 0, 0, 0, 0],
  [0, 0, 1, 1, 2, 1],
  [0, 1, 0, 0, 1, 1],
  [0, 1, 1, 0, 1, 1],
  [1, 0, 0, 1, 1, 0],
  [1, 0, 1, 1, 1, 0],
  [1, 1, 0, 0, 0, 0],
  [1, 1, 1, 0, 0, 0],
] as const;

function heads(seed: number, scale = 1): Map<string, Tensor> {
  return new Map(SHAPES.map((shape, i) => {
    const data = new Random(seed, `head${i}`).fillNormal(new Float32Array(sizeOf(shape)), 0, scale);
    return [`head${i}`, tensor(data, shape)];
  }));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Parts of a similarity; a gradient does not pass through `alpha`. */
function similarity(term: BoxTerm, p: readonly number[], t: readonly number[], alpha?: number) {
  const [px1, py1, px2, py2] = [p[0] - p[2] / 2, p[1] - p[3] / 2, p[0] + p[2] / 2, p[1] + p[3] / 2];
  const [tx1, ty1, tx2, ty2] = t;
  const shared = Math.max(0, Math.min(px2, tx2) - Math.max(px1, tx1)) *
    Math.max(0, Math.min(py2, ty2) - Math.max(py1, ty1));
  const union = p[2] * p[3] + (tx2 - tx1) * (ty2 - ty1) - shared;
  const [hullWidth, hullHeight] = [
    Math.max(px2, tx2) - Math.min(px1, tx1),
    Math.max(py2, ty2) - Math.min(py1, ty1),
  ];
  const iou = shared / union, hull = hullWidth * hullHeight;
  if (term === "giou") return { value: iou - (hull - union) / hull, alpha: 0 };
  const way = (p[0] - (tx1 + tx2) / 2) ** 2 + (p[1] - (ty1 + ty2) / 2) ** 2;
  const diou = iou - way / (hullWidth ** 2 + hullHeight ** 2);
  if (term === "diou") return { value: diou, alpha: 0 };
  const angles = Math.atan((tx2 - tx1) / (ty2 - ty1)) - Math.atan(p[2] / p[3]);
  const v = 4 / Math.PI ** 2 * angles ** 2;
  const weight = alpha ?? v / (1 - iou + v);
  return { value: diou - weight * v, alpha: weight };
}

/** What is a number to the loss: of each positive the objectness, and alpha. */
type Constants = { readonly overlaps: number[]; readonly alphas: number[] };

/** The loss cell by cell in double precision, with nothing ignored. */
function formula(
  raw: readonly Float64Array[],
  { box = "giou", objectness = "overlap", smoothing = 0, balance = [1, 1] }: Partial<
    YoloLossOptions
  >,
  fixed?: Constants,
): { readonly loss: number; readonly constants: Constants } {
  const constants: Constants = { overlaps: [], alphas: [] };
  let loss = 0;
  for (const [h, [batch, , rows, columns]] of SHAPES.entries()) {
    const cells = rows * columns;
    const count = POSITIVES.filter(([, head]) => head === h).length;
    for (let i = 0; i < batch * 2 * cells; i++) {
      const [image, anchor] = [Math.floor(i / cells / 2), Math.floor(i / cells) % 2];
      const [row, column] = [Math.floor(i % cells / columns), i % columns];
      const at = (value: number) => raw[h][((image * 2 + anchor) * 8 + value) * cells + i % cells];
      const bce = (value: number, t: number) =>
        -t * Math.log(sigmoid(at(value))) - (1 - t) * Math.log(sigmoid(-at(value)));
      const place = [image, h, anchor, row, column].join();
      const positive = POSITIVES.findIndex((list) => list.slice(0, 5).join() === place);
      let target = 0;
      if (positive >= 0) {
        const { box: corners, classIndex } = LABELS[image].objects[POSITIVES[positive][5]];
        const [width, height] = HEADS.anchors[h][anchor];
        const predicted = [
          (sigmoid(at(0)) + column) * HEADS.strides[h],
          (sigmoid(at(1)) + row) * HEADS.strides[h],
          Math.exp(at(2)) * width,
          Math.exp(at(3)) * height,
        ];
        const { value, alpha } = similarity(box, predicted, corners, fixed?.alphas[positive]);
        constants.alphas[positive] = alpha;
        constants.overlaps[positive] = Math.max(value, 0);
        target = objectness === "one" ? 1 : fixed?.overlaps[positive] ?? Math.max(value, 0);
        loss += 3.54 * (1 - value) / count;
        for (const k of [0, 1, 2]) {
          loss += 37.4 / 80 / count *
            bce(5 + k, k === classIndex ? 1 - smoothing / 2 : smoothing / 2);
        }
      }
      loss += 64.3 * balance[h] * bce(4, target) / (batch * 2 * cells);
    }
  }
  return { loss, constants };
}

const VARIANTS: readonly Partial<YoloLossOptions>[] = [
  {},
  { box: "diou", objectness: "one", smoothing: 0.1 },
  { box: "ciou", balance: [4, 0.4] },
];

const doubles = (outputs: ReadonlyMap<string, Tensor>) =>
  [...outputs.values()].map((t) => Float64Array.from(values(t)));

Deno.test("the YOLO loss in ONNX Runtime is the one written cell by cell", async () => {
  for (const variant of VARIANTS) {
    for (const seed of [1, 2, 3]) {
      const loss = yoloLoss({ ...HEADS, ignore: 1, ...variant });
      const actual = await lossValue(loss, heads(seed), LABELS);
      const expected = formula(doubles(heads(seed)), variant).loss;
      assertAlmostEquals(actual, expected, 1e-5 * expected);
    }
  }
});

Deno.test("gradients of the YOLO loss are central differences with overlap and alpha held", async () => {
  for (const variant of VARIANTS) {
    const loss = yoloLoss({ ...HEADS, ignore: 1, ...variant });
    const gradients = await lossGradients(loss, heads(4), LABELS);
    const raw = doubles(heads(4));
    const { constants } = formula(raw, variant);
    let largest = 0;
    for (const [h, data] of raw.entries()) {
      const gradient = values(gradients.get(`head${h}`)!);
      for (let i = 0; i < data.length; i++) {
        const value = data[i], step = 1e-5;
        const [after, before] = [step, -step].map((by) => {
          data[i] = value + by;
          return formula(raw, variant, constants).loss;
        });
        data[i] = value;
        assertAlmostEquals(gradient[i], (after - before) / (2 * step), 1e-4, `head${h} ${i}`);
        largest = Math.max(largest, Math.abs(gradient[i]));
      }
    }
    assertGreater(largest, 0.3);
  }
});

/** Heads that say what is there: logits of `sure` for and against, centres and sides exact. */
function perfect(sure: number): Map<string, Tensor> {
  const outputs = new Map(SHAPES.map((shape, i) => [`head${i}`, zeros(shape)]));
  for (const t of outputs.values()) {
    for (let i = 0; i < sizeOf(t.shape); i++) t.data[i] = -sure;
  }
  const logit = (p: number) => Math.log(p / (1 - p));
  for (const [image, h, anchor, row, column, object] of POSITIVES) {
    const { box: [x1, y1, x2, y2], classIndex } = LABELS[image].objects[object];
    const [stride, [width, height]] = [HEADS.strides[h], HEADS.anchors[h][anchor]];
    const t = outputs.get(`head${h}`)!;
    const set = (value: number, to: number) => t.set(image, anchor * 8 + value, row, column, to);
    set(0, logit((x1 + x2) / 2 / stride - column));
    set(1, logit((y1 + y2) / 2 / stride - row));
    set(2, Math.log((x2 - x1) / width));
    set(3, Math.log((y2 - y1) / height));
    set(4, sure);
    set(5 + classIndex, sure);
  }
  return outputs;
}

Deno.test("a perfect prediction costs nothing", async () => {
  for (const box of ["giou", "diou", "ciou"] as const) {
    for (const objectness of ["one", "overlap"] as const) {
      const loss = yoloLoss({ ...HEADS, box, objectness });
      assertAlmostEquals(await lossValue(loss, perfect(20), LABELS), 0, 1e-3);
    }
  }
});

Deno.test("heads that are far off cost much, and have finite gradients", async () => {
  for (const box of ["giou", "diou", "ciou"] as const) {
    const loss = yoloLoss({ ...HEADS, box });
    const gradients = await lossGradients(loss, heads(5, 300), LABELS);
    for (const gradient of gradients.values()) {
      assertEquals(values(gradient).filter((x) => !Number.isFinite(x)).length, 0);
    }
    assertGreater(await lossValue(loss, heads(5, 300), LABELS), 100);
  }
});

Deno.test("an image without objects teaches objectness only", async () => {
  const loss = yoloLoss({ ...HEADS, gains: { objectness: 1 } });
  const outputs = heads(6);
  const actual = await lossValue(loss, outputs, [label(), label()]);
  // Each head counts as the mean over its own values.
  const expected = [...outputs.values()].map((t) => {
    const [, , rows, columns] = t.shape;
    let sum = 0;
    for (let i = 0; i < 4 * rows * columns; i++) {
      const [image, anchor] = [
        Math.floor(i / rows / columns / 2),
        Math.floor(i / rows / columns) % 2,
      ];
      const x = t.get(image, anchor * 8 + 4, Math.floor(i / columns) % rows, i % columns);
      sum += Math.log(1 + Math.exp(x));
    }
    return sum / (4 * rows * columns);
  });
  assertAlmostEquals(actual, expected[0] + expected[1], 1e-5);
});

Deno.test("objectness of ignored anchors and of crowds costs nothing", async () => {
  const shouting = () => {
    const outputs = perfect(20);
    // An anchor of the second image that learns nothing says that it sees something.
    outputs.get("head0")!.set(1, 4, 0, 3, 20);
    return outputs;
  };
  const loss = yoloLoss(HEADS);
  assertGreater(await lossValue(loss, shouting(), LABELS), 10);
  const crowd = { box: [48, 0, 64, 16], classIndex: 1, crowd: true } as const;
  const crowded = [LABELS[0], label(...LABELS[1].objects, crowd)];
  assertAlmostEquals(await lossValue(loss, shouting(), crowded), 0, 1e-3);
});

Deno.test("the YOLO loss refuses heads of other shapes", () => {
  const loss = yoloLoss(HEADS);
  const cases = [
    [[2, 16, 2, 4]],
    [[2, 15, 2, 4], [2, 15, 1, 2]],
    [[2, 16, 2, 4], [2, 16, 2, 2]],
    [[2, 16, 2, 4], [1, 16, 1, 2]],
    [[2, 8], [2, 8]],
  ];
  for (const shapes of cases) {
    const outputs = new Map(shapes.map((shape, i) => [`head${i}`, zeros(shape)]));
    assertThrows(
      () => lossModel(loss, outputs),
      RangeError,
      "must be heads [N, 16, height / stride, width / stride] of strides 16, 32: current value is " +
        shapes.map((shape, i) => `"head${i}" [${shape}]`).join(", "),
    );
  }
});

Deno.test("the YOLO loss refuses objects that do not fit, by image", () => {
  const loss = yoloLoss(HEADS);
  lossModel(loss, heads(1));
  const object = { box: [1, 2, 3, 4], classIndex: 3 } as const;
  assertThrows(
    () => loss.encode([LABELS[0], label(object)], new Map()),
    RangeError,
    `object 0 of image "image.png" as its class must be one of the network's 3: current value is 3`,
  );
  const lost = { box: [1, NaN, 3, 4], classIndex: 0 } as const;
  assertThrows(
    () => loss.encode([LABELS[0], label(lost)], new Map()),
    RangeError,
    `the corners of its box must be finite: current value is [1,NaN,3,4]`,
  );
  assertThrows(() => loss.encode([LABELS[0]], new Map()), RangeError, "must have 2");
});

Deno.test("the YOLO loss refuses options out of range by name", () => {
  const cases: [Partial<YoloLossOptions>, string][] = [
    [{ strides: [16] }, `"anchors" must be 1 lists`],
    [{ strides: [16, 0] }, `"strides" must be above 0, one for each head: current value is [16,0]`],
    [{ anchors: [[[10, 10]], [[10, 0]]] }, "current value is [[[10,10]],[[10,0]]]"],
    [{ anchors: [[[10, 10]], []] }, `"anchors" must be`],
    [{ classes: 0 }, `"classes" must be a positive integer: current value is 0`],
    [{ match: 2 }, `"match" must be in [0, 1]: current value is 2`],
    [{ ignore: NaN }, `"ignore" must be in [0, 1]: current value is NaN`],
    [{ smoothing: 1 }, `"smoothing" must be in [0, 1): current value is 1`],
    [{ balance: [1] }, `"balance" must be 2 weights, one for each stride: current value is [1]`],
    [{ gains: { box: -1 } }, `gain "box" must not be below 0: current value is -1`],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => yoloLoss({ ...HEADS, ...options }), RangeError, message);
  }
});
