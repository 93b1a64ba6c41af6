/**
 * YOLObile: block-punched pruning.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { replaceOperators } from "../graph/rewrites/replace_operators.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Compressor } from "./compressor.ts";
import { kernelOf, prunableLayers, refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { indexBytesTrace } from "./sparsity/index_bytes.ts";
import { type GroupMethod, pruneGroups } from "./sparsity/prune.ts";
import { type GroupScore, rankBy } from "./sparsity/ranking.ts";
import { findScheme } from "./sparsity/schemes.ts";
import type { Block } from "./sparsity/schemes.ts";
import { groupScores } from "./sparsity/scores.ts";
import { mismatchOf, RATIO_SETS, type RatioSet, ratiosOf } from "./yolobile/ratio_sets.ts";
import { byCommonRatio, byRatios, rankByScoreAlone, type RatioRule } from "./yolobile/released.ts";

/** Options of {@link yolobile}. */
export interface YolobileOptions {
  /**
   * Filters x channels of a block; the paper settles on 8 x 4.
   *
   * @default {"8x4"}
   */
  readonly block: Block;
  /**
   * Whether fully connected layers are pruned, as 1x1 convolutions: blocks are kept or removed whole.
   *
   * @default {true}
   */
  readonly fullyConnected: boolean;
  /**
   * How the weights that go are found:
   * - `"one-shot"`: by magnitude, of the weights as they are;
   * - `"reweighted"`: the paper's; groups are penalised, the more the smaller they have become;
   * - `"admm"`: the released code's; weights are drawn to what they will keep, with a share for each
   *   layer that is fixed beforehand.
   *
   * @default {"one-shot"}
   */
  readonly algorithm: "one-shot" | "reweighted" | "admm";
  /**
   * How the budget is shared among the layers: the same sparsity in all; `"uneven"`, a higher one in
   * layers with kernels above 1x1; or `"global"`, by one threshold on all scores, so that it emerges.
   *
   * @default {"uniform"}
   */
  readonly allocation: "uniform" | "uneven" | "global";
  /**
   * How many times as sparse as 1x1 and fully connected layers the others are when the allocation is
   * uneven; the paper takes 1.15.
   *
   * @default {1.15}
   */
  readonly unevenness: number;
  /**
   * Shares for each layer from the configurations of the released code, for YOLOv4 of any width. Takes
   * the place of `allocation`; a target that the set does not reach is refused.
   *
   * @default {""}, none
   */
  readonly ratios: RatioSet | "";
  /**
   * Which groups make up a share: `"percentile"` as in the released code, by a percentile which goes
   * too, and without the group that every block of filters keeps otherwise.
   *
   * @default {"exact"}
   */
  readonly scores: RatioRule;
  /**
   * What becomes of Mish and of spatial attention: `"replace"` makes them leaky ReLU and nothing,
   * `"hard-sigmoid"` keeps the attention with that gate, which the paper tried first.
   *
   * @default {"keep"}
   */
  readonly operators: "keep" | "replace" | "hard-sigmoid";
}

/**
 * YOLObile's block-punched pruning: of every block of filters and channels, kernel positions are
 * removed for all its kernels together. Scores are those of the released code: L2 over the filters,
 * summed over the channels.
 *
 * The paper knows 2-D kernels; the positions of a 3-D kernel are flattened, so that it has `D H W` of
 * them. The first convolution and the heads (C3D: the last fully connected layer) stay dense, as in
 * the released configurations; the other fully connected layers are pruned as the paper describes.
 */
export const yolobile: Compressor<YolobileOptions> = {
  id: "yolobile",
  description: "kernel positions punched out of blocks of filters and channels, FC layers included",
  paper: {
    authors: "Cai, Li, Yuan, Niu, Li, Tang, Ren, Wang",
    title: "YOLObile: Real-Time Object Detection on Mobile Devices via Compression-Compilation " +
      "Co-Design",
    venue: "AAAI 2021",
    url: "https://arxiv.org/abs/2009.05697",
  },

  parseOptions(raw) {
    const read = new OptionReader("yolobile", raw, [
      "block",
      "fullyConnected",
      "algorithm",
      "allocation",
      "unevenness",
      "ratios",
      "scores",
      "operators",
    ]);
    const scores = read.choice("scores", ["exact", "percentile"], "exact");
    const common = ["uniform", "uneven"] as const;
    const allocations = scores === "percentile"
      ? common // a percentile is one layer's
      : [...common, "global"] as const;
    return {
      block: read.block("block", "8x4"),
      fullyConnected: read.flag("fullyConnected", true),
      algorithm: read.choice("algorithm", ["one-shot", "reweighted", "admm"], "one-shot"),
      allocation: read.choice("allocation", allocations, "uniform"),
      unevenness: read.number("unevenness", 1.15, 1, 4),
      ratios: read.choice("ratios", ["", ...RATIO_SETS], ""),
      scores,
      operators: read.choice("operators", ["keep", "replace", "hard-sigmoid"], "keep"),
    };
  },

  supports(model, options) {
    const { pruned } = withOperators(model, options);
    const support = supportsPruning(pruned, options);
    if (!support.ok || options.ratios === "") return support;
    const reason = mismatchOf(pruned, prunableLayers(pruned, options));
    return reason === undefined
      ? support
      : { ok: false, reason: `ratio set "${options.ratios}" does not fit: ${reason}` };
  },

  needs: ({ algorithm }) => algorithm === "one-shot" ? [] : ["pruning"],

  async compress(model, target, options, context) {
    refuseUnsupported("yolobile", this.supports(model, options));
    const { pruned, notes } = withOperators(model, options);
    const layers = prunableLayers(pruned, options);
    const method: GroupMethod = {
      layers,
      scheme: findScheme("block-punched"),
      block: options.block,
      given: model,
      allocation: options.allocation === "uneven" ? "uniform" : options.allocation,
      severity: (layer) =>
        options.allocation === "uneven" && sizeOf(kernelOf(pruned, layer)) > 1
          ? options.unevenness
          : 1,
      ...(options.algorithm !== "one-shot" && {
        learn: options.algorithm === "admm" ? "admm" : { kind: "reweighted" },
      }),
      notes,
      traces: (compressed) => [indexBytesTrace(compressed)],
    };
    const score: GroupScore = (weight, layout) =>
      groupScores(weight, layout, "channel-l2", { normalised: method.allocation === "global" });
    const { ratios: set, scores: rule } = options;
    if (set !== "") {
      const ratios = ratiosOf(set, pruned, layers);
      const ranker = rankByScoreAlone(score, rule, ratios);
      const note =
        `every layer keeps what ratio set "${set}" gives it, whatever lower rate is asked`;
      return await pruneGroups(pruned, target, {
        ...method,
        ranker,
        allocation: byRatios(ratios, rule),
        notes: [...notes, note],
      }, context);
    }
    return await pruneGroups(
      pruned,
      target,
      rule === "percentile"
        ? { ...method, ranker: rankByScoreAlone(score, rule), allocation: byCommonRatio(rule) }
        : { ...method, ranker: rankBy(score) },
      context,
    );
  },
};

/** The model with the operators that are asked for, and what to tell of it. */
function withOperators(model: Model, { operators }: YolobileOptions) {
  if (operators === "keep") return { pruned: model, notes: [] };
  const attention = operators === "replace" ? "remove" : operators;
  const replaced = replaceOperators(model, { attention });
  const gates = attention === "remove" ? "removed" : "given a hard sigmoid";
  return {
    pruned: replaced.model,
    notes: [
      `operators: ${replaced.mish.length} Mish became leaky ReLU, ` +
      `${replaced.attention.length} attention modules were ${gates}`,
    ],
  };
}
