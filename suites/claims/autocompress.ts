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
const SIZES = "counts the size of another network besides, whose rate is another paper's";

/** A pair of the experiment, where networks are narrower and training is shorter than in the paper. */
function trained(parts: string, better: string, than: string): Training {
  return {
    kind: "training",
    experiment: "autocompress",
    parts,
    pairs: [{ better, than }],
    rule: directionOf(notWorse()),
  };
}

/** How all of AutoCompress's published values are tested. */
export const autocompressEntries = (): readonly Entry[] => [
  ...[["vgg16", "vgg-16-*"], ["r18", "resnet-18-*"]].flatMap(([list, parts]): Entry[] => {
    const id = (rest: string) => `autocompress.cifar.${list}.${rest}`;
    return [
      {
        claims: [id("rate"), id("loss")],
        questions: [trained(parts, "autocompress-4x-weights", "dense")],
        note: "tested is whether 4× of the weights go without loss; the rate itself " + FULL,
      },
      outOfReach(FULL, id("acc"), id("flops_rate")),
    ];
  }),
  outOfReach("an absolute time on a Galaxy S10", "autocompress.cifar.vgg16.latency"),
  {
    claims: ["autocompress.head.rate_vs_prior"],
    questions: ["netadapt", "amc"].map((method) =>
      trained("*", "even-autocompress-4x-weights", `${method}-4x-weights`)
    ),
    note:
      "tested is whether it is more accurate than other automatic ways at 4× of the weights and " +
      "equal training; by how much its rate is higher " + FULL,
  },
  outOfReach(SIZES, "autocompress.head.params_vs_prior"),
  outOfReach(
    IMAGENET,
    ...["vgg16.rate", "vgg16.loss", "r18.rate", "r18.loss"].map((id) => `autocompress.in.${id}`),
    ...["rate0", "loss0", "rate1", "loss1"].map((id) => `autocompress.in.r50.${id}`),
    "autocompress.amc.max",
  ),
  setting(
    "autocompress.sa.rounds",
    "each round doubles the rate, by default, of weights or of MACs",
  ),
  setting(
    "autocompress.sa.accept",
    "annealing; a worse action is judged by points of accuracy lost",
  ),
  setting("autocompress.phases", "both, in this order; `purify` switches the second off"),
];
