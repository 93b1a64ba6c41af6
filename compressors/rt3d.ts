/**
 * RT3D: structured sparsity for 3-D convolutions.
 *
 * @module
 */

import type { Norm } from "../graph/group_norms.ts";
import type { Compressor } from "./compressor.ts";
import { pruneFilters } from "./filters.ts";
import { prunableLayers, refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import type { Allocation } from "./sparsity/allocate.ts";
import { pruneGroups } from "./sparsity/prune.ts";
import { findScheme } from "./sparsity/schemes.ts";
import type { Block } from "./sparsity/schemes.ts";
import { groupScores } from "./sparsity/scores.ts";

/** Options of {@link rt3d}. */
export interface Rt3dOptions {
  /**
   * Which weights are removed together (section 2 of the paper).
   *
   * @default {"kgs"}
   */
  readonly scheme: "kgs" | "vanilla" | "filter";
  /**
   * gM x gN of a kernel group; the paper uses gN = 4 with gM = 4 or 8. The filter scheme has none.
   *
   * @default {"8x4"}
   */
  readonly block: Block;
  /**
   * How the budget is shared among the layers. The filter scheme knows only `"uniform"`.
   *
   * @default {"uniform"}
   */
  readonly allocation: Allocation;
  /**
   * The L_g norm of a group.
   *
   * @default {"l2"}
   */
  readonly norm: Exclude<Norm, "channel-l2">;
}

/**
 * RT3D by magnitude in one shot: kernel groups (KGS), blocks of kernels (Vanilla) or filters with the
 * smallest norm are removed until the target is reached. As in the paper, fully connected layers are
 * not pruned, and as in its authors' configurations the first convolution is not either. Filters are
 * removed physically, with the channels that read them.
 */
export const rt3d: Compressor<Rt3dOptions> = {
  id: "rt3d",
  description: "kernel groups (KGS), blocks of kernels (Vanilla) or filters of convolutions",
  paper: {
    authors: "Niu, Sun, Li, Chen, Dai, Yuan, Ren, Wang, Lin",
    title:
      "RT3D: Achieving Real-Time Execution of 3D Convolutional Neural Networks on Mobile Devices",
    venue: "AAAI 2021",
    url: "https://arxiv.org/abs/2007.09835",
  },

  parseOptions(raw) {
    const read = new OptionReader("rt3d", raw, ["scheme", "block", "allocation", "norm"]);
    const scheme = read.choice("scheme", ["kgs", "vanilla", "filter"], "kgs");
    return {
      scheme,
      block: read.block("block", "8x4"),
      allocation: read.choice(
        "allocation",
        scheme === "filter" ? ["uniform"] : ["uniform", "global"],
        "uniform",
      ),
      norm: read.choice("norm", ["l1", "l2", "linf"], "l2"),
    };
  },

  supports: (model) => supportsPruning(model),

  async compress(model, target, { scheme, block, allocation, norm }, context) {
    refuseUnsupported("rt3d", this.supports(model, { scheme, block, allocation, norm }));
    if (scheme === "filter") return await pruneFilters(model, target, { norm }, context);
    return await pruneGroups(model, target, {
      layers: prunableLayers(model),
      scheme: findScheme(scheme),
      block,
      allocation,
      score: (weight, layout) =>
        groupScores(weight, layout, norm, { normalised: allocation === "global" }),
      notes: [],
    }, context);
  },
};
