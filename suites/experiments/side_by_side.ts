/**
 * All four methods on the same networks, at the same MACs and with the same training; and the same for
 * the network of one suite, as `deno task bench SUITE --train` runs it.
 *
 * @module
 */

import { findSuite } from "../registry.ts";
import { anyLearner } from "./any_suite.ts";
import {
  type Cell,
  type Claim,
  type Experiment,
  type Part,
  type Scale,
  TUNED,
} from "./experiment.ts";
import { c3dShapes, cifar, type Learner, yolov4Cells } from "./learners.ts";
import { onCoco, onUcf101 } from "./papers.ts";

/** Each method as its paper trains it, and controls. */
function cells(rate: number, block: string): Cell[] {
  const target = { macs: rate };
  const one = (id: string, label: string, method: string, options: Cell["options"]): Cell => ({
    id,
    label: `${label}, ${rate}x`,
    method,
    options,
    target,
  });
  return [
    TUNED,
    one("rt3d-kgs", `RT3D: KGS ${block}, reweighted`, "rt3d", {
      scheme: "kgs",
      block,
      algorithm: "reweighted",
    }),
    one("rt3d-filter", "RT3D: filters, reweighted", "rt3d", {
      scheme: "filter",
      algorithm: "reweighted",
    }),
    one("yolobile", `YOLObile: block-punched ${block}, reweighted`, "yolobile", {
      block,
      algorithm: "reweighted",
    }),
    one("tucker", "Tucker-2 with EVBMF ranks", "tucker", { ranks: "evbmf" }),
    one("autocompress", "AutoCompress: filters and columns", "autocompress", {
      // What purification removes beyond the target would not be at the same MACs.
      purify: false,
    }),
    one("unstructured", "single weights, ADMM (control)", "unstructured", {
      algorithm: "admm",
    }),
    one("l1-filter", "uniform L1 filters (control)", "l1-filter", {}),
    one("random-kgs", `KGS ${block} at random (control)`, "random-kgs", { block }),
  ];
}

/** Networks whose methods are compared, by the id of their suite, with the rate of MACs. */
interface Compared {
  readonly suite: string;
  readonly rate: number;
  /** Of the networks that are not at full scale. */
  readonly block: string;
  readonly learner: (scale: Scale) => Learner;
}

const COMPARED: readonly Compared[] = [
  {
    suite: "c3d",
    rate: 3.6,
    block: "4x2",
    learner: (scale) => scale === "full" ? onUcf101("c3d") : c3dShapes(scale),
  },
  {
    suite: "yolov4",
    rate: 4,
    block: "8x4",
    learner: (scale) => scale === "full" ? onCoco("yolov4") : yolov4Cells(scale),
  },
  {
    suite: "resnet-18-cifar",
    rate: 4,
    block: "8x4",
    learner: (scale) => cifar("resnet-18-cifar", scale),
  },
];

function compare({ rate, block, learner }: Compared, scale: Scale): Part {
  return { ...learner(scale), cells: cells(rate, scale === "full" ? "8x4" : block) };
}

const CLAIMS: readonly Claim[] = [
  {
    published: ["rt3d.t1.c3d.reweighted.kgs.3.6x.top1"],
    statement: "Fine-grained structures lose least at equal MACs: KGS before filters.",
    parts: "*",
    pairs: [{ better: "rt3d-kgs", than: "rt3d-filter" }],
  },
  {
    published: ["yolobile.schemes.order.acc"],
    statement: "Single weights are the bound of accuracy: no structure exceeds them.",
    parts: "*",
    pairs: ["rt3d-kgs", "yolobile", "tucker", "autocompress"].map((than) => ({
      better: "unstructured",
      than,
    })),
  },
  {
    published: [],
    statement: "Scores are worth something: KGS by reweighting before KGS at random.",
    parts: "*",
    pairs: [{ better: "rt3d-kgs", than: "random-kgs" }],
  },
];

/** The table of all methods on three networks. */
export const sideBySide: Experiment = {
  id: "side-by-side",
  title: "All four methods on the same networks at the same MACs and training",
  description: "RT3D, YOLObile, Tucker, AutoCompress on C3D, YOLOv4 and ResNet-18 (CIFAR)",
  parts: (scale) =>
    COMPARED.map((compared) => ({ ...compare(compared, scale), timed: scale !== "quick" })),
  claims: CLAIMS,
};

/**
 * The trained comparison of one suite, at the suite's rate where no experiment has another.
 *
 * @throws {RangeError} when there is none, with the nearest names.
 */
export function trainedComparison(id: string): Experiment {
  const { rate: suiteRate } = findSuite(id);
  const own = COMPARED.find(({ suite }) => suite === id);
  const compared = own ?? {
    suite: id,
    rate: suiteRate,
    block: "4x2",
    learner: (scale: Scale) => anyLearner(id, scale),
  };
  return {
    id: `${id}-trained`,
    title: `All methods on ${id}, trained`,
    description: `RT3D, YOLObile, Tucker, AutoCompress and controls on ${id} at ${compared.rate}x`,
    parts: (scale) => [{ ...compare(compared, scale), timed: true }],
    claims: CLAIMS,
  };
}
