/**
 * The ranks of all layers of a network, and what they cost together.
 *
 * @module
 */

import type { Budget } from "../budget.ts";
import { refuseRate } from "../selection.ts";
import { scaleToBudget, stepsAbove, stepsBelow } from "../steps.ts";
import type { Steps } from "../steps.ts";
import type { Factorisation } from "./factorisation.ts";

/** Ranks, for each layer its own. */
export type Ranks = readonly (readonly number[])[];

/** Weights (bias apart) or MACs of the layer as it is. */
export function denseCost(
  { node }: Factorisation,
  { costs, unit: counted }: Budget,
  unit: Budget["unit"] = counted,
): number {
  const { macs, params, denseParams, weights } = costs.layers.find(({ name }) =>
    name === node.name
  )!;
  return unit === "macs" ? macs : params - (denseParams - weights);
}

/** Whether the factors have no fewer MACs or weights than the layer (E <= 1 or M <= 1). */
export function grows(layer: Factorisation, ranks: readonly number[], budget: Budget): boolean {
  const { macs, params } = layer.costs(ranks);
  return macs >= denseCost(layer, budget, "macs") || params >= denseCost(layer, budget, "params");
}

/** The proportion of the full ranks at which a layer is reduced by the target's rate. */
export function ranksByRatio(layer: Factorisation, budget: Budget): number[] {
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

/** What ranks are possible under a budget. */
export interface RankPlan {
  /** The least that the model can cost, in the budget's unit. */
  readonly least: number;
  /** What the model costs at some ranks. */
  cost(ranks: Ranks): number;
  /** Ranks in whole steps that are not below the wanted ones. */
  above(wanted: Ranks): Ranks;
  /** The largest ranks in these proportions that meet the target. */
  scale(proportions: Ranks): Ranks;
}

/**
 * Plans the ranks of `layers`. Layers with a rate of their own get the largest ranks in proportion that
 * meet it, whatever the others have.
 *
 * @param rates Reduction of the weights of single layers, by name.
 * @param align Ranks are multiples of this where a layer has more.
 */
export function rankPlan(
  layers: readonly Factorisation[],
  budget: Budget,
  rates: ReadonlyMap<string, number>,
  align: number,
): RankPlan {
  const stepsOf = ({ full }: Factorisation) =>
    full.map((most): Steps => ({ step: most > align ? align : 1, most }));
  const steps = layers.flatMap(stepsOf);
  const perLayer = (ranks: readonly number[]) => {
    let at = 0;
    return layers.map(({ full }) => ranks.slice(at, at += full.length));
  };
  const fixed = layers.reduce((sum, layer) => sum - denseCost(layer, budget), budget.dense);
  const costOf = (ranks: Ranks) =>
    ranks.reduce((sum, own, i) => {
      const layer = layers[i];
      const dense = grows(layer, own, budget);
      return sum + (dense ? denseCost(layer, budget) : layer.costs(own)[budget.unit]);
    }, fixed);

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
  const settled = (proportions: Ranks) => {
    const own = layers.map((layer, i) => rated(layer, proportions[i]));
    return (ranks: readonly number[]): Ranks => perLayer(ranks).map((free, i) => own[i] ?? free);
  };
  return {
    least: costOf(settled(layers.map(({ full }) => full))(steps.map((s) => stepsBelow(s, 0)))),
    cost: costOf,
    above: (wanted) => settled(wanted)(wanted.flat().map((rank, i) => stepsAbove(steps[i], rank))),
    scale(proportions) {
      const settle = settled(proportions);
      const cost = (ranks: readonly number[]) => costOf(settle(ranks));
      return settle(scaleToBudget(steps, proportions.flat(), cost, budget.allowed));
    },
  };
}
