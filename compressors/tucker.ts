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
import { DEFAULT_ALIGN } from "./filters.ts";
import { isDepthwise, layersOf, ownsWeights, refuseUnsupported } from "./layers.ts";
import type { LayerNode, WeightedNode } from "./layers.ts";
import { OptionReader } from "./options.ts";
import { checkpoint } from "./progress.ts";
import { finish } from "./report.ts";
import { refuseRate, type Selection, selectionOf } from "./selection.ts";
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
    const names = ["ranks", "decomposition", "fullyConnected"];
    const read = new OptionReader("tucker", raw, names);
    return {
      ranks: read.choice("ranks", ["evbmf", "ratio"], "evbmf"),
      decomposition: read.choice("decomposition", ["hosvd", "hooi"], "hosvd"),
      fullyConnected: read.flag("fullyConnected", true),
    };
  },

  supports(model, options) {
    if (factorisable(model, options).length > 0) return { ok: true };
    return { ok: false, reason: `model "${model.name}" has no layer that can be factorised` };
  },

  async compress(model, target, options, context) {
    refuseUnsupported("tucker", this.supports(model, options));
    const selection = selectionOf(model, context.selection);
    const budget = budgetOf(model, target);
    const reasons = reasonsOf(model, options, selection);
    const first = model.nodes.find(({ op }) => op === "Conv");
    const layers = factorisable(model, options).filter(({ name }) => !reasons.has(name)).map((
      node,
    ) =>
      factorisationOf(model, node, budget.costs.layers.find(({ name }) => name === node.name)!, {
        decomposition: options.decomposition,
        seed: context.seed,
        first: node === first,
      })
    );
    const plan = rankPlan(layers, budget, selection.rates, context.align ?? DEFAULT_ALIGN);
    refuseUnreachable(model, budget, plan.cost(plan.least), "tucker");

    const analyses: Analysis[] = [];
    for (const { node, analyse } of layers) {
      await checkpoint(context, `${node.name}: spectrum`, analyses.length, 2 * layers.length);
      analyses.push(await analyse());
    }
    const signal = layers.map((_, i) =>
      options.ranks === "evbmf" && analyses[i].ranks.every((rank) => rank > 0)
    );
    const proportions = layers.map((layer, i) =>
      signal[i] ? analyses[i].ranks : ranksByRatio(layer, budget)
    );
    const ranks = plan.scale(proportions);

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
      decisions.set(name, ranksAsText(layer, ranks[i]));
    }
    const silent = layers.filter((_, i) => options.ranks === "evbmf" && !signal[i]);
    const notes = silent.length === 0
      ? []
      : [`EVBMF finds no signal in ${
        silent.map(({ node }) => node.name).join(", ")
      }: ranks by ratio`];
    return await finish(model, compressed, { decisions, notes, reasons }, context);
  },
};

function factorisable(model: Model, options: TuckerOptions): WeightedNode[] {
  return model.nodes.filter(hasWeights).filter((node) =>
    (node.op === "Conv" ? !isDepthwise(model, node) : options.fullyConnected) &&
    ownsWeights(model, node)
  );
}

/** Why layers are not factorised. @throws {RangeError} when one of them has a rate above 1. */
function reasonsOf(model: Model, options: TuckerOptions, selection: Selection) {
  const able = new Set<LayerNode>(factorisable(model, options));
  const reasons = new Map<string, string>();
  for (const node of layersOf(model)) {
    const reason = selection.reason(node.name) ??
      (able.has(node) ? undefined : refusalOf(model, node));
    if (reason === undefined) continue;
    reasons.set(node.name, reason);
    const rate = selection.rates.get(node.name) ?? 1;
    if (rate > 1) refuseRate(node.name, `1 (it is left alone: ${reason})`, rate);
  }
  return reasons;
}

function refusalOf(model: Model, node: LayerNode): string {
  if (isDepthwise(model, node)) return "depthwise";
  if (!ownsWeights(model, node)) return "it shares its weight";
  return node.op === "Gemm" ? "fully connected" : `a ${node.op} is not factorised`;
}

/** As in `"R3=24x2 R4=56x2"`, where there are two groups. */
function ranksAsText({ names, groups }: Factorisation, ranks: readonly number[]): string {
  const suffix = groups > 1 ? `x${groups}` : "";
  return names.map((rank, r) => `${rank}=${ranks[r]}${suffix}`).join(" ");
}

/** The ranks of all layers, and what they cost together. */
function rankPlan(
  layers: readonly Factorisation[],
  budget: Budget,
  rates: ReadonlyMap<string, number>,
  align: number,
) {
  const stepsOf = ({ full }: Factorisation) =>
    full.map((most): Steps => ({ step: most > align ? align : 1, most }));
  const steps = layers.flatMap(stepsOf);
  const perLayer = (ranks: readonly number[]) => {
    let at = 0;
    return layers.map(({ full }) => ranks.slice(at, at += full.length));
  };
  const fixed = layers.reduce((sum, layer) => sum - denseCost(layer, budget), budget.dense);
  const costOf = (ranks: readonly (readonly number[])[]) =>
    ranks.reduce((sum, own, i) => sum + layerCost(layers[i], own, budget), fixed);

  /** Ranks of layers with a rate of their own: the largest in proportion that meet it. */
  const rated = (layer: Factorisation, proportions: readonly number[]) => {
    const rate = rates.get(layer.node.name);
    if (rate === undefined) return undefined;
    const size = denseCost(layer, budget, "params");
    const params = (ranks: readonly number[]) =>
      grows(layer, ranks, budget) ? size : layer.costs(ranks).params;
    const own = stepsOf(layer);
    const least = params(own.map((s) => stepsBelow(s, 0)));
    if (least > size / rate * (1 + 1e-12)) {
      refuseRate(layer.node.name, `at most ${Math.floor(size / least * 1000) / 1000}`, rate);
    }
    return scaleToBudget(own, proportions, params, size / rate * (1 + 1e-12));
  };
  const settled = (proportions: readonly (readonly number[])[]) => {
    const own = layers.map((layer, i) => rated(layer, proportions[i]));
    return (ranks: readonly number[]) => perLayer(ranks).map((free, i) => own[i] ?? free);
  };
  const full = layers.map((layer) => layer.full);
  return {
    least: steps.map((s) => stepsBelow(s, 0)),
    cost: (ranks: readonly number[]) => costOf(settled(full)(ranks)),
    /** The largest ranks in these proportions that meet the target. */
    scale(proportions: readonly (readonly number[])[]) {
      const settle = settled(proportions);
      const cost = (ranks: readonly number[]) => costOf(settle(ranks));
      return settle(scaleToBudget(steps, proportions.flat(), cost, budget.allowed));
    },
  };
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
