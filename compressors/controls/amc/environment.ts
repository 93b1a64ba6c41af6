/**
 * What AMC's agent sees and does: one group of filters after the other, each losing a part.
 *
 * @module
 */

import { inferShapes } from "../../../graph/shapes.ts";
import { type LayerNode, layersOf } from "../../layers.ts";
import { scaleToBudget, stepsBelow } from "../../steps.ts";
import type { Counts, FilterSpace } from "../removal.ts";

/** Numbers that the agent sees before each decision. */
export const STATE_SIZE = 12;

/** The groups of a model as a game of as many turns. */
export class AmcEnvironment {
  readonly #space: FilterSpace;
  /** What does not change, of every group: features in 0..1. */
  readonly #fixed: readonly (readonly number[])[];
  /** Cost of the layers of every group, as a part of the model's. */
  readonly #shares: readonly number[];

  /** The game of a space. */
  constructor(space: FilterSpace) {
    this.#space = space;
    const { costs, unit, dense } = space.budget;
    const own = new Map(costs.layers.map((layer) => [layer.name, layer[unit]]));
    this.#shares = space.plan.groups.map(({ layers }) =>
      layers.reduce((sum, name) => sum + own.get(name)!, 0) / dense
    );
    this.#fixed = normalised(featuresOf(space, this.#shares));
  }

  /** Turns of an episode. */
  get turns(): number {
    return this.#shares.length;
  }

  /**
   * What the agent sees before it decides on group `counts.length`: number of the group, filters,
   * channels, extents, stride and kernel of its first layer, cost of its layers, cost that the
   * decisions so far have removed, cost of what is not decided yet, and the last decision.
   *
   * @param counts Of the groups before.
   */
  state(counts: Counts): Float64Array {
    const { all, budget, cost } = this.#space;
    const turn = counts.length;
    const reduced = 1 - cost([...counts, ...all.slice(turn)]) / budget.dense;
    const rest = this.#shares.slice(turn + 1).reduce((sum, share) => sum + share, 0);
    const last = turn === 0 ? 0 : this.sparsity(counts, turn - 1);
    return Float64Array.from([...this.#fixed[turn], reduced, rest, last]);
  }

  /** Part of its bundles that a group loses. */
  sparsity(counts: Counts, group: number): number {
    return 1 - counts[group] / this.#space.all[group];
  }

  /**
   * The count of the next group when the agent wants it to lose a part of its bundles, clipped: to so few
   * that the groups behind can still meet the target, and to so many that they can still use it up.
   */
  decide(counts: Counts, sparsity: number): number {
    const { all, budget, cost, least, steps } = this.#space;
    const turn = counts.length;
    const lower = (count: number) => stepsBelow(steps[turn], count - 1);
    const costWith = (count: number, rest: Counts) =>
      cost([...counts, count, ...rest.slice(turn + 1)]);
    let count = stepsBelow(steps[turn], (1 - sparsity) * all[turn]);
    while (count < all[turn] && costWith(count, all) < budget.allowed) {
      count = stepsBelow(steps[turn], count + steps[turn].step);
    }
    while (count > least[turn] && costWith(count, least) > budget.allowed) count = lower(count);
    return count;
  }

  /** The counts, with what is left of the budget spent in the same proportions. */
  filled(counts: Counts): Counts {
    const { steps, cost, budget } = this.#space;
    return scaleToBudget(steps, counts, cost, budget.allowed);
  }
}

/** Features of all groups that do not depend on decisions. */
function featuresOf(
  { model, plan }: FilterSpace,
  shares: readonly number[],
): number[][] {
  const shapes = inferShapes(model);
  const byName = new Map(layersOf(model).map((node) => [node.name, node]));
  return plan.groups.map(({ layers: [first], bundles, width }, g) => {
    const node = byName.get(first)!;
    const [, channels, ...extents] = shapes.get(node.inputs[0])!;
    const [depth, height, wide] = [1, 1, 1, ...extents].slice(-3);
    const { stride, kernel } = geometryOf(node);
    return [g, bundles.length * width, channels, depth, height, wide, stride, kernel, shares[g]];
  });
}

/** Products of strides and of kernel extents. */
function geometryOf(node: LayerNode): { stride: number; kernel: number } {
  if (node.op !== "Conv" && node.op !== "ConvTranspose") return { stride: 1, kernel: 1 };
  const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
  const { strides, kernel_shape } = node.attributes;
  return { stride: product(strides), kernel: product(kernel_shape) };
}

/** Every column by its largest value. */
function normalised(rows: readonly (readonly number[])[]): number[][] {
  const largest = (column: number) => Math.max(...rows.map((row) => row[column]), Number.EPSILON);
  return rows.map((row) => row.map((x, column) => x / largest(column)));
}
