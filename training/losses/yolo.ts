/**
 * The loss of YOLO detectors, on their raw heads.
 *
 * @module
 */

import type { GraphBuilder } from "../../graph/builder.ts";
import type { ValueInfo } from "../../graph/model.ts";
import type { DetectionLabel } from "../data/dataset.ts";
import { detached, withNumber } from "./constants.ts";
import type { Loss } from "./loss.ts";
import { appended, expectBatch } from "./outputs.ts";
import { appendGrid, type Layout, layoutOf, type YoloHeads } from "./yolo/layout.ts";
import { appendSimilarity, type BoxTerm, type Corners } from "./yolo/similarity.ts";
import { TargetEncoder, type TargetOptions, TARGETS } from "./yolo/targets.ts";

export type { Anchor, YoloHeads } from "./yolo/layout.ts";
export type { AssignOptions } from "./yolo/assign.ts";
export type { BoxTerm } from "./yolo/similarity.ts";
export type { TargetOptions } from "./yolo/targets.ts";

const ID = "yolo";

/** Options of {@linkcode yoloLoss}; the defaults are those of YOLObile's code. */
export interface YoloLossOptions extends YoloHeads, TargetOptions {
  /** What boxes are compared by. @default {"giou"} */
  readonly box?: BoxTerm;
  /**
   * What the objectness of an anchor that learns an object should be: how near its box is to the
   * object (the measure of `box`, not below 0), or 1 whatever the box.
   *
   * @default {"overlap"}
   */
  readonly objectness?: "overlap" | "one";
  /**
   * Factors of the three terms: the mean over positives of `1 - similarity`, the mean objectness
   * loss, and the mean over positives of the sum over classes.
   *
   * @default 3.54, 64.3 and 0.4675, which is 37.4 of the mean over COCO's 80 classes
   */
  readonly gains?: { readonly box?: number; readonly objectness?: number; readonly class?: number };
}

/**
 * Bound of what is put into the exponential, both ways: of anchors a thousand times as large nothing
 * overflows (YOLObile's code has this bound too), and of ones a thousand times as small the corners
 * are still two numbers in float32.
 */
const GROWTH = Math.log(1000);

/**
 * The detection loss of the YOLOv3 family as YOLObile trains with it: GIoU, DIoU or CIoU of boxes,
 * binary cross-entropy of objectness and of classes, each a mean over the batch for each head, added
 * up over heads.
 *
 * Outputs of the network are heads `[N, anchors * (5 + classes), height / stride, width / stride]`, of
 * each anchor x, y, w, h, objectness and classes. A box in cell `(i, j)` has its centre at
 * `(sigmoid(x) + i) * stride` and is `exp(w) * anchor` wide. Which anchors learn an object, and which
 * are ignored, is told in `yolo/assign.ts`. One loss serves one graph at a time.
 *
 * @throws {RangeError} when an option is out of its range.
 */
export function yoloLoss(options: YoloLossOptions): Loss<DetectionLabel> {
  expectOptions(options);
  let state: { readonly layout: Layout; readonly encoder: TargetEncoder } | undefined;
  return {
    id: ID,
    settings: { ...options },
    append(g, outputs) {
      const layout = layoutOf(options, outputs);
      state = { layout, encoder: new TargetEncoder(layout, options) };
      return appendLoss(g, outputs, layout, options);
    },
    encode(labels) {
      const { layout, encoder } = appended(ID, state);
      expectBatch(ID, labels, [layout.batch]);
      return encoder.encode(labels);
    },
  };
}

function appendLoss(
  g: GraphBuilder,
  outputs: readonly ValueInfo[],
  layout: Layout,
  { box = "giou", objectness = "overlap", gains = {} }: YoloLossOptions,
): string {
  const { batch, anchors, classes, positions } = layout;
  const input = (target: keyof typeof TARGETS, depth: number) =>
    g.input(TARGETS[target], [batch, anchors, depth, positions]);
  const term = (values: string, weight: string, gain: number, name: string) => {
    const weighted = g.mul(values, weight, `${name}/weighted`);
    const sum = g.reduce("ReduceSum", weighted, [0, 1, 2, 3], false, `${name}/sum`);
    return withNumber(g, "Mul", sum, gain, name);
  };

  const [xy, wh, object, kinds] = valuesOf(g, outputs, layout);
  const predicted = appendBoxes(g, xy, wh, layout);
  const [first, last] = g.split(input("box", 4), 2, 2, "loss/box/corner");
  const similarity = appendSimilarity(g, box, predicted, { first, last });
  const weight = input("weight", 1);
  const miss = withNumber(
    g,
    "Add",
    g.unary(similarity, "Neg", {}, "loss/box/neg"),
    1,
    "loss/box/miss",
  );
  const boxTerm = term(miss, weight, gains.box ?? 3.54, "loss/box");

  const present = input("objectness", 1);
  const sure = objectness === "one" ? present : g.mul(
    present,
    detached(g, g.relu(similarity, "loss/objectness/overlap"), "loss/objectness/detached"),
    "loss/objectness/target",
  );
  const objectTerm = term(
    binaryCrossEntropy(g, object, sure, "loss/objectness/entropy"),
    input("heed", 1),
    gains.objectness ?? 64.3,
    "loss/objectness",
  );
  const classTerm = term(
    binaryCrossEntropy(g, kinds, input("classes", classes), "loss/class/entropy"),
    weight,
    gains.class ?? 37.4 / 80,
    "loss/class",
  );
  return g.add(g.add(boxTerm, objectTerm, "loss/terms"), classTerm, `loss/${ID}`);
}

/** x and y, width and height, objectness, classes: `[N, anchors, VALUES, positions]`. */
function valuesOf(g: GraphBuilder, outputs: readonly ValueInfo[], layout: Layout) {
  const { batch, anchors, classes } = layout;
  const flat = outputs.map(({ name }, i) =>
    g.reshape(name, [batch, anchors, 5 + classes, -1], `loss/head${i}`)
  );
  const all = flat.length === 1 ? flat[0] : g.concat(flat, 3, "loss/heads");
  return g.split(all, 2, [2, 2, 1, classes], "loss/values");
}

/** Boxes in pixels. */
function appendBoxes(g: GraphBuilder, xy: string, wh: string, layout: Layout): Corners {
  const { cell, stride, halfAnchor } = appendGrid(g, layout);
  const inCell = g.unary(xy, "Sigmoid", {}, "loss/decode/sigmoid");
  const centre = g.mul(g.add(inCell, cell, "loss/decode/cell"), stride, "loss/decode/centre");
  const bounded = g.clip(wh, -GROWTH, GROWTH, "loss/decode/bounded");
  const ratio = g.unary(bounded, "Exp", {}, "loss/decode/ratio");
  const half = g.mul(ratio, halfAnchor, "loss/decode/half");
  return {
    first: g.binary("Sub", centre, half, "loss/decode/first"),
    last: g.add(centre, half, "loss/decode/last"),
  };
}

/** `-t * log(sigmoid(x)) - (1 - t) * log(1 - sigmoid(x))`, in a form that never overflows. */
function binaryCrossEntropy(g: GraphBuilder, x: string, target: string, name: string): string {
  const rising = g.unary(x, "Softplus", {}, `${name}/softplus`);
  return g.binary("Sub", rising, g.mul(x, target, `${name}/product`), name);
}

function expectOptions(options: YoloLossOptions): void {
  const { anchors, strides, classes, match = 0.2, ignore = 0.5, smoothing = 0, balance, gains } =
    options;
  const demand = (holds: boolean, reason: string, value: unknown) => {
    if (holds) return;
    throw new RangeError(`Cannot make loss "${ID}" as ${reason}: current value is ${value}`);
  };
  const positive = (x: number) => x > 0 && x < Infinity;
  const weighs = (x: number) => x >= 0 && x < Infinity;
  demand(
    strides.length > 0 && strides.every(positive),
    `"strides" must be above 0, one for each head`,
    `[${strides}]`,
  );
  const [{ length } = []] = anchors;
  demand(
    anchors.length === strides.length && length > 0 &&
      anchors.every((list) => list.length === length && list.flat().every(positive)),
    `"anchors" must be ${strides.length} lists, one for each stride, of equally many sides above 0`,
    JSON.stringify(anchors),
  );
  demand(
    Number.isInteger(classes) && classes >= 1,
    `"classes" must be a positive integer`,
    classes,
  );
  for (const [name, share] of Object.entries({ match, ignore })) {
    demand(share >= 0 && share <= 1, `"${name}" must be in [0, 1]`, share);
  }
  demand(smoothing >= 0 && smoothing < 1, `"smoothing" must be in [0, 1)`, smoothing);
  demand(
    balance === undefined || balance.length === strides.length && balance.every(weighs),
    `"balance" must be ${strides.length} weights, one for each stride`,
    `[${balance}]`,
  );
  for (const [name, gain = 0] of Object.entries(gains ?? {})) {
    demand(weighs(gain), `gain "${name}" must not be below 0`, gain);
  }
}
