/**
 * What a model costs when its groups of channels keep some of their channels: from shapes alone.
 *
 * @module
 */

import { learnedInputs } from "../graph/costs.ts";
import type { Model } from "../graph/model.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Budget } from "./budget.ts";
import { type ChannelPlan, counted } from "./channels.ts";

/** Positions along one axis of a weight: those that stay, and those of each group's bundles. */
interface AxisCount {
  readonly fixed: number;
  readonly parts: readonly { readonly group: number; readonly each: number }[];
}

/** How many elements of the weights are left. */
export class ChannelCounts {
  readonly #axes = new Map<string, readonly AxisCount[]>();

  /** Counts for `model`; groups are those of `plan`. */
  constructor(model: Model, { channels, groups }: ChannelPlan) {
    const groupOf = new Int32Array(channels.count).fill(-1);
    groups.forEach(({ bundles }, group) => bundles.forEach((bundle) => groupOf[bundle] = group));
    for (const [name, { shape }] of model.weights) {
      const axes = channels.weights.get(name);
      this.#axes.set(
        name,
        shape.map((extent, axis) => axisCount(extent, axes?.[axis], groupOf)),
      );
    }
  }

  /** Positions along an axis of a weight that are left when groups keep `counts` bundles. */
  along(weight: string, axis: number, counts: readonly number[]): number {
    return leftOf(this.#axes.get(weight)![axis], counts);
  }

  /** Elements of a weight that are left. */
  elements(weight: string, counts: readonly number[]): number {
    let elements = 1;
    for (const axis of this.#axes.get(weight)!) elements *= leftOf(axis, counts);
    return elements;
  }

  /** Groups with positions along an axis of a weight. */
  groups(weight: string, axis: number): number[] {
    return this.#axes.get(weight)![axis].parts.map(({ group }) => group);
  }
}

function leftOf({ fixed, parts }: AxisCount, counts: readonly number[]): number {
  let left = fixed;
  for (const { group, each } of parts) left += each * counts[group];
  return left;
}

function axisCount(
  extent: number,
  bundles: Int32Array | undefined,
  groupOf: Int32Array,
): AxisCount {
  const each = new Map<number, number>();
  let fixed = bundles ? 0 : extent;
  for (const [bundle, positions] of bundles ? counted(bundles) : []) {
    const group = groupOf[bundle];
    if (group < 0) fixed += positions;
    else each.set(group, positions);
  }
  const parts = [...each].map(([group, each]) => ({ group, each }));
  return { fixed, parts };
}

/** What a model costs, in the unit of a budget, when groups keep some of their bundles. */
export class ChannelCost {
  readonly #counts: ChannelCounts;
  readonly #fixed: number;
  /** Cost of one element, by name of weight. */
  readonly #each: ReadonlyMap<string, number>;

  /** Costs of `model` in the unit of `budget`. */
  constructor(model: Model, counts: ChannelCounts, budget: Budget) {
    this.#counts = counts;
    this.#each = costTerms(model, budget);
    let fixed = budget.dense;
    for (const [name, each] of this.#each) fixed -= each * sizeOf(model.weights.get(name)!.shape);
    this.#fixed = fixed;
  }

  /** Of the whole model when group g keeps `counts[g]` bundles. */
  total(counts: readonly number[]): number {
    let sum = this.#fixed;
    for (const [name, each] of this.#each) sum += each * this.#counts.elements(name, counts);
    return sum;
  }

  /** Of one weight. */
  weight(name: string, counts: readonly number[]): number {
    return (this.#each.get(name) ?? 0) * this.#counts.elements(name, counts);
  }
}

/** What each element of a weight costs, by name: its uses in one run, or 1 for a parameter. */
function costTerms(model: Model, { unit, costs }: Budget): Map<string, number> {
  const terms = new Map<string, number>();
  model.nodes.forEach((node, i) => {
    const { denseMacs, weights } = costs.layers[i];
    for (const name of learnedInputs(node)) {
      if (!model.weights.has(name)) continue;
      if (unit === "params") terms.set(name, 1);
      else if (
        weights > 0 && sizeOf(model.weights.get(name)!.shape) === weights && name !== node.inputs[2]
      ) {
        terms.set(name, (terms.get(name) ?? 0) + denseMacs / weights);
      }
    }
  });
  return terms;
}
