/**
 * How YOLObile's published values are tested.
 *
 * @module
 */

import { patternBound, publishedNumber, ratioSetRate } from "./arithmetic.ts";
import { type Entry, outOfReach, type Question, setting, type SuiteRowName } from "./question.ts";
import { aboutEqual, directionOf, gainBelow, gainOf, notWorse, roundsTo } from "./rule.ts";

const COCO = "needs COCO, and five days on four GPUs: " +
  "`deno task experiment yolobile --scale full` runs it for who has them";
const PHONE = "frames a second on a Galaxy S20: `deno task bench yolov4 --devices adb:SERIAL` " +
  "measures them on one";
const OTHERS = "of another network, which the paper quotes to compare with; Kerf has none of it";

const BLOCKS: SuiteRowName = { method: "yolobile", scheme: "block-punched 8x4" };
const FILTER: SuiteRowName = { method: "rt3d", scheme: "filter" };
const SINGLE: SuiteRowName = { method: "unstructured", scheme: "" };
const DENSE: SuiteRowName = { method: "dense", scheme: "" };

/** MACs of the released configuration that has an eighth of the weights. */
const EIGHTH = 5.68;

function trained(better: string, than: string): Question {
  return {
    kind: "training",
    experiment: "yolobile",
    parts: "yolov4-*",
    pairs: [{ better, than }],
    rule: directionOf(notWorse()),
  };
}

function timed(
  faster: SuiteRowName,
  than: SuiteRowName,
  rule: ReturnType<typeof gainOf>,
  rate?: number,
): Question {
  return { kind: "timing", suite: "yolov4", ...(rate && { rate }), faster, than, rule };
}

/** Which of two networks of the experiment is faster; both are much smaller than the paper's. */
function timedCells(faster: string, than: string): Question {
  return {
    kind: "timing",
    experiment: "yolobile",
    suite: "yolobile-small-yolov4-bccd",
    faster: { method: "yolobile", scheme: faster },
    than: { method: "yolobile", scheme: than },
    rule: directionOf(gainOf(1)),
  };
}

const figure = (name: string, ...values: string[]) =>
  values.map((value) => `yolobile.fig.${name}.${value}`);

/** How all of YOLObile's published values are tested. */
export const yolobileEntries = (): readonly Entry[] => [
  {
    claims: ["yolobile.head.rate"],
    questions: [{
      kind: "derivation",
      what: "weights of convolutions ÷ what the released ratios of the 14x model leave of them",
      derive: () => ratioSetRate("v14", "weights"),
      rule: roundsTo("14"),
    }],
    note: "a rate of weights: the MACs of the same configuration fall by 9.25×",
  },
  outOfReach(
    COCO,
    "yolobile.head.map",
    ...figure("14x.gpucpu", "map"),
    ...figure("14x.gpu", "map"),
  ),
  outOfReach(
    COCO,
    ...["10x", "8x", "4x"].flatMap((name) => figure(name, "map")),
    ...["ap50", "map", "map50_internal"].map((metric) => `yolobile.repo.8x.${metric}`),
  ),
  outOfReach(
    PHONE,
    "yolobile.head.fps.gpu",
    "yolobile.head.fps.gpucpu",
    ...["14x.gpucpu", "14x.gpu", "10x", "8x", "4x", "yolov4"].flatMap((name) =>
      figure(name, "fps")
    ),
  ),
  outOfReach(COCO, ...figure("yolov4", "map")),
  outOfReach(
    OTHERS,
    "yolobile.head.speedup.v3",
    ...["yolov3-tiny", "yolov4-tiny", "ssd", "yolov3", "centernet"]
      .flatMap((name) => figure(name, "map", "fps")),
  ),
  ...(["yolobile.head.speedup.v4.article", "yolobile.head.speedup.v4.abs"] as const).map(
    (claim): Entry => ({
      claims: [claim],
      questions: [timed(BLOCKS, DENSE, gainOf(publishedNumber(claim)))],
      note: "at the MACs of the 14x model, on a processor, over our best dense kernels",
    }),
  ),
  {
    claims: ["yolobile.head.acc_vs_v3"],
    questions: [{
      kind: "derivation",
      what: "mAP of the 14x model less that of YOLOv3, both from the paper's own figure, points",
      derive: () =>
        publishedNumber("yolobile.fig.14x.gpucpu.map") - publishedNumber("yolobile.fig.yolov3.map"),
      rule: notWorse(0.6),
    }],
    note: "points of the figure can be read to about 0.3",
  },
  {
    claims: ["yolobile.block.trend"],
    questions: [["4x4", "8x4"], ["8x4", "16x4"], ["16x4", "32x4"]].flatMap(([small, large]) => [
      trained(`block-${small}`, `block-${large}`),
      timedCells(
        `block-punched ${large}, reweighted, 8x`,
        `block-punched ${small}, reweighted, 8x`,
      ),
    ]),
    note:
      "smaller blocks are more precise, larger ones faster, on the small network of the experiment",
  },
  {
    claims: ["yolobile.schemes.unstructured.speedup"],
    questions: [timed(SINGLE, DENSE, gainBelow(2), EIGHTH)],
    note: "at the MACs of the released 8x configuration",
  },
  {
    claims: ["yolobile.schemes.order.acc"],
    // Each pair learns by the same algorithm.
    questions: [trained("unstructured", "block-8x4-admm"), trained("block-8x4", "filter")],
    note: "how far the second difference exceeds the first is not judged",
  },
  {
    claims: ["yolobile.schemes.order.fps"],
    questions: [
      timed(BLOCKS, FILTER, aboutEqual(1.25), EIGHTH),
      timed(BLOCKS, SINGLE, gainOf(1), EIGHTH),
      timed(FILTER, SINGLE, gainOf(1), EIGHTH),
    ],
    note: "at the MACs of the released 8x configuration, on a processor",
  },
  {
    claims: ["yolobile.pattern.max_rate"],
    questions: [{
      kind: "derivation",
      what: "weights of convolutions ÷ those outside of 3x3 kernels, which no pattern can exceed",
      derive: patternBound,
      rule: {
        statement: "5 to 6, a little over 5",
        reproduced: { low: 5, high: 6.05 },
        direction: { low: 5, high: 6.05 },
      },
    }],
  },
  {
    claims: ["yolobile.uneven.ratio"],
    questions: [
      trained("uneven", "even"),
      timedCells(
        "block-punched 8x4, 3x3 pruned 1.15 times more, 5.7x MACs",
        "block-punched 8x4, even rates, 5.7x MACs",
      ),
    ],
    note: "more precise and faster at equal MACs, on the small network of the experiment",
  },
  setting("yolobile.block.channels", "4, by default"),
  setting("yolobile.block.best", "8x4, the row of suites; free in `block`"),
  setting("yolobile.block.n_sizes", "four in the experiment: 4x4, 8x4, 16x4, 32x4"),
  setting(
    "yolobile.train.gpus",
    "training is graphs that ONNX Runtime runs: on any processor, or a GPU",
  ),
  setting("yolobile.train.days", "what it took is on the page of the experiment"),
  setting(
    "yolobile.train.reweight",
    "the weights of the penalty are made anew 4 times in the epochs that there are, by default",
  ),
  setting("yolobile.hw.phone", "the Galaxy S20 has a Snapdragon 865; 855 is a slip of the article"),
  setting("yolobile.repo.prune_epochs", "100 at full scale: 25 for each of four rhos"),
  setting("yolobile.repo.retrain_epochs", "280 at full scale"),
  setting("yolobile.repo.admm_epochs", "anew every epoch"),
  setting(
    "yolobile.repo.rho",
    "four rounds of a growing rho, which follows from how far weights travel in the epochs that " +
      "there are: from a tenth of their way to nearly all of it",
  ),
  setting("yolobile.repo.block", "8x4"),
  setting("yolobile.repo.input", "320, the suite `yolov4`; 416 and 608 are suites, too"),
];
