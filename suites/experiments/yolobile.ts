/**
 * YOLObile: structures at 8x, block sizes, uneven against even rates, and how a trained detector
 * loses precision with the rate.
 *
 * @module
 */

import {
  type Cell,
  type Claim,
  type Experiment,
  type Part,
  type Scale,
  TUNED,
} from "./experiment.ts";
import { yolov4Cells } from "./learners.ts";
import { onCoco } from "./papers.ts";

/** Of weights, as YOLObile counts. */
const RATE = 8;
const AT_RATE = { params: RATE };

function punched(block: string): Cell {
  return {
    id: `block-${block}`,
    label: `block-punched ${block}, reweighted, ${RATE}x`,
    method: "yolobile",
    options: { block, algorithm: "reweighted" },
    target: AT_RATE,
  };
}

/** MACs at which uneven and even rates are compared. */
const EQUAL_MACS = { macs: 5.7 };

const CELLS: readonly Cell[] = [
  TUNED,
  {
    id: "unstructured",
    label: `unstructured, ADMM, ${RATE}x`,
    method: "unstructured",
    options: { algorithm: "admm" },
    target: AT_RATE,
  },
  {
    id: "filter",
    label: `structured: filters, reweighted, ${RATE}x`,
    method: "rt3d",
    options: { scheme: "filter", algorithm: "reweighted" },
    target: AT_RATE,
  },
  {
    id: "column",
    label: `structured: columns, ADMM, ${RATE}x`,
    method: "column",
    options: { algorithm: "admm" },
    target: AT_RATE,
  },
  {
    id: "pattern",
    label: "patterns (keep 5 of 9) and connectivity, ADMM, 5x",
    method: "pattern",
    options: { library: "released", connectivity: true, algorithm: "admm" },
    target: { params: 5 },
  },
  ...["4x4", "8x4", "16x4", "32x4"].map(punched),
  {
    id: "block-8x4-admm",
    label: `block-punched 8x4, ADMM, ${RATE}x`,
    method: "yolobile",
    options: { block: "8x4", algorithm: "admm" },
    target: AT_RATE,
  },
  {
    id: "even",
    label: "block-punched 8x4, even rates, 5.7x MACs",
    method: "yolobile",
    options: { block: "8x4", algorithm: "admm", allocation: "uniform" },
    target: EQUAL_MACS,
  },
  {
    id: "uneven",
    label: "block-punched 8x4, 3x3 pruned 1.15 times more, 5.7x MACs",
    method: "yolobile",
    options: { block: "8x4", algorithm: "admm", allocation: "uneven" },
    target: EQUAL_MACS,
  },
];

/** The released sets of rates, with ADMM as the released code trains. */
const RELEASED: readonly Cell[] = ([["v8", 7.9], ["v14", 13.8]] as const).map(([set, rate]) => ({
  id: `released-${set}`,
  label: `block-punched 8x4, ADMM, released rates ${set}`,
  method: "yolobile",
  options: { algorithm: "admm", ratios: set, scores: "percentile" },
  target: { params: rate },
}));

const RATES = [1.02, 1.05, 1.1, 1.2, 1.4];

/** A trained detector of the user's, pruned in one shot. */
const YOLOX: Part = {
  id: "yolox-coco128",
  title: "YOLOX-nano from a file on coco128, not trained on",
  network: { file: "yolox" },
  data: { source: "coco", path: "coco128", validation: 0 },
  tune: { batch: 16, optimiser: "sgd", rate: 0.01, schedule: "constant", decay: 0 },
  budget: { prune: 0, retrain: 0 },
  seeds: [1],
  cells: RATES.flatMap((rate): Cell[] => [
    {
      id: `unstructured-${rate}x`,
      label: `unstructured, ${rate}x`,
      method: "unstructured",
      options: {},
      target: { macs: rate },
    },
    {
      id: `block-8x4-${rate}x`,
      label: `block-punched 8x4, ${rate}x`,
      method: "yolobile",
      options: { block: "8x4" },
      target: { macs: rate },
    },
    {
      id: `filter-${rate}x`,
      label: `filters, ${rate}x`,
      method: "rt3d",
      options: { scheme: "filter" },
      target: { macs: rate },
    },
  ]),
};

const CLAIMS: readonly Claim[] = [
  {
    published: ["yolobile.schemes.order.acc"],
    statement:
      "At 8x: unstructured is at least as precise as block-punched, which far exceeds structured.",
    parts: "yolov4-*",
    pairs: [
      // Each pair learns by the same algorithm.
      { better: "unstructured", than: "block-8x4-admm" },
      { better: "block-8x4-admm", than: "column" },
      { better: "block-8x4", than: "filter" },
    ],
  },
  {
    published: ["yolobile.block.trend"],
    statement: "Smaller blocks are more precise.",
    parts: "yolov4-*",
    pairs: [
      { better: "block-4x4", than: "block-8x4" },
      { better: "block-8x4", than: "block-16x4" },
      { better: "block-16x4", than: "block-32x4" },
    ],
  },
  {
    published: ["yolobile.uneven.ratio"],
    statement: "Pruning 3x3 layers 1.15 times more than 1x1 layers beats even rates at equal MACs.",
    parts: "yolov4-*",
    pairs: [{ better: "uneven", than: "even" }],
  },
  {
    published: ["yolobile.pattern.max_rate"],
    statement: "Patterns at 5x, about the most that they reach, are no better than blocks at 8x.",
    parts: "yolov4-*",
    pairs: [{ better: "block-8x4-admm", than: "pattern" }],
  },
  {
    published: ["yolobile.train.reweight"],
    statement: "Reweighting (the paper) is at least as good as ADMM (the released code).",
    parts: "yolov4-*",
    pairs: [{ better: "block-8x4", than: "block-8x4-admm" }],
  },
  {
    published: ["yolobile.schemes.order.acc"],
    statement: "Without training, too: unstructured before block-punched before filters.",
    parts: "yolox-*",
    pairs: RATES.flatMap((rate) => [
      { better: `unstructured-${rate}x`, than: `block-8x4-${rate}x` },
      { better: `block-8x4-${rate}x`, than: `filter-${rate}x` },
    ]),
  },
];

/** YOLObile's comparisons of accuracy. */
export const yolobileStudy: Experiment = {
  id: "yolobile",
  title: "YOLObile: structures, block sizes and uneven rates on a detector",
  description:
    "unstructured, structured, patterns and block-punched at 8x on YOLOv4; YOLOX by rate",
  parts(scale: Scale) {
    if (scale === "full") return [{ ...onCoco("yolov4"), cells: [...CELLS, ...RELEASED] }];
    const learner = yolov4Cells(scale);
    if (scale === "quick") {
      const few = ["block-8x4", "block-8x4-admm", "pattern"];
      return [{ ...learner, cells: CELLS.filter(({ id }) => few.includes(id)) }];
    }
    return [{ ...learner, cells: CELLS, timed: true }, YOLOX];
  },
  claims: CLAIMS,
};
