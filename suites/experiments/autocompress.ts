/**
 * AutoCompress against manual and automatic pruning: at equal weights, at equal MACs, and the highest
 * rate without loss.
 *
 * @module
 */

import type { Target } from "../../compressors/compressor.ts";
import { type Cell, type Claim, type Experiment, type Scale, TUNED } from "./experiment.ts";
import { cifar } from "./learners.ts";
import { searchedOnImageNet } from "./papers.ts";

const CONTROLS: readonly (readonly [method: string, label: string])[] = [
  ["l1-filter", "uniform L1 filters"],
  ["l2-filter", "uniform L2 filters"],
  ["fpgm", "FPGM"],
  ["bn-slim", "network slimming"],
  ["netadapt", "NetAdapt-style greedy"],
  ["amc", "AMC-style agent"],
];

function cell(method: string, label: string, target: Target, options: Cell["options"] = {}): Cell {
  const [unit, rate] = "macs" in target ? ["MACs", target.macs] : ["weights", target.params];
  const suffix = Object.keys(options).length > 0 ? `-${Object.values(options).join("-")}` : "";
  return {
    id: `${method}${suffix}-${rate}x-${unit.toLowerCase()}`,
    label: `${label}, ${rate}x ${unit}`,
    method,
    options,
    target,
  };
}

/** With purification, which removes what is beyond the target. */
const auto = (target: Target) => cell("autocompress", "AutoCompress", target);
/** Without, so that controls are compared at equal cost. */
const even = (target: Target): Cell => {
  const { id, ...rest } = auto(target);
  return {
    ...rest,
    id: `even-${id}`,
    label: `${rest.label}, not purified`,
    options: { purify: false },
  };
};
const RATES = [2, 4, 8, 16];
const EQUAL: readonly Target[] = [{ params: 4 }, { macs: 3 }];

const CELLS: readonly Cell[] = [
  TUNED,
  ...EQUAL.flatMap((target) => [
    even(target),
    ...CONTROLS.map(([method, label]) => cell(method, label, target)),
  ]),
  ...RATES.map((rate) => auto({ params: rate })),
  cell("autocompress", "AutoCompress, single weights", { params: 8 }, {
    structure: "non-structured",
  }),
  // How far the plain control goes without loss.
  ...[2, 8].map((rate) => cell("l1-filter", "uniform L1 filters", { params: rate })),
];

const CLAIMS: readonly Claim[] = [
  {
    published: ["autocompress.cifar.vgg16.rate", "autocompress.cifar.r18.rate"],
    statement:
      "AutoCompress is at least as accurate as every control at equal weights and at equal MACs.",
    parts: "*",
    pairs: CONTROLS.flatMap(([method]) => [
      { better: "even-autocompress-4x-weights", than: `${method}-4x-weights` },
      { better: "even-autocompress-3x-macs", than: `${method}-3x-macs` },
    ]),
  },
  {
    published: ["autocompress.cifar.vgg16.rate", "autocompress.cifar.r18.rate"],
    statement: "AutoCompress reaches a high rate without loss (each rate told by itself).",
    parts: "*",
    pairs: RATES.map((rate) => ({ better: `autocompress-${rate}x-weights`, than: "dense" })),
  },
  {
    published: ["autocompress.cifar.vgg16.rate"],
    statement: "The same with half a point of loss allowed.",
    parts: "*",
    pairs: RATES.map((rate) => ({
      better: `autocompress-${rate}x-weights`,
      than: "dense",
      margin: 0.5,
    })),
  },
];

/** AutoCompress against its controls. */
export const autocompressStudy: Experiment = {
  id: "autocompress",
  title: "AutoCompress against manual and automatic filter pruning",
  description:
    "AutoCompress by rate; L1, L2, FPGM, slimming, NetAdapt, AMC at equal weights and MACs",
  parts(scale: Scale) {
    if (scale === "quick") {
      const few = /^((even-)?autocompress|l1-filter|bn-slim|netadapt|amc)-4x-weights$/;
      const learner = cifar("resnet-18-cifar", scale);
      return [{
        ...learner,
        cells: CELLS.filter(({ id }) => few.test(id)).map((one) => ({
          ...one,
          options: { ...one.options, ...QUICK[one.method] },
        })),
      }];
    }
    const imageNet = ["vgg-16", "resnet-18", "resnet-50"].map(searchedOnImageNet);
    return [
      { ...cifar("vgg-16-cifar", scale), cells: CELLS, timed: true },
      { ...cifar("resnet-18-cifar", scale), cells: CELLS, timed: true },
      ...(scale === "full" ? imageNet.map((learner) => ({ ...learner, cells: CELLS })) : []),
    ];
  },
  claims: CLAIMS,
};

/** Searches that end within a second. */
const QUICK: Readonly<Record<string, Cell["options"]>> = {
  autocompress: { evaluations: 4 },
  amc: { episodes: 4 },
  netadapt: { steps: 2 },
};
