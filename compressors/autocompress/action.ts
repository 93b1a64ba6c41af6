/**
 * The actions that AutoCompress searches: a filter rate for every group and a column rate for every
 * layer, all of them feasible by construction.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import { costOf, type HybridSpace, type Kept, prunesFilters, withRates } from "./space.ts";

/** Logits of the rates. */
export interface Action {
  /** Of the filter rates, one per group. */
  readonly filters: readonly number[];
  /** Of the column rates, one per layer; layers that are not pruned ignore theirs. */
  readonly columns: readonly number[];
}

/** Shifts beyond this change no rate any more. */
const LARGEST_SHIFT = 60;

/** Rates `largest * sigmoid(logit + shift)`, as the parts that are kept (not yet whole). */
export function keptBy({ filters, columns }: Action, space: HybridSpace, shift = 0): Kept {
  const part = (logit: number) => 1 - space.largest / (1 + Math.exp(-(logit + shift)));
  const filterPart = (logit: number) => prunesFilters(space) ? part(logit) : 1;
  return withRates(space, {
    filters: space.plan.groups.map(({ bundles }, g) => filterPart(filters[g]) * bundles.length),
    density: space.layers.map(({ reason, alive }, i) =>
      reason === undefined ? part(columns[i]) * alive : 1
    ),
  });
}

/**
 * The action shifted, all logits by the same amount, until it costs just what is allowed. The shift
 * keeps the order of the rates, and exists whenever the largest rates suffice.
 */
export function feasible(action: Action, space: HybridSpace, allowed: number): Action {
  let low = -LARGEST_SHIFT, high = LARGEST_SHIFT;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    const { filters, density } = keptBy(action, space, middle);
    if (costOf(space.costs(filters), density) <= allowed) high = middle;
    else low = middle;
  }
  const shifted = (logits: readonly number[]) => logits.map((logit) => logit + high);
  return { filters: shifted(action.filters), columns: shifted(action.columns) };
}

/** Costs by which {@link guided} orders rates. */
export interface Sizes {
  /** Of the layers of every group together. */
  readonly groups: readonly number[];
  /** Of every layer. */
  readonly layers: readonly number[];
}

/** Gives larger rates to what is larger: AutoCompress' guidance, as it bears more pruning. */
export function guided(action: Action, space: HybridSpace, sizes: Sizes): Action {
  const columns = space.layers.map((_, i) => i).filter((i) => space.layers[i].reason === undefined);
  return {
    filters: sorted(action.filters, sizes.groups, space.plan.groups.map((_, g) => g)),
    columns: sorted(action.columns, sizes.layers, columns),
  };
}

/** The same values at the places of `where`, ascending with the size. */
export function sorted(
  values: readonly number[],
  sizes: readonly number[],
  where: readonly number[],
): number[] {
  const bySize = where.toSorted((a, b) => sizes[a] - sizes[b] || a - b);
  const ascending = bySize.map((i) => values[i]).sort((a, b) => a - b);
  const result = [...values];
  bySize.forEach((place, rank) => result[place] = ascending[rank]);
  return result;
}

/** Every logit moved at random by at most `reach`. */
export function perturbed({ filters, columns }: Action, reach: number, random: Random): Action {
  const moved = (logits: readonly number[]) =>
    logits.map((logit) => logit + reach * (2 * random.uniform() - 1));
  return { filters: moved(filters), columns: moved(columns) };
}
