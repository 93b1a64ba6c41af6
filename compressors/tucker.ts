/**
 * Tucker: one-shot low-rank compression of a whole network.
 *
 * @module
 */

import type { Compressor } from "./compressor.ts";
import type { Factorisation } from "./lowrank/factorisation.ts";
import { factoriseNetwork, supportsFactorising } from "./lowrank/network.ts";
import type { RankRule, Scaling, Start } from "./lowrank/network.ts";
import { OptionReader } from "./options.ts";
import { factorisationOf } from "./tucker/factorisation.ts";
import type { Decomposition } from "./tucker/factorisation.ts";

/** Options of {@link tucker}. */
export interface TuckerOptions {
  /**
   * From where the proportions of the ranks come: EVBMF, the smallest ranks that keep a share of each
   * unfolding's energy, or the same reduction in every layer.
   *
   * @default {"evbmf"}
   */
  readonly ranks: "evbmf" | "energy" | "ratio";
  /**
   * Share of the sum of squared singular values that ranks by energy keep, `(0, 1]`.
   *
   * @default {0.9}
   */
  readonly energy: number;
  /**
   * How far ranks by EVBMF or energy are drawn towards the full ones: `R + w (R_full - R)`, rounded,
   * w in `[0, 1]`. Ranks by ratio have nothing to be drawn from.
   *
   * @default {0}
   */
  readonly weakening: number;
  /**
   * Whether ranks are scaled until the target is just met, or stay as they are found (the paper's way)
   * when these meet it: a target of 1 has them as they are.
   *
   * @default {"to-target"}
   */
  readonly scaling: Scaling;
  /**
   * How kernels are decomposed. HOOI is a little better and many times slower.
   *
   * @default {"hosvd"}
   */
  readonly decomposition: Decomposition;
  /**
   * Whether fully connected layers are factorised, by SVD.
   *
   * @default {true}
   */
  readonly fullyConnected: boolean;
  /**
   * What is trained: factors of the weights, or the same structure from random weights, in which
   * nothing is left of what the network has learnt (the paper's control).
   *
   * @default {"factors"}
   */
  readonly start: Start;
}

/**
 * Kim et al.: Tucker-2 for convolutions, Tucker-1 for the first one and for 1x1, SVD for fully
 * connected layers; ranks by EVBMF on the unfoldings, all scaled by one factor until the target is
 * met. Where EVBMF finds no signal (untrained weights have none) a layer's ranks are proportions of
 * its full ranks that reduce the layer by the target's rate, and the notes say so. A layer that would
 * grow in MACs or weights is left as it is. Grouped convolutions become grouped factors, one pair of
 * ranks for all groups (25 x 2 in the paper's AlexNet); of depthwise ones there is nothing to factorise.
 *
 * The paper's Tucker-2 of the first fully connected layer (as a convolution over its whole input) is
 * an SVD here.
 */
export const tucker: Compressor<TuckerOptions> = {
  id: "tucker",
  description: "Tucker-2 and SVD factors with ranks from EVBMF, scaled to the target",
  paper: {
    authors: "Kim, Park, Yoo, Choi, Yang, Shin",
    title: "Compression of Deep Convolutional Neural Networks for Fast and Low Power Mobile " +
      "Applications",
    venue: "ICLR 2016",
    url: "https://arxiv.org/abs/1511.06530",
  },

  parseOptions(raw) {
    const names = [
      "ranks",
      "energy",
      "weakening",
      "scaling",
      "decomposition",
      "fullyConnected",
      "start",
    ];
    const read = new OptionReader("tucker", raw, names);
    const ranks = read.choice("ranks", ["evbmf", "energy", "ratio"], "evbmf");
    return {
      ranks,
      energy: read.number("energy", 0.9, 0.01, 1),
      weakening: read.number("weakening", 0, 0, ranks === "ratio" ? 0 : 1),
      scaling: read.choice("scaling", ["to-target", "as-found"], "to-target"),
      decomposition: read.choice("decomposition", ["hosvd", "hooi"], "hosvd"),
      fullyConnected: read.flag("fullyConnected", true),
      start: read.choice("start", ["factors", "random"], "factors"),
    };
  },

  supports: (model, { fullyConnected }) => supportsFactorising(model, fullyConnected),

  async compress(model, target, options, context) {
    const { decomposition, fullyConnected, scaling, start } = options;
    const { seed } = context;
    const rule = ruleOf(options);
    return await factoriseNetwork(model, target, {
      id: "tucker",
      fullyConnected,
      scaling,
      start,
      ...(rule && { rule }),
      factorisation: (node, costs, first) =>
        factorisationOf(model, node, costs, { decomposition, seed, first }),
    }, context);
  },
};

function ruleOf({ ranks, energy, weakening }: TuckerOptions): RankRule | undefined {
  const weakened = ({ full }: Factorisation, found: readonly number[]) =>
    found.map((rank, r) => rank && Math.round(rank + weakening * (full[r] - rank)));
  switch (ranks) {
    case "evbmf":
      return { name: "EVBMF", find: (layer, { evbmf }) => weakened(layer, evbmf!) };
    case "energy":
      return {
        name: "energy",
        find: (layer, analysis) => weakened(layer, analysis.energy!(energy)),
      };
    case "ratio":
      return undefined;
  }
}
