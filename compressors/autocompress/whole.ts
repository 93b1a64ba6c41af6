/**
 * From rates to whole filters and columns that meet the target.
 *
 * @module
 */

import { stepsBelow } from "../steps.ts";
import { type Action, LARGEST_RATE } from "./action.ts";
import { columnsLeft, costOf, type HybridSpace, type Kept, withRates } from "./space.ts";

/** Shifts of logits beyond this change no count any more. */
const SHIFTS = 120;

/** What is left at the largest rates, in whole filters and columns. */
export function leastKept(space: HybridSpace): Kept {
  const part = 1 - LARGEST_RATE;
  const rated = withRates(space, {
    filters: space.plan.groups.map(({ bundles }) => part * bundles.length),
    density: space.layers.map(({ reason }) => reason === undefined ? part : 1),
  });
  const filters = wholeFilters(rated, space);
  const { density } = withRates(space, { filters, density: rated.density });
  const whole = space.layers.map((layer, i) => {
    const left = columnsLeft(space, layer, filters);
    return Math.min(left, Math.ceil(density[i] * left - 1e-9)) / left;
  });
  return { filters, density: whole };
}

/** Whole bundles of every group: rounded up to counts that it may keep. */
export function wholeFilters({ filters }: Kept, { steps }: HybridSpace): number[] {
  return steps.map((own, g) => stepsBelow(own, filters[g] + own.step * (1 - 1e-9)));
}

/**
 * Whole columns per layer for whole filters: the action's column rates shifted until the model costs
 * what is allowed, then single columns, costliest first, for as long as one fits. Layers with a rate
 * of their own keep what that allows.
 *
 * @param filters Bundles that groups keep.
 * @param before Bundles that they kept when the rates were chosen: columns of channels that went
 * later count as pruned.
 */
export function wholeColumns(
  action: Action,
  space: HybridSpace,
  filters: readonly number[],
  allowed: number,
  before: readonly number[] = filters,
): number[] {
  const { layers, counter } = space;
  const left = layers.map((layer) => columnsLeft(space, layer, filters));
  const first = layers.map((layer) => columnsLeft(space, layer, before));
  const rated = layers.map(({ weight, wanted }, i) =>
    wanted === undefined
      ? undefined
      : clamp(Math.floor(wanted / counter.along(weight, 0, filters) * (1 + 1e-12)), 1, left[i])
  );
  const free = layers.map(({ reason }, i) => reason === undefined && rated[i] === undefined);
  const at = (shift: number) =>
    left.map((all, i) => {
      if (!free[i]) return rated[i] ?? all;
      return clamp(Math.floor(first[i] / (1 + Math.exp(action.columns[i] + shift))), 1, all);
    });
  const costs = space.costs(filters);
  const total = (columns: readonly number[]) => costOf(costs, columns.map((k, i) => k / left[i]));
  let low = -SHIFTS, high = SHIFTS;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (total(at(middle)) <= allowed) high = middle;
    else low = middle;
  }
  const columns = at(high);

  let spare = allowed - total(columns);
  const perColumn = costs.layers.map((cost, i) => cost / left[i]);
  const costliestFirst = layers.map((_, i) => i)
    .filter((i) => free[i] && columns[i] < left[i])
    .sort((a, b) => perColumn[b] - perColumn[a]);
  for (const i of costliestFirst) {
    const more = Math.min(left[i] - columns[i], Math.max(0, Math.floor(spare / perColumn[i])));
    columns[i] += more;
    spare -= more * perColumn[i];
  }
  return columns;
}

const clamp = (count: number, min: number, max: number) => Math.min(Math.max(count, min), max);
