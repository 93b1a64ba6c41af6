/**
 * From rates to whole filters and columns that meet the target.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { ChannelLink } from "../channels.ts";
import { filterSteps } from "../filters.ts";
import type { FilterCost } from "../filters.ts";
import { stepsBelow } from "../steps.ts";
import { LARGEST_RATE } from "./action.ts";
import type { Action, Kept } from "./action.ts";

/** Shifts of logits beyond this change no count any more. */
const SHIFTS = 120;

/** What is left at the largest rates, in whole filters and columns. */
export function leastKept(model: Model, links: readonly ChannelLink[]): Kept {
  const part = 1 - LARGEST_RATE;
  const whole = {
    filters: links.map(({ filters }) => part * filters),
    density: links.map(({ prunable }) => prunable ? part : 1),
  };
  const filters = wholeFilters(whole, links);
  const left = columnsLeft(model, links, filters);
  return { filters, density: left.map((k, i) => Math.ceil(whole.density[i] * k) / k) };
}

/** Whole filters of an action: rounded up to counts that a layer may keep. */
export function wholeFilters({ filters }: Kept, links: readonly ChannelLink[]): number[] {
  return links.map((link, i) => {
    const steps = filterSteps(link);
    return stepsBelow(steps, filters[i] + steps.step * (1 - 1e-9));
  });
}

/** Columns (channel, position) that a layer has left when its producer keeps some filters. */
export function columnsLeft(
  model: Model,
  links: readonly ChannelLink[],
  filters: readonly number[],
): number[] {
  return links.map(({ node, producer, inputs }) => {
    const [, ...rest] = model.weights.get(node.inputs[1])!.shape;
    const kept = producer === undefined ? 1 : filters[producer] / links[producer].filters;
    return Math.round(inputs * kept) * sizeOf(rest.slice(1));
  });
}

/**
 * Whole columns per layer for whole filters: the action's column rates shifted until the model costs
 * what is allowed, then single columns, costliest first, for as long as one fits.
 */
export function wholeColumns(
  action: Action,
  links: readonly ChannelLink[],
  filters: readonly number[],
  left: readonly number[],
  cost: FilterCost,
  allowed: number,
): number[] {
  const at = (shift: number) =>
    links.map(({ prunable }, i) => {
      if (!prunable) return left[i];
      const part = 1 / (1 + Math.exp(action.columns[i] + shift));
      return Math.max(1, Math.floor(part * left[i]));
    });
  const costOf = (columns: readonly number[]) => cost(filters, columns.map((k, i) => k / left[i]));
  let low = -SHIFTS, high = SHIFTS;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (costOf(at(middle)) <= allowed) high = middle;
    else low = middle;
  }
  const columns = at(high);
  const used = costOf(columns);
  let spare = allowed - used;
  const perColumn = columns.map((_, i) =>
    costOf(columns.map((k, j) => i === j ? k + 1 : k)) - used
  );
  const costliestFirst = links.map((_, i) => i)
    .filter((i) => columns[i] < left[i])
    .sort((a, b) => perColumn[b] - perColumn[a]);
  for (const i of costliestFirst) {
    const more = Math.min(left[i] - columns[i], Math.floor(spare / perColumn[i]));
    columns[i] += more;
    spare -= more * perColumn[i];
  }
  return columns;
}
