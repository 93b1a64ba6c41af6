/**
 * The space that AutoCompress searches: a filter rate and a column rate for every layer, all of
 * them feasible by construction.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import type { ChannelLink } from "../channels.ts";
import type { FilterCost } from "../filters.ts";

/** Logits of the rates, one pair per layer; layers that are not pruned ignore theirs. */
export interface Action {
  /** Of the filter rates. */
  readonly filters: readonly number[];
  /** Of the column rates. */
  readonly columns: readonly number[];
}

/** What an action keeps. */
export interface Kept {
  /** Filters per layer. */
  readonly filters: readonly number[];
  /** Fraction kept of the columns of the remaining input channels, per layer. */
  readonly density: readonly number[];
}

/** No layer loses a larger part of its filters or of its columns. */
export const LARGEST_RATE = 0.95;
/** Shifts beyond this change no rate any more. */
const LARGEST_SHIFT = 60;

/** Rates `LARGEST_RATE * sigmoid(logit + shift)`, as the parts that are kept (not yet whole). */
export function keptBy(
  { filters, columns }: Action,
  links: readonly ChannelLink[],
  shift = 0,
): Kept {
  const part = (logit: number) => 1 - LARGEST_RATE / (1 + Math.exp(-(logit + shift)));
  return {
    filters: links.map((link, i) =>
      link.removable ? part(filters[i]) * link.filters : link.filters
    ),
    density: links.map((link, i) => link.prunable ? part(columns[i]) : 1),
  };
}

/**
 * The action shifted, all logits by the same amount, until it costs just what is allowed. The shift
 * keeps the order of the rates, and exists whenever the largest rates suffice.
 */
export function feasible(
  action: Action,
  links: readonly ChannelLink[],
  cost: FilterCost,
  allowed: number,
): Action {
  let low = -LARGEST_SHIFT, high = LARGEST_SHIFT;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    const { filters, density } = keptBy(action, links, middle);
    if (cost(filters, density) <= allowed) high = middle;
    else low = middle;
  }
  const shifted = (logits: readonly number[]) => logits.map((logit) => logit + high);
  return { filters: shifted(action.filters), columns: shifted(action.columns) };
}

/**
 * Gives larger rates to larger layers: AutoCompress' guidance, as larger layers bear more pruning.
 *
 * @param sizes Cost of every layer.
 */
export function guided(
  action: Action,
  links: readonly ChannelLink[],
  sizes: readonly number[],
): Action {
  const bySize = links.map((_, i) => i)
    .filter((i) => links[i].prunable)
    .sort((a, b) => sizes[a] - sizes[b] || a - b);
  const sorted = (logits: readonly number[]) => {
    const ascending = bySize.map((i) => logits[i]).sort((a, b) => a - b);
    const result = [...logits];
    bySize.forEach((layer, rank) => result[layer] = ascending[rank]);
    return result;
  };
  return { filters: sorted(action.filters), columns: sorted(action.columns) };
}

/** Every logit moved at random by at most `reach`. */
export function perturbed({ filters, columns }: Action, reach: number, random: Random): Action {
  const moved = (logits: readonly number[]) =>
    logits.map((logit) => logit + reach * (2 * random.uniform() - 1));
  return { filters: moved(filters), columns: moved(columns) };
}
