/**
 * How AutoCompress's published values are tested.
 *
 * @module
 */

import { type Entry, outOfReach, setting, type Training } from "./question.ts";
import { directionOf, notWorse } from "./rule.ts";

const FULL = "needs the whole width and hundreds of epochs: " +
  "`deno task experiment autocompress --scale full` runs it for who has the time; the page of the " +
  "experiment has the highest rates at small scale";
const IMAGENET = `needs ImageNet: ${FULL}`;
const PRIOR = "joins rates of other papers, one of them of another network; " +
  "from the stated 54.2× it follows only with a rate of 1.6× for the other";

/** Ways to choose filters that it is compared with. */
const CONTROLS = ["l1-filter", "l2-filter", "fpgm", "bn-slim", "netadapt", "amc"] as const;

/** It is before every control at equal weights. */
function beforeControls(parts: string): Training {
  return {
    kind: "training",
    experiment: "autocompress",
    parts,
    pairs: CONTROLS.map((method) => ({
      better: "even-autocompress-4x-weights",
      than: `${method}-4x-weights`,
    })),
    rule: directionOf(notWorse()),
  };
}

/** How all of AutoCompress's published values are tested. */
export const autocompressEntries = (): readonly Entry[] => [
  ...[["vgg16", "vgg-16-*"], ["r18", "resnet-18-*"]].flatMap(([list, parts]): Entry[] => {
    const id = (rest: string) => `autocompress.cifar.${list}.${rest}`;
    return [
      {
        claims: [id("rate")],
        questions: [beforeControls(parts)],
        note:
          "tested is whether it is before all controls at 4× of the weights and equal training; " +
          "the rate itself needs the whole width and hundreds of epochs",
      },
      outOfReach(FULL, id("loss"), id("acc"), id("flops_rate")),
    ];
  }),
  outOfReach("an absolute time on a Galaxy S10", "autocompress.cifar.vgg16.latency"),
  outOfReach(PRIOR, "autocompress.head.rate_vs_prior", "autocompress.head.params_vs_prior"),
  outOfReach(
    IMAGENET,
    ...["vgg16.rate", "vgg16.loss", "r18.rate", "r18.loss"].map((id) => `autocompress.in.${id}`),
    ...["rate0", "loss0", "rate1", "loss1"].map((id) => `autocompress.in.r50.${id}`),
    "autocompress.amc.max",
  ),
  setting("autocompress.sa.rounds", "rounds of 2x, by default, of weights or of MACs"),
  setting("autocompress.sa.accept", "the search that it uses"),
  setting("autocompress.phases", "both, in this order; `purify` switches the second off"),
];
