/**
 * All four methods on the same networks, at the same MACs and with the same training; and the same for
 * the network of one suite, as `deno task bench SUITE --train` runs it.
 *
 * @module
 */

import { nearest } from "../../compressors/nearest.ts";
import type { Cell, Claim, Experiment, Scale } from "./experiment.ts";
import { c3dShapes, cifar, type Learner, yolov4Cells } from "./learners.ts";

/** Each method as its paper trains it, and controls. */
function cells(rate: number): Cell[] {
  const target = { macs: rate };
  const one = (id: string, label: string, method: string, options: Cell["options"]): Cell => ({
    id,
    label: `${label}, ${rate}x`,
    method,
    options,
    target,
  });
  return [
    one("rt3d-kgs", "RT3D: KGS 8x4, reweighted", "rt3d", {
      scheme: "kgs",
      block: "8x4",
      algorithm: "reweighted",
    }),
    one("rt3d-filter", "RT3D: filters, reweighted", "rt3d", {
      scheme: "filter",
      algorithm: "reweighted",
    }),
    one("yolobile", "YOLObile: block-punched 8x4, reweighted", "yolobile", {
      block: "8x4",
      algorithm: "reweighted",
    }),
    one("tucker", "Tucker-2 with EVBMF ranks", "tucker", { ranks: "evbmf" }),
    one("autocompress", "AutoCompress: filters and columns", "autocompress", {
      // What purification removes beyond the target would not be at the same MACs.
      purify: false,
    }),
    one("unstructured", "single weights by magnitude (control)", "unstructured", {}),
    one("l1-filter", "uniform L1 filters (control)", "l1-filter", {}),
    one("random-kgs", "KGS 8x4 at random (control)", "random-kgs", { block: "8x4" }),
  ];
}

/** Networks whose methods are compared, by the id of their suite, with the rate of MACs. */
const COMPARED: readonly {
  readonly suite: string;
  readonly rate: number;
  readonly learner: (scale: Scale) => Learner;
}[] = [
  { suite: "c3d", rate: 3.6, learner: c3dShapes },
  { suite: "yolov4", rate: 4, learner: yolov4Cells },
  { suite: "resnet-18-cifar", rate: 4, learner: (scale) => cifar("resnet-18-cifar", scale) },
];

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
    COMPARED.map(({ rate, learner }) => ({
      ...learner(scale),
      cells: cells(rate),
      timed: scale !== "quick",
    })),
  claims: CLAIMS,
};

/**
 * The trained comparison of one suite.
 *
 * @throws {RangeError} when there is none for it, with the nearest names.
 */
export function trainedComparison(suite: string): Experiment {
  const found = COMPARED.find((one) => one.suite === suite);
  if (!found) {
    const names = nearest(suite, COMPARED.map((one) => one.suite)).join(" or ");
    throw new RangeError(
      `Cannot train the methods of suite "${suite}" side by side: did you mean ${names}?`,
    );
  }
  const { rate, learner } = found;
  return {
    id: `${suite}-trained`,
    title: `All methods on ${suite}, trained`,
    description: `RT3D, YOLObile, Tucker, AutoCompress and controls on ${suite} at ${rate}x`,
    parts: (scale) => [{ ...learner(scale), cells: cells(rate), timed: true }],
    claims: CLAIMS,
  };
}
