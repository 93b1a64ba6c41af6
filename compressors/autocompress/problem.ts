/**
 * What a search is about: a model, what may be pruned of it, and what it may cost.
 *
 * @module
 */

import { hasWeights, modelCosts } from "../../graph/costs.ts";
import type { Model } from "../../graph/model.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Budget } from "../budget.ts";
import type { Selection } from "../selection.ts";
import type { Sizes } from "./action.ts";
import { type HybridSpace, hybridSpace, type PrunedStructure } from "./space.ts";
import { reachableSpace } from "./whole.ts";

/** What holds from the first round to the last. */
export interface Terms {
  /** The model as it was given. */
  readonly dense: Model;
  /** What the target leaves of it. */
  readonly budget: Budget;
  /** Layers that may be touched. */
  readonly selection: Selection;
  /** What is pruned. */
  readonly structure: PrunedStructure;
  /** Filters that are left are multiples of this. */
  readonly align?: number;
}

/** One search. */
export interface Problem {
  /** What is pruned; its structures are what an earlier round has left. */
  readonly model: Model;
  /** What may be pruned of it. */
  readonly space: HybridSpace;
  /** Costs of layers and groups, by which larger ones get larger rates. */
  readonly sizes: Sizes;
  /** What is counted. */
  readonly unit: Budget["unit"];
  /** What it may cost. */
  readonly allowed: number;
}

/** The problem of pruning `model` until it costs so many times less than the dense model. */
export function problemOf(
  model: Model,
  rate: number,
  { dense, budget, selection, structure, align }: Terms,
): Problem {
  const { unit } = budget;
  const costs = modelCosts({ ...model, structures: new Map() });
  const allowed = budget.dense / rate;
  const sizesOf = (own: Model) =>
    new Map(
      own.nodes.filter(hasWeights).map(({ name, inputs: [, weight] }) =>
        [name, sizeOf(own.weights.get(weight)!.shape)] as const
      ),
    );
  const [were, are] = [sizesOf(dense), sizesOf(model)];
  // Rates that the user gives are of the dense layer.
  const rates = new Map([...selection.rates].map(([name, own]) => {
    const left = were.has(name) ? are.get(name)! / were.get(name)! : 1;
    return [name, Math.max(1, own * left)] as const;
  }));
  const whole = hybridSpace(
    model,
    { unit, rate, costs, dense: costs[unit], allowed },
    { ...selection, rates },
    align,
    structure,
  );
  const space = reachableSpace(whole, allowed);
  const byName = new Map(costs.layers.map((layer) => [layer.name, layer[unit]]));
  const total = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + byName.get(name)!, 0);
  return {
    model,
    space,
    sizes: {
      groups: space.plan.groups.map(({ layers }) => total(layers)),
      layers: space.layers.map(({ node }) => byName.get(node.name)!),
    },
    unit,
    allowed,
  };
}
