/**
 * Penalties for layers whose shares are decided beforehand.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { values } from "../../graph/tensor.ts";
import { type GroupedWeight, liveNorms } from "../../training/penalties/grouped.ts";
import type { PenaltyChoice } from "../learning/penalised.ts";
import type { PrunedLayer } from "./plan.ts";

/**
 * The groups of layers with factors by which one strength makes the share of each layer small that it
 * is to lose, whatever the scale of its weights: by the norm of the largest group that goes, or its
 * square, as the time that groups take to vanish under the penalty is. The mean factor is 1. Layers
 * that lose nothing are left out.
 *
 * @param counts Groups that each of the layers keeps.
 */
export function pushedToShares(
  { weights }: Model,
  layers: readonly PrunedLayer[],
  counts: readonly number[],
  kind: PenaltyChoice["kind"],
): GroupedWeight[] {
  const pushed = layers.flatMap(({ weight, shape, layout }, i): Required<GroupedWeight>[] => {
    const grouped = { name: weight, shape, layout };
    const live = new Map([[weight, values(weights.get(weight)!)]]);
    const largest = liveNorms("shares", live, grouped).sort().at(-1 - counts[i]) ?? 0;
    return largest > 0 ? [{ ...grouped, factor: kind === "fixed" ? largest : largest ** 2 }] : [];
  });
  const mean = pushed.reduce((sum, { factor }) => sum + factor, 0) / pushed.length;
  return pushed.map((grouped) => ({ ...grouped, factor: grouped.factor / mean }));
}
