/**
 * How RT3D's published values are tested.
 *
 * @module
 */

import { denseMacs, denseMebibytes, publishedNumber, roundingOf } from "./arithmetic.ts";
import { findPublished } from "./published.ts";
import {
  type Entry,
  outOfReach,
  type Question,
  setting,
  type SuiteRowName,
  type Training,
} from "./question.ts";
import { directionOf, gainOf, notWorse, roundsTo } from "./rule.ts";

const UCF101 = "needs UCF101 and weights pretrained on Kinetics, and days on several GPUs: " +
  "`deno task experiment rt3d --scale full` runs it for who has them";
const PHONE =
  "an absolute time on a Galaxy S20: `deno task bench --devices adb:SERIAL` measures it on one";
const GPU = "needs the phone's GPU; the only OpenCL device here is a processor";
const MNN =
  "needs MNN, which neither npm nor Debian has: `--peers mnn` runs it where it is installed";

/** Vanilla's time on the phone ÷ that of KGS, C3D at equal accuracy. */
const HIGHER_KGS_GAIN = 1.6;

/** A network as the list and as suites and experiments name it. */
interface Network {
  readonly list: string;
  readonly suite: string;
  /** Parts of the experiment, a pattern. */
  readonly parts: string;
  /** The higher rate that the paper has for it. */
  readonly high: string;
}

const C3D: Network = { list: "c3d", suite: "c3d", parts: "c3d-*", high: "3.6x" };
const R21D: Network = { list: "r21d", suite: "r2plus1d-18", parts: "r2plus1d-*", high: "3.2x" };
const S3D: Network = { list: "s3d", suite: "s3d", parts: "", high: "2.1x" };

const KGS: SuiteRowName = { method: "rt3d", scheme: "kgs 8x4" };
const DENSE: SuiteRowName = { method: "dense", scheme: "" };
const DIRECT: SuiteRowName = { method: "dense", scheme: "direct" };
const PYTORCH: SuiteRowName = { method: "pytorch", scheme: "dense" };

/** Algorithms as the list and as the experiment name them, each better than the one before. */
const ALGORITHMS = [
  ["heuristic", "one-shot"],
  ["regularization", "fixed"],
  ["reweighted", "reweighted"],
] as const;

function pairIn({ parts }: Network, better: string, than: string, margin = 0): Training {
  return {
    kind: "training",
    experiment: "rt3d",
    parts,
    pairs: [{ better, than }],
    rule: directionOf(notWorse(margin)),
  };
}

/** Table 1: each structure before the coarser one, each algorithm before the simpler one. */
function accuracies(network: Network): Entry[] {
  const dense = publishedNumber(`rt3d.t1.${network.list}.base.top1`);
  return ALGORITHMS.flatMap(([listed, algorithm], at): Entry[] => {
    const id = (scheme: string, rate: string) =>
      `rt3d.t1.${network.list}.${listed}.${scheme}.${rate}.top1`;
    const cell = (scheme: string) => `${scheme}-${algorithm}-2.6x`;
    const simpler = ALGORITHMS[at - 1]?.[1];
    const beforeSimpler = (scheme: string) =>
      simpler ? [pairIn(network, cell(scheme), `${scheme}-${simpler}-2.6x`)] : [];
    const loss = dense - publishedNumber(id("filter", "2.6x"));
    const high = id("kgs", network.high);
    return [
      {
        claims: [id("filter", "2.6x")],
        questions: simpler
          ? beforeSimpler("filter")
          : [pairIn(network, cell("filter"), "dense", Number(loss.toFixed(1)))],
      },
      {
        claims: [id("vanilla", "2.6x")],
        questions: [pairIn(network, cell("vanilla"), cell("filter")), ...beforeSimpler("vanilla")],
      },
      {
        claims: [id("kgs", "2.6x")],
        questions: [pairIn(network, cell("kgs"), cell("vanilla")), ...beforeSimpler("kgs")],
      },
      {
        claims: [high],
        questions: algorithm === "reweighted"
          ? [pairIn(
            network,
            "kgs-reweighted-3.6x",
            "kgs-reweighted-2.6x",
            Number((publishedNumber(id("kgs", "2.6x")) - publishedNumber(high)).toFixed(1)),
          )]
          : [{ kind: "out of reach", reason: `only at full scale: ${UCF101}` }],
        ...(algorithm === "reweighted" && { note: "tested at the rates 3.6× and 2.6×" }),
      },
    ];
  });
}

/** MACs that are left, against the rate that is stated with them. */
function macsLeft(claim: string, stated: string, { suite }: Network): Entry {
  return {
    claims: [claim],
    questions: [{
      kind: "derivation",
      what: "MACs of the dense network ÷ the MACs that are said to be left",
      derive: () => denseMacs(suite) / (publishedNumber(claim) * 1e9),
      rule: roundsTo(stated, roundingOf(claim)),
    }],
    note: `the paper states ${stated}× with it`,
  };
}

function faster(
  { suite }: Network,
  row: SuiteRowName,
  than: SuiteRowName,
  factor: number,
): Question {
  return {
    kind: "timing",
    suite,
    faster: row,
    than,
    rule: gainOf(Number(factor.toFixed(2))),
  };
}

/** Table 2: times on the phone, of which the ratios can be measured elsewhere. */
function latencies(network: Network): Entry[] {
  const id = (rest: string) => `rt3d.t2.${network.list}.${rest}`;
  const gain = publishedNumber(id("dense.cpu")) / publishedNumber(id("sparse.cpu"));
  const sparse: Entry = {
    claims: [id("sparse.cpu")],
    questions: [faster(network, KGS, DIRECT, gain)],
    note: `${PHONE}; tested is its ratio to the dense model by the same kernels, ${
      gain.toFixed(2)
    }×`,
  };
  const overPyTorch = (row: SuiteRowName, name: string): Entry => {
    const claim = id(`${name}.cpu.speedup_vs_pytorch`);
    return {
      claims: [claim],
      questions: [faster(network, row, PYTORCH, publishedNumber(claim))],
      note: "PyTorch of a desktop instead of PyTorch Mobile, on the processor of the run",
    };
  };
  return [
    outOfReach(PHONE, id("pytorch.cpu"), id("dense.cpu")),
    outOfReach(GPU, id("dense.gpu"), id("sparse.gpu")),
    outOfReach(GPU, id("dense.gpu.speedup_vs_pytorch"), id("sparse.gpu.speedup_vs_pytorch")),
    sparse,
    overPyTorch(DENSE, "dense"),
    overPyTorch(KGS, "sparse"),
    outOfReach(UCF101, id("sparse.top1")),
  ];
}

/** Table 3: at equal accuracy KGS leaves fewer MACs than Vanilla. */
function equalAccuracy(network: Network): Entry[] {
  const id = (rest: string) => `rt3d.t3.${network.list}.${rest}`;
  return [
    ...(["vanilla", "kgs"] as const).map((scheme) =>
      macsLeft(
        id(`${scheme}.flops_after`),
        findPublished(id(`${scheme}.flops_rate`)).value,
        network,
      )
    ),
    {
      claims: [id("vanilla.flops_rate"), id("kgs.flops_rate")],
      questions: [pairIn(network, "kgs-reweighted-3.6x", "vanilla-reweighted-2.6x")],
      note: "tested at the rates of the experiment: KGS at 3.6× is as accurate as Vanilla at 2.6×",
    },
    ...(network === C3D
      ? []
      : [outOfReach(PHONE, id("vanilla.latency_cpu"), id("kgs.latency_cpu"))]),
    outOfReach(GPU, id("vanilla.latency_gpu"), id("kgs.latency_gpu")),
    outOfReach(UCF101, id("top1")),
  ];
}

/** How all of RT3D's published values are tested. */
export const rt3dEntries = (): readonly Entry[] => [
  ...[C3D, R21D].map(({ list, suite }): Entry => ({
    claims: [`rt3d.t1.${list}.base.size`],
    questions: [{
      kind: "derivation",
      what: "parameters × 4 bytes, in MiB",
      derive: () => denseMebibytes(suite),
      rule: roundsTo(findPublished(`rt3d.t1.${list}.base.size`).value),
    }],
    note: "the paper's MB are MiB",
  })),
  outOfReach(UCF101, "rt3d.t1.c3d.base.top1", "rt3d.t1.r21d.base.top1", "rt3d.s3d.base.top1"),
  ...[C3D, R21D].flatMap(accuracies),
  macsLeft("rt3d.t1.c3d.flops.2.6x", "2.6", C3D),
  macsLeft("rt3d.t1.c3d.flops.3.6x", "3.6", C3D),
  macsLeft("rt3d.t1.r21d.flops.2.6x", "2.6", R21D),
  macsLeft("rt3d.t1.r21d.flops.3.2x", "3.2", R21D),
  {
    claims: ["rt3d.t1.loss.2.6x.max", "rt3d.head.loss"],
    questions: [C3D, R21D].map((network) => pairIn(network, "kgs-reweighted-2.6x", "dense", 1.5)),
    note: "the headline joins two models: 29.1× is R(2+1)D at 3.2×, which loses 2.0 points; " +
      "1 to 1.5 points is at 2.6×",
  },
  ...[C3D, R21D, S3D].flatMap(latencies),
  outOfReach(
    MNN,
    "rt3d.t2.c3d.mnn.cpu",
    "rt3d.t2.r21d.mnn.unsupported",
    "rt3d.t2.s3d.mnn.unsupported",
  ),
  outOfReach(MNN, "rt3d.t2.c3d.sparse.cpu.speedup_vs_mnn", "rt3d.t2.c3d.sparse.gpu.speedup_vs_mnn"),
  {
    claims: ["rt3d.c3d.gpu.sparse_over_dense"],
    questions: [{
      kind: "timing",
      suite: "c3d",
      faster: KGS,
      than: DIRECT,
      rule: directionOf(gainOf(publishedNumber("rt3d.c3d.gpu.sparse_over_dense"))),
    }],
    note: "on a processor instead of the phone's GPU; dense by the same kernels, at the same rate",
  },
  ...[C3D, R21D].flatMap(equalAccuracy),
  {
    claims: ["rt3d.t3.c3d.vanilla.latency_cpu", "rt3d.t3.c3d.kgs.latency_cpu"],
    questions: [{
      kind: "timing",
      experiment: "rt3d",
      suite: "rt3d-small-c3d-moving-shapes",
      faster: { method: "rt3d", scheme: "KGS 4x2, reweighted, 3.6x" },
      than: { method: "rt3d", scheme: "Vanilla 4x2, reweighted, 2.6x" },
      rule: directionOf(gainOf(HIGHER_KGS_GAIN)),
    }],
    note: `${PHONE}; tested is their ratio, ${HIGHER_KGS_GAIN}×, on the small networks of the ` +
      "experiment: KGS at 3.6× over Vanilla at 2.6×",
  },
  ...[C3D, R21D, S3D].map(({ list, suite }) =>
    setting(`rt3d.t2.${list}.sparse.rate`, `the rate of \`deno task bench ${suite}\``)
  ),
  outOfReach(GPU, "rt3d.head.speedup", "rt3d.head.latency"),
  outOfReach(PHONE, "rt3d.intro.c3d.pytorch"),
  setting("rt3d.hp.batch", "32 at full scale"),
  setting("rt3d.hp.clip", "16 frames in all suites of clips"),
  setting("rt3d.hp.lr_dense", "full scale begins with networks that are trained"),
  setting("rt3d.hp.lr_prune", "0.0002 at full scale, by a cosine in every stage"),
  setting("rt3d.hp.epochs", "240 at full scale: 150 pruning, 90 retraining"),
  setting(
    "rt3d.hp.lambda",
    "chosen so that groups vanish in the epochs that there are; `strength` sets it",
  ),
  setting("rt3d.hp.iters", "4, by default"),
  setting("rt3d.hp.gN", "4, by default; 2 in the narrow networks of small scale"),
  setting("rt3d.hp.gM", "8 or 4: both are rows of suites; 4 in the narrow networks of small scale"),
  setting("rt3d.hw.train", "training is graphs that ONNX Runtime runs: on any processor, or a GPU"),
  setting("rt3d.hw.runs", "8 rounds in fresh processes, methods in turn, medians with intervals"),
];
