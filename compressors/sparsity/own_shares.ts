/**
 * Penalties for layers whose shares are decided beforehand.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { GroupedWeight } from "../../training/penalties/grouped.ts";
import { normsIn } from "../learning/relative.ts";
import { type PenaltyKind, POWERS } from "../learning/strength.ts";
import type { PrunedLayer } from "./plan.ts";

/**
 * The groups of layers with factors by which one strength makes the share of each layer small that it
 * is to lose, whatever the scale of its weights: by the power of the norm of the largest group that goes
 * with which the time grows that groups take to vanish under the penalty. The mean factor is 1. Layers
 * that lose nothing are left out.
 *
 * @param counts Groups that each of the layers keeps.
 */
export function pushedToShares(
  { weights }: Model,
  layers: readonly PrunedLayer[],
  counts: readonly number[],
  kind: PenaltyKind,
): GroupedWeight[] {
  const pushed = layers.flatMap(({ weight, shape, layout }, i): Required<GroupedWeight>[] => {
    const grouped = { name: weight, shape, layout };
    const largest = normsIn(weights, grouped).sort().at(-1 - counts[i]) ?? 0;
    return largest > 0 ? [{ ...grouped, factor: largest ** POWERS[kind] }] : [];
  });
  const mean = pushed.reduce((sum, { factor }) => sum + factor, 0) / pushed.length;
  return pushed.map((grouped) => ({ ...grouped, factor: grouped.factor / mean }));
}
