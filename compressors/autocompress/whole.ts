/**
 * From rates to whole filters and columns that meet the target.
 *
 * @module
 */

import { scaleToBudget, stepsBelow } from "../steps.ts";
import { type Action, keptBy } from "./action.ts";
import {
  columnsLeft,
  costOf,
  type HybridSpace,
  type Kept,
  LARGEST_RATES,
  prunesFilters,
  withRates,
} from "./space.ts";

/** Shifts of logits beyond this change no count any more. */
const SHIFTS = 120;

/** What is left at the largest rates, in whole filters and columns. */
export function leastKept(space: HybridSpace): Kept {
  const part = 1 - space.largest;
  const filterPart = prunesFilters(space) ? part : 1;
  const rated = withRates(space, {
    filters: space.plan.groups.map(({ bundles }) => filterPart * bundles.length),
    density: space.layers.map(({ reason }) => reason === undefined ? part : 1),
  });
  const filters = upToSteps(rated.filters, space);
  const { density } = withRates(space, { filters, density: rated.density });
  const whole = space.layers.map((layer, i) => {
    const left = columnsLeft(space, layer, filters);
    return clamp(Math.ceil(density[i] * left - 1e-9), 1, left) / left;
  });
  return { filters, density: whole };
}

/** What a model costs at the least, at the largest rates that a space has. */
export function leastCost(space: HybridSpace): number {
  const { filters, density } = leastKept(space);
  return costOf(space.costs(filters), density);
}

/**
 * The space with the least of {@link LARGEST_RATES} with which the model can cost what is allowed, or
 * with the largest of them.
 */
export function reachableSpace(space: HybridSpace, allowed: number): HybridSpace {
  const spaces = LARGEST_RATES.map((largest) => ({ ...space, largest }));
  return spaces.find((candidate) => leastCost(candidate) <= allowed) ?? spaces.at(-1)!;
}

/**
 * Whole bundles of every group, in counts that it may keep: rounded up, as columns make up for it;
 * where they cannot, all rates are shifted until they can. Where only filters are pruned, as many as
 * cost what is allowed.
 */
export function wholeFilters(action: Action, space: HybridSpace, allowed: number): number[] {
  if (space.structure === "filter") {
    const cost = (counts: readonly number[]) => costOf(space.costs(counts), ones(space));
    return scaleToBudget(space.steps, keptBy(action, space).filters, cost, allowed);
  }
  const at = (shift: number) => upToSteps(keptBy(action, space, shift).filters, space);
  if (fewestCost(space, at(0)) <= allowed) return at(0);
  let low = 0, high = SHIFTS;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (fewestCost(space, at(middle)) <= allowed) high = middle;
    else low = middle;
  }
  return at(high);
}

function upToSteps(filters: readonly number[], { steps }: HybridSpace): number[] {
  return steps.map((own, g) => stepsBelow(own, filters[g] + own.step * (1 - 1e-9)));
}

const ones = ({ layers }: HybridSpace) => layers.map(() => 1);

/** Cost when every layer keeps a single column, those with a rate of their own what that allows. */
function fewestCost(space: HybridSpace, filters: readonly number[]): number {
  const left = space.layers.map((layer) => columnsLeft(space, layer, filters));
  const rated = ratedColumns(space, filters, left);
  const density = space.layers.map(({ reason }, i) =>
    (reason === undefined ? rated[i] ?? 1 : left[i]) / left[i]
  );
  return costOf(space.costs(filters), density);
}

/** Columns of layers with a rate of their own. */
function ratedColumns(
  { layers, counter }: HybridSpace,
  filters: readonly number[],
  left: readonly number[],
): (number | undefined)[] {
  return layers.map(({ weight, wanted }, i) => {
    if (wanted === undefined) return undefined;
    const each = counter.elements(weight, filters) / left[i];
    return clamp(Math.floor(wanted / each * (1 + 1e-12)), 1, left[i]);
  });
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
  const { layers } = space;
  const left = layers.map((layer) => columnsLeft(space, layer, filters));
  const first = layers.map((layer) => layer.alive * columnsLeft(space, layer, before));
  const rated = ratedColumns(space, filters, left);
  const free = layers.map(({ reason }, i) => reason === undefined && rated[i] === undefined);
  const most = left.map((all, i) => Math.max(1, Math.round(layers[i].alive * all)));
  const at = (shift: number) =>
    left.map((all, i) => {
      if (!free[i]) return rated[i] ?? all;
      return clamp(Math.floor(first[i] / (1 + Math.exp(action.columns[i] + shift))), 1, most[i]);
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
    .filter((i) => free[i] && columns[i] < most[i])
    .sort((a, b) => perColumn[b] - perColumn[a]);
  for (const i of costliestFirst) {
    const more = Math.min(most[i] - columns[i], Math.max(0, Math.floor(spare / perColumn[i])));
    columns[i] += more;
    spare -= more * perColumn[i];
  }
  return columns;
}

const clamp = (count: number, min: number, max: number) => Math.min(Math.max(count, min), max);
