/**
 * RT3D's table 1: three structures by three algorithms, and KGS at the higher rate.
 *
 * @module
 */

import { type Cell, type Claim, type Experiment, type Scale, TUNED } from "./experiment.ts";
import { onUcf101 } from "./papers.ts";
import { c3dShapes, c3dWeizmann, meshnetScan, r2plus1dFights, r2plus1dShapes } from "./learners.ts";

const SCHEMES = ["filter", "vanilla", "kgs"] as const;
const ALGORITHMS = ["one-shot", "greedy", "taylor", "fixed", "reweighted"] as const;
const NAMES: Readonly<Record<typeof ALGORITHMS[number], string>> = {
  "one-shot": "heuristic: magnitude",
  greedy: "heuristic: greedy",
  taylor: "heuristic: Taylor",
  fixed: "regularization",
  reweighted: "reweighted",
};

/** Blocks of networks of an eighth of the width; 8x4 would be whole layers there. */
const NARROW = "4x2";

function cell(
  scheme: typeof SCHEMES[number],
  algorithm: typeof ALGORITHMS[number],
  rate: number,
  size: string,
): Cell {
  const block: Cell["options"] = scheme === "filter" ? {} : { block: size };
  const shape = { kgs: `KGS ${size}`, vanilla: `Vanilla ${size}`, filter: "Filter" }[scheme];
  return {
    id: `${scheme}-${algorithm}-${rate}x`,
    label: `${shape}, ${NAMES[algorithm]}, ${rate}x`,
    method: "rt3d",
    options: { scheme, algorithm, ...block },
    target: { macs: rate },
  };
}

/** KGS at random, whose scores are worth nothing. */
function random(block: string): Cell {
  return {
    id: "random-kgs-2.6x",
    label: `KGS ${block}, at random, 2.6x`,
    method: "random-kgs",
    options: { block },
    target: { macs: 2.6 },
  };
}

/** KGS by reweighting at 2.6x with one more option. */
function variant(block: string, id: string, what: string, options: Cell["options"]): Cell {
  return {
    id: `kgs-${id}-2.6x`,
    label: `KGS ${block}, reweighted, ${what}, 2.6x`,
    method: "rt3d",
    options: { scheme: "kgs", block, algorithm: "reweighted", ...options },
    target: { macs: 2.6 },
  };
}

/** The paper's table: structure by algorithm at 2.6x, and KGS at a higher rate. */
function table(block: string): Cell[] {
  return [
    TUNED,
    ...(["one-shot", "fixed", "reweighted"] as const).flatMap((algorithm) =>
      SCHEMES.map((scheme) => cell(scheme, algorithm, 2.6, block))
    ),
    cell("kgs", "reweighted", 3.6, block),
  ];
}

/** Vanilla at the higher rate, and more heuristics. */
function more(block: string): Cell[] {
  return [
    cell("vanilla", "reweighted", 3.6, block),
    cell("kgs", "greedy", 2.6, block),
    cell("kgs", "taylor", 2.6, block),
  ];
}

/** What is beside the table: options of reweighting, and what chance does. */
function beside(block: string): Cell[] {
  return [
    variant(block, "by-macs", "layers pushed by their MACs", { weighByMacs: true }),
    variant(block, "distilled", "taught by the dense network", { distill: true }),
    {
      id: "kgs-one-shot-global-2.6x",
      label: `KGS ${block}, magnitude by one threshold for all layers, 2.6x`,
      method: "rt3d",
      options: { scheme: "kgs", block, allocation: "global", relative: true },
      target: { macs: 2.6 },
    },
    random(block),
  ];
}

/** Everything by everything, for those with the time. */
function all(block: string): Cell[] {
  const cells = [2.6, 3.6].flatMap((rate) =>
    ALGORITHMS.flatMap((algorithm) => SCHEMES.map((scheme) => cell(scheme, algorithm, rate, block)))
  );
  return [TUNED, ...cells];
}

/** Structures by rate, with what is left trained on: for networks that come trained. */
const BY_RATE: readonly Cell[] = [1.5, 2, 3].flatMap((rate) =>
  SCHEMES.map((scheme) => cell(scheme, "one-shot", rate, "4x4"))
);

const PUBLISHED = (algorithm: string, scheme: string) =>
  ["c3d", "r21d"].map((network) => `rt3d.t1.${network}.${algorithm}.${scheme}.2.6x.top1`);

const CLAIMS: readonly Claim[] = [
  {
    published: [
      ...PUBLISHED("reweighted", "kgs"),
      ...PUBLISHED("reweighted", "vanilla"),
      ...PUBLISHED("reweighted", "filter"),
    ],
    statement: "At equal MACs KGS is at least as accurate as Vanilla, and Vanilla as Filter.",
    parts: "*",
    pairs: (["one-shot", "fixed", "reweighted"] as const).flatMap((algorithm) => [
      { better: `kgs-${algorithm}-2.6x`, than: `vanilla-${algorithm}-2.6x` },
      { better: `vanilla-${algorithm}-2.6x`, than: `filter-${algorithm}-2.6x` },
    ]),
  },
  {
    published: [
      ...PUBLISHED("reweighted", "kgs"),
      ...PUBLISHED("regularization", "kgs"),
      ...PUBLISHED("heuristic", "kgs"),
    ],
    statement:
      "Reweighted pruning is at least as accurate as fixed regularization and as heuristics.",
    parts: "*",
    pairs: SCHEMES.flatMap((scheme) => [
      { better: `${scheme}-reweighted-2.6x`, than: `${scheme}-fixed-2.6x` },
      { better: `${scheme}-reweighted-2.6x`, than: `${scheme}-one-shot-2.6x` },
    ]),
  },
  {
    published: [],
    statement:
      "It is learning that makes the difference, not how rates are shared: both with one threshold.",
    parts: "*",
    pairs: [{ better: "kgs-reweighted-2.6x", than: "kgs-one-shot-global-2.6x" }],
  },
  {
    published: [],
    statement: "Epochs alone gain nothing: the dense network is as good without those of a method.",
    parts: "*",
    pairs: [{ better: "dense", than: "dense-tuned" }],
  },
  {
    published: [],
    statement:
      "Of a segmenting network, too, KGS keeps more of the dense output than Vanilla, and Vanilla than Filter.",
    parts: "meshnet-*",
    pairs: [1.5, 2, 3].flatMap((rate) => [
      { better: `kgs-one-shot-${rate}x`, than: `vanilla-one-shot-${rate}x` },
      { better: `vanilla-one-shot-${rate}x`, than: `filter-one-shot-${rate}x` },
    ]),
  },
  {
    published: ["rt3d.t1.loss.2.6x.max"],
    statement: "KGS with reweighting loses 1 to 1.5 points at 2.6x.",
    parts: "*",
    pairs: [{ better: "kgs-reweighted-2.6x", than: "dense", margin: 1.5 }],
  },
  {
    published: ["rt3d.t1.c3d.reweighted.kgs.3.6x.top1"],
    statement:
      "At equal accuracy KGS reaches a higher rate: at 3.6x it is as good as Vanilla at 2.6x.",
    parts: "*",
    pairs: [{ better: "kgs-reweighted-3.6x", than: "vanilla-reweighted-2.6x" }],
  },
];

/** RT3D's accuracy table. */
export const rt3dTable: Experiment = {
  id: "rt3d",
  title: "RT3D: structures and pruning algorithms at equal MACs",
  description:
    "Filter, Vanilla and KGS by heuristics, regularization and reweighting on C3D, R(2+1)D",
  parts(scale: Scale) {
    if (scale === "quick") {
      const few = /^kgs-.*-2.6x$|^filter-reweighted/;
      const cells = [...table(NARROW), ...more(NARROW)].filter(({ id }) => few.test(id));
      return [{ ...c3dShapes(scale), cells }];
    }
    if (scale === "full") {
      const cells = [...all("8x4"), ...beside("8x4")];
      return ["c3d", "r2plus1d-18", "s3d"].map((id) => ({ ...onUcf101(id), cells }));
    }
    const cells = table(NARROW);
    return [
      {
        ...c3dShapes(scale),
        cells: [...cells, ...more(NARROW), ...beside(NARROW)],
        timed: true,
      },
      { ...c3dWeizmann(), cells },
      { ...r2plus1dFights(), cells },
      { ...meshnetScan(), cells: BY_RATE },
      { ...r2plus1dShapes(scale), cells },
    ];
  },
  claims: CLAIMS,
};
