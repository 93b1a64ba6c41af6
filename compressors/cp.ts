/**
 * CP: convolutions as sums of separable ones.
 *
 * @module
 */

import type { Compressor } from "./compressor.ts";
import { factorisationOf } from "./cp/factorisation.ts";
import { factoriseNetwork, supportsFactorising } from "./lowrank/network.ts";
import type { Scaling, Start } from "./lowrank/network.ts";
import { OptionReader } from "./options.ts";

/** Options of {@link cp}. */
export interface CpOptions {
  /**
   * From where the proportions of the ranks come: the same reduction in every layer, or a third of the
   * weight's largest extent, as a widely used implementation has it.
   *
   * @default {"ratio"}
   */
  readonly ranks: "ratio" | "third";
  /**
   * The most sweeps of alternating least squares over the factors of a layer.
   *
   * @default {100}
   */
  readonly sweeps: number;
  /**
   * Whether ranks are scaled until the target is just met, or stay as they are found when these meet it.
   *
   * @default {"to-target"}
   */
  readonly scaling: Scaling;
  /**
   * Whether fully connected layers are factorised, by SVD.
   *
   * @default {true}
   */
  readonly fullyConnected: boolean;
  /**
   * What is trained: factors of the weights, or the same structure from random weights.
   *
   * @default {"factors"}
   */
  readonly start: Start;
}

/**
 * Lebedev et al.: each k x k convolution as 1x1, depthwise k x 1, depthwise 1 x k and 1x1, by
 * alternating least squares with a cap on the components. Their comparison with Tucker's whole-network
 * compression is this: CP where that has Tucker-2, and the same for all other layers. 3-D kernels have
 * three depthwise factors.
 */
export const cp: Compressor<CpOptions> = {
  id: "cp",
  description: "CP factors (1x1, two depthwise, 1x1), the same reduction in every layer",
  paper: {
    authors: "Lebedev, Ganin, Rakhuba, Oseledets, Lempitsky",
    title: "Speeding-up Convolutional Neural Networks Using Fine-tuned CP-Decomposition",
    venue: "ICLR 2015",
    url: "https://arxiv.org/abs/1412.6553",
  },

  parseOptions(raw) {
    const read = new OptionReader("cp", raw, [
      "ranks",
      "sweeps",
      "scaling",
      "fullyConnected",
      "start",
    ]);
    return {
      ranks: read.choice("ranks", ["ratio", "third"], "ratio"),
      sweeps: read.count("sweeps", 100),
      scaling: read.choice("scaling", ["to-target", "as-found"], "to-target"),
      fullyConnected: read.flag("fullyConnected", true),
      start: read.choice("start", ["factors", "random"], "factors"),
    };
  },

  supports: (model, { fullyConnected }) => supportsFactorising(model, fullyConnected),

  async compress(model, target, options, context) {
    const { ranks, sweeps, fullyConnected, scaling, start } = options;
    return await factoriseNetwork(model, target, {
      id: "cp",
      fullyConnected,
      scaling,
      start,
      ...(ranks === "third" && {
        rule: {
          name: "a third of the largest extent",
          find: ({ node, full }) => {
            const { shape } = model.weights.get(node.inputs[1])!;
            return [Math.min(full[0], Math.max(1, Math.floor(Math.max(...shape) / 3)))];
          },
        },
      }),
      factorisation: (node, costs, first) =>
        factorisationOf(model, node, costs, { seed: context.seed, first, sweeps }),
    }, context);
  },
};
