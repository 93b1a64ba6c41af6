/**
 * Pattern-based pruning of 3x3 kernels.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { Compressor } from "./compressor.ts";
import { kernelOf, prunableLayers, refuseUnsupported, supportsPruning } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { naturalPatterns, RELEASED } from "./pattern/library.ts";
import { rankKernels } from "./pattern/ranker.ts";
import { indexBytesTrace } from "./sparsity/index_bytes.ts";
import { pruneGroups } from "./sparsity/prune.ts";
import type { Scheme } from "./sparsity/schemes.ts";

/** Options of {@link pattern}. */
export interface PatternOptions {
  /**
   * The patterns: the 13 of YOLObile's released code, which keep 5 positions, or those of 4 positions
   * around the middle that are most frequent in the model's own kernels (PatDNN).
   *
   * @default {"natural"}
   */
  readonly library: "released" | "natural";
  /**
   * Whether whole kernels go too, those of the smallest L2 norm; else the patterns alone decide the
   * rate.
   *
   * @default {true}
   */
  readonly connectivity: boolean;
  /**
   * Whether weights are cut as they are or first drawn to patterns by ADMM, as PatDNN does.
   *
   * @default {"one-shot"}
   */
  readonly algorithm: "one-shot" | "admm";
}

/** Weights are kept one by one, in kernels whose patterns are of one library. */
const PATTERN: Scheme = {
  id: "pattern",
  description: "one of a few patterns in each 3x3 kernel, and whole kernels",
  blocked: false,
  layout: () => ({ filters: 1, channels: 1, positions: "each" }),
};

/**
 * Pattern-based pruning, as the paper of YOLObile compares with: only 3x3 kernels can be pruned, so
 * that the rate of a whole network has a bound. Every kernel takes the pattern that leaves the largest
 * L2 norm; then kernels go until the target is reached, the same share in every layer.
 */
export const pattern: Compressor<PatternOptions> = {
  id: "pattern",
  description: "patterns of positions in 3x3 kernels, and whole kernels (control)",
  paper: {
    authors: "Niu, Ma, Lin, Wang, Qian, Lin, Wang, Ren",
    title:
      "PatDNN: Achieving Real-Time DNN Execution on Mobile Devices with Pattern-based Weight " +
      "Pruning",
    venue: "ASPLOS 2020",
    url: "https://arxiv.org/abs/2001.00138",
  },

  parseOptions(raw) {
    const read = new OptionReader("pattern", raw, ["library", "connectivity", "algorithm"]);
    return {
      library: read.choice("library", ["released", "natural"], "natural"),
      connectivity: read.flag("connectivity", true),
      algorithm: read.choice("algorithm", ["one-shot", "admm"], "one-shot"),
    };
  },

  supports(model) {
    const support = supportsPruning(model);
    return !support.ok || patternedLayers(model).length > 0
      ? support
      : { ok: false, reason: `model "${model.name}" has no 3x3 convolution that may be pruned` };
  },

  needs: ({ algorithm }) => algorithm === "one-shot" ? [] : ["pruning"],

  async compress(model, target, options, context) {
    refuseUnsupported("pattern", this.supports(model, options));
    const layers = patternedLayers(model);
    const library = options.library === "released"
      ? RELEASED
      : naturalPatterns(layers.map(({ inputs: [, weight] }) => model.weights.get(weight)!));
    return await pruneGroups(model, target, {
      layers,
      scheme: PATTERN,
      block: { filters: 1, channels: 1 },
      allocation: "uniform",
      ranker: rankKernels(library, options.connectivity),
      ...(options.algorithm === "admm" && { learn: options.algorithm }),
      notes: [
        `${library.patterns.length} patterns that keep ${library.keeps} of 9 positions, ` +
        (options.connectivity ? "kernels removed as well" : "no kernel removed"),
      ],
      traces: (pruned) => [indexBytesTrace(pruned)],
    }, context);
  },
};

/** The layers whose kernels can have patterns. */
function patternedLayers(model: Model) {
  return prunableLayers(model).filter((layer) => kernelOf(model, layer).join() === "3,3");
}
