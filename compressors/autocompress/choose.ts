/**
 * From an action to the filters and columns that it leaves of a model.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { bundleScores, rankBundles } from "../filters.ts";
import type { Action } from "./action.ts";
import { chooseHybrid, type Hybrid } from "./hybrid.ts";
import type { HybridSpace } from "./space.ts";
import { wholeColumns, wholeFilters } from "./whole.ts";

/**
 * Where removing dead channels saves more than columns can take up again, columns are chosen anew as
 * if that much more were allowed before, until the cost is close to what is.
 */
const SLACKS = [1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.6, 2];
/** Part of what is allowed that is to be used. */
const CLOSE = 0.99;

/** The bundles of every group of a space, best first. */
export function bundleOrders(model: Model, { plan }: HybridSpace): Int32Array[] {
  const scores = bundleScores(model, plan, "l2");
  return plan.groups.map((group) => rankBundles(group, scores));
}

/**
 * What an action leaves of `model`, by the sizes of its weights: whole filters and columns that cost
 * at most what is allowed, and as close to it as they permit.
 */
export function chooseByAction(
  model: Model,
  space: HybridSpace,
  action: Action,
  allowed: number,
): Hybrid {
  const orders = bundleOrders(model, space);
  const first = wholeFilters(action, space, allowed);
  const choose = (slack: number) => {
    let own = allowed * slack;
    return chooseHybrid(model, space, orders, first, (counts) => {
      const columns = wholeColumns(action, space, counts, own, first);
      own = allowed;
      return columns;
    });
  };
  let chosen = choose(1);
  // Filters that are removed alone leave no columns dead.
  for (const slack of space.structure === "filter" ? [] : SLACKS) {
    if (chosen.cost > CLOSE * allowed) break;
    const next = choose(slack);
    if (next.cost <= allowed && next.cost > chosen.cost) chosen = next;
  }
  return chosen;
}
