/**
 * Tucker: one-shot low-rank compression of a whole network.
 *
 * @module
 */

import { hasWeights } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { budgetOf, refuseUnreachable } from "./budget.ts";
import type { Budget } from "./budget.ts";
import type { Compressor } from "./compressor.ts";
import { ownsWeights, refuseUnsupported } from "./layers.ts";
import type { WeightedNode } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";
import { scaleToBudget, stepsBelow } from "./steps.ts";
import type { Steps } from "./steps.ts";
import { factorisationOf } from "./tucker/factorisation.ts";
import type { Analysis, Decomposition, Factorisation } from "./tucker/factorisation.ts";

/** Options of {@link tucker}. */
export interface TuckerOptions {
  /**
   * From where the proportions of the ranks come: EVBMF, or the same reduction in every layer.
   *
   * @default {"evbmf"}
   */
  readonly ranks: "evbmf" | "ratio";
  /**
   * How kernels are decomposed. HOOI is a little better and many times slower.
   *
   * @default {"hosvd"}
   */
  readonly decomposition: Decomposition;
  /**
   * Ranks are multiples of this (where the full rank is larger): vector registers in kernels.
   *
   * @default {8}
   */
  readonly align: number;
  /**
   * Whether fully connected layers are factorised, by SVD.
   *
   * @default {true}
   */
  readonly fullyConnected: boolean;
}

/**
 * Kim et al.: Tucker-2 for convolutions, Tucker-1 for the first one and for 1x1, SVD for fully
 * connected layers; ranks by EVBMF on the unfoldings, all scaled by one factor until the target is
 * met. Where EVBMF finds no signal (untrained weights have none) a layer's ranks are proportions of
 * its full ranks that reduce the layer by the target's rate, and the notes say so. A layer that would
 * grow in MACs or weights is left as it is.
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
    const names = ["ranks", "decomposition", "align", "fullyConnected"];
    const read = new OptionReader("tucker", raw, names);
    return {
      ranks: read.choice("ranks", ["evbmf", "ratio"], "evbmf"),
      decomposition: read.choice("decomposition", ["hosvd", "hooi"], "hosvd"),
      align: read.count("align", 8),
      fullyConnected: read.flag("fullyConnected", true),
    };
  },

  supports(model, options) {
    if (factorisable(model, options).length > 0) return { ok: true };
    return { ok: false, reason: `model "${model.name}" has no layer that can be factorised` };
  },

  async compress(model, target, options, context) {
    refuseUnsupported("tucker", this.supports(model, options));
    const budget = budgetOf(model, target);
    const first = model.nodes.find(({ op }) => op === "Conv");
    const layers = factorisable(model, options).map((node) =>
      factorisationOf(model, node, budget.costs.layers.find(({ name }) => name === node.name)!, {
        decomposition: options.decomposition,
        seed: context.seed,
        first: node === first,
      })
    );
    const plan = rankPlan(layers, budget, options.align);
    refuseUnreachable(model, budget, plan.cost(plan.least), "tucker");

    const analyses: Analysis[] = [];
    for (const { node, analyse } of layers) {
      await checkpoint(context, `${node.name}: spectrum`, analyses.length, 2 * layers.length);
      analyses.push(await analyse());
    }
    const signal = layers.map((_, i) =>
      options.ranks === "evbmf" && analyses[i].ranks.every((rank) => rank > 0)
    );
    const proportions = layers.flatMap((layer, i) =>
      signal[i] ? analyses[i].ranks : ranksByRatio(layer, budget)
    );
    const ranks = plan.perLayer(
      scaleToBudget(plan.steps, proportions, plan.cost, budget.allowed),
    );

    let compressed: Model = model;
    const decisions = new Map<string, string>();
    for (const [i, layer] of layers.entries()) {
      const { name } = layer.node;
      if (grows(layer, ranks[i], budget)) {
        decisions.set(name, "dense, as its factors would be larger");
        continue;
      }
      await checkpoint(context, `${name}: factors`, layers.length + i, 2 * layers.length);
      compressed = await analyses[i].replace(compressed, ranks[i]);
      decisions.set(name, layer.names.map((rank, r) => `${rank}=${ranks[i][r]}`).join(" "));
    }
    const silent = layers.filter((_, i) => options.ranks === "evbmf" && !signal[i]);
    const notes = silent.length === 0
      ? []
      : [`EVBMF finds no signal in ${
        silent.map(({ node }) => node.name).join(", ")
      }: ranks by ratio`];
    return await finish(model, compressed, { decisions, notes }, context);
  },
};

function factorisable(model: Model, options: TuckerOptions): WeightedNode[] {
  return model.nodes.filter(hasWeights).filter((node) =>
    (node.op === "Conv" ? node.attributes.group === 1 : options.fullyConnected) &&
    ownsWeights(model, node)
  );
}

/** The ranks of all layers in one list, and what they cost together. */
function rankPlan(layers: readonly Factorisation[], budget: Budget, align: number) {
  const steps = layers.flatMap(({ full }) =>
    full.map((most): Steps => ({ step: most > align ? align : 1, most }))
  );
  const perLayer = (ranks: readonly number[]) => {
    let at = 0;
    return layers.map(({ full }) => ranks.slice(at, at += full.length));
  };
  const fixed = layers.reduce((sum, layer) => sum - denseCost(layer, budget), budget.dense);
  const cost = (ranks: readonly number[]) =>
    perLayer(ranks).reduce((sum, own, i) => sum + layerCost(layers[i], own, budget), fixed);
  return { steps, perLayer, cost, least: steps.map((s) => stepsBelow(s, 0)) };
}

const costsOf = ({ node }: Factorisation, { costs }: Budget) =>
  costs.layers.find(({ name }) => name === node.name)!;

/** Weights (bias apart) or MACs of the layer as it is. */
function denseCost(layer: Factorisation, budget: Budget, unit = budget.unit): number {
  const { macs, params, denseParams, weights } = costsOf(layer, budget);
  return unit === "macs" ? macs : params - (denseParams - weights);
}

/** Whether the factors have no fewer MACs or weights than the layer (E <= 1 or M <= 1). */
function grows(layer: Factorisation, ranks: readonly number[], budget: Budget): boolean {
  const { macs, params } = layer.costs(ranks);
  return macs >= denseCost(layer, budget, "macs") ||
    params >= denseCost(layer, budget, "params");
}

function layerCost(layer: Factorisation, ranks: readonly number[], budget: Budget): number {
  return grows(layer, ranks, budget) ? denseCost(layer, budget) : layer.costs(ranks)[budget.unit];
}

/** The proportion of the full ranks at which a layer is reduced by the target's rate. */
function ranksByRatio(layer: Factorisation, budget: Budget): number[] {
  const wanted = denseCost(layer, budget) / budget.rate;
  const at = (ratio: number) => layer.full.map((rank) => ratio * rank);
  let low = 0, high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (layer.costs(at(middle))[budget.unit] <= wanted) low = middle;
    else high = middle;
  }
  return at(high);
}
