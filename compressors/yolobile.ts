/**
 * YOLObile: block-punched pruning.
 *
 * @module
 */

import type { Compressor } from "./compressor.ts";
import { prunableLayers, refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import type { Allocation } from "./sparsity/allocate.ts";
import { pruneGroups } from "./sparsity/prune.ts";
import { findScheme } from "./sparsity/schemes.ts";
import type { Block } from "./sparsity/schemes.ts";
import { groupScores } from "./sparsity/scores.ts";

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
   * How the budget is shared among the layers.
   *
   * @default {"uniform"}
   */
  readonly allocation: Allocation;
}

/**
 * YOLObile's block-punched pruning by magnitude in one shot: of every block of filters and channels,
 * kernel positions are removed for all its kernels together. Scores are those of the released code:
 * L2 over the filters, summed over the channels.
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
    const read = new OptionReader("yolobile", raw, ["block", "fullyConnected", "allocation"]);
    return {
      block: read.block("block", "8x4"),
      fullyConnected: read.flag("fullyConnected", true),
      allocation: read.choice("allocation", ["uniform", "global"], "uniform"),
    };
  },

  supports: (model, options) => supportsPruning(model, options),

  async compress(model, target, options, context) {
    refuseUnsupported("yolobile", this.supports(model, options));
    return await pruneGroups(model, target, {
      layers: prunableLayers(model, options),
      scheme: findScheme("block-punched"),
      block: options.block,
      allocation: options.allocation,
      score: (weight, layout) =>
        groupScores(weight, layout, "channel-l2", {
          normalised: options.allocation === "global",
        }),
      notes: [],
    }, context);
  },
};
