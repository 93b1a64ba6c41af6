/**
 * How the published values of Kim et al. (one-shot Tucker) are tested.
 *
 * @module
 */

import { type Counted, type Entry, outOfReach, type Question, setting } from "./question.ts";
import { directionOf, gainOf, notWorse } from "./rule.ts";

const TUCKER = { method: "tucker", scheme: "tucker-2 + svd" } as const;
const DENSE = { method: "dense", scheme: "" } as const;
const PHONE_2015 = "exynos-7420";

/** The four networks of the paper. */
const NETWORKS = ["alexnet", "vgg-s", "googlenet", "vgg-16"] as const;
/** The smallest speed-up that it states of them, on the phone. */
const LEAST = 1.42;

function trained(better: string, than: string, margin = 0): Question {
  return {
    kind: "training",
    experiment: "tucker",
    parts: "alexnet-*",
    pairs: [{ better, than }],
    rule: directionOf(notWorse(margin)),
  };
}

/** What one row of AlexNet does on the phone of the paper, emulated. */
function counted(of: Counted, against: Counted, statement: string): Question {
  return {
    kind: "count",
    suite: "alexnet",
    device: PHONE_2015,
    rate: 1.8,
    of,
    against,
    rule: { statement, direction: { low: 1, high: Infinity } },
  };
}

/** How all of their published values are tested. */
export const tuckerEntries = (): readonly Entry[] => [
  {
    claims: ["kim.s6.speedup.range"],
    questions: NETWORKS.map((suite): Question => ({
      kind: "timing",
      suite,
      faster: TUCKER,
      than: DENSE,
      rule: gainOf(LEAST),
    })),
    note: `each network gains at least ${LEAST}×, the smallest that is stated, ` +
      "over our best dense kernels on the processor of the run",
  },
  outOfReach("needs a large GPU and its libraries", "kim.titanx.speedup.range", "kim.s6.threads"),
  {
    claims: ["kim.nofinetune.drop"],
    questions: [{
      kind: "training",
      experiment: "tucker",
      parts: "alexnet-*",
      pairs: [{ better: "dense", than: "tucker-2x" }],
      value: "cut",
      rule: {
        statement: "at least 10 points lost; elsewhere than in the paper, so a direction at most",
        direction: { low: 10, high: Infinity },
      },
    }],
    note: "on CIFAR-10 instead of ImageNet, so how many points are lost cannot be compared",
  },
  {
    claims: ["kim.finetune.epoch"],
    questions: [trained("tucker-2x", "dense", 1.7)],
    note:
      "tested is that training brings back all but 1.7 points; the curve by epoch is on the page",
  },
  { claims: ["kim.scratch"], questions: [trained("tucker-2x", "scratch-2x")] },
  {
    claims: ["kim.fc_vs_conv"],
    questions: [{
      kind: "layer timing",
      suite: "alexnet",
      faster: TUCKER,
      than: DENSE,
      more: "fc*",
      less: "conv*",
      rule: gainOf(1),
    }],
    note: "on the processor of the run",
  },
  {
    claims: ["kim.power.order"],
    questions: [
      counted(
        { ...DENSE, what: "modelled power of the dense network", quantity: "energy", per: "time" },
        { ...TUCKER, what: "of the compressed one", quantity: "energy", per: "time" },
        "the dense network draws more",
      ),
      counted(
        {
          ...TUCKER,
          what: "misses of the first cache for each MAC of 1x1 factors",
          quantity: "l1d-misses",
          per: "macs",
          operators: ["conv*/in*", "conv*/out*"],
        },
        {
          ...TUCKER,
          what: "of core factors",
          quantity: "l1d-misses",
          per: "macs",
          operators: ["conv*/core*"],
        },
        "1x1 convolutions miss more",
      ),
    ],
    note: "power of the processor by a model of its energy, on an emulated Exynos 7420; " +
      "the paper measured the GPU's",
  },
  setting("kim.finetune.lr", "0.001 at full scale, a tenth after 5 and 10 epochs"),
  setting(
    "kim.rank.method",
    "the default of `tucker`: EVBMF, Tucker-2, SVD; ranks are then scaled to the rate that is asked " +
      "for, unless `scaling` says that they stay as they are found",
  ),
  outOfReach(
    "quoted by another paper, of ImageNet and its own ranks",
    "kim.alds.alexnet.dtop5",
    "kim.alds.alexnet.flops",
  ),
];
