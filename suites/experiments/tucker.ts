/**
 * Tucker one-shot: how much accuracy a factorisation costs, how soon it comes back, and whether the
 * factors are worth anything as a start.
 *
 * @module
 */

import { type Cell, type Claim, type Experiment, type Scale, TUNED } from "./experiment.ts";
import { alexnetCifar, cifar, resnet20File } from "./learners.ts";
import { tunedOnImageNet } from "./papers.ts";

function cells(rates: readonly number[]): Cell[] {
  return rates.flatMap((rate): Cell[] => {
    const target = { macs: rate };
    return [
      {
        id: `tucker-${rate}x`,
        label: `Tucker-2, EVBMF, fine-tuned, ${rate}x`,
        method: "tucker",
        options: { ranks: "evbmf" },
        target,
      },
      {
        id: `tucker-hooi-${rate}x`,
        label: `Tucker-2 by HOOI, fine-tuned, ${rate}x`,
        method: "tucker",
        options: { ranks: "evbmf", decomposition: "hooi" },
        target,
      },
      {
        id: `scratch-${rate}x`,
        label: `the same structure from random weights, ${rate}x`,
        method: "tucker",
        options: { ranks: "evbmf", start: "random" },
        target,
      },
      {
        id: `cp-${rate}x`,
        label: `CP by ALS, fine-tuned, ${rate}x`,
        method: "cp",
        options: {},
        target,
      },
    ];
  });
}

/** Networks of the paper's table 3 with their reductions of MACs. */
const PAPER = [["alexnet", 2.67], ["vgg-s", 4.8], ["googlenet", 2.06], ["vgg-16", 4.93]] as const;

/** Pairs of cells at each rate that a scale has. */
const PAIRS = (better: string, than: string, margin = 0) =>
  [2, 3, ...PAPER.map(([, rate]) => rate)].map((rate) => ({
    better: `${better}-${rate}x`,
    than: than === "dense" ? than : `${than}-${rate}x`,
    margin,
  }));

const CLAIMS: readonly Claim[] = [
  {
    published: ["kim.nofinetune.drop"],
    statement:
      "Before fine-tuning, a factorised network has lost about 50 points (judged: at least 50).",
    // Only told of AlexNet.
    parts: "alexnet-*",
    pairs: [2, PAPER[0][1]].map((rate) => ({
      better: "dense",
      than: `tucker-${rate}x`,
      value: "cut" as const,
      margin: -50,
    })),
  },
  {
    published: ["kim.finetune.epoch"],
    statement:
      "After one fine-tune a factorised network is nearly as accurate as the dense one (within 1.7 points).",
    parts: "*",
    pairs: PAIRS("tucker", "dense", 1.7),
  },
  {
    published: ["kim.scratch"],
    statement:
      "Training the factorised structure from random weights does not reach the fine-tuned one.",
    parts: "*",
    pairs: PAIRS("tucker", "scratch"),
  },
  {
    published: [],
    statement: "Tucker is at least as good as CP.",
    parts: "*",
    pairs: PAIRS("tucker", "cp"),
  },
];

/** The accuracy part of Kim et al. */
export const tuckerStudy: Experiment = {
  id: "tucker",
  title: "Tucker one-shot: drop, recovery, start from random weights, CP",
  description:
    "Tucker-2 with EVBMF ranks, HOOI, CP and random starts on AlexNet, VGG-16, ResNet-20",
  parts(scale: Scale) {
    if (scale === "quick") {
      const few = ["tucker-2x", "scratch-2x", "cp-2x"];
      const chosen = cells([2]).filter(({ id }) => few.includes(id));
      // ALS needs most of a minute to end by itself.
      const hasty = chosen.map((cell) =>
        cell.method === "cp" ? { ...cell, options: { sweeps: 2 } } : cell
      );
      return [{ ...cifar("vgg-16-cifar", scale), cells: hasty }];
    }
    if (scale === "full") {
      return PAPER.map(([network, rate]) => ({
        ...tunedOnImageNet(network),
        cells: cells([rate]),
      }));
    }
    const vgg = cifar("vgg-16-cifar", scale);
    return [
      { ...vgg, cells: [TUNED, ...cells([2, 3])], timed: true },
      { ...resnet20File(), cells: [TUNED, ...cells([2])] },
      { ...alexnetCifar(scale), cells: [TUNED, ...cells([2])] },
    ];
  },
  claims: CLAIMS,
};
