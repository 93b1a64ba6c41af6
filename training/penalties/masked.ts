/**
 * Masked training: what was removed stays removed.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import { spreadGroups } from "../../graph/structure.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Penalty } from "./penalty.ts";
import { applyMask } from "./pull.ts";
import { liveWeight } from "./state.ts";

/**
 * A constraint that holds weights at zero.
 *
 * Weights are set to zero when it begins. Give it from the first step on: a momentum that a weight
 * got before would still move it.
 *
 * @param masks By name of the weight: 1 where it learns, 0 where it is removed.
 */
export function masked(masks: ReadonlyMap<string, Uint8Array>): Penalty {
  const pulls = new Map([...masks].map(([name, mask]) => [name, { mask }]));
  return {
    id: "masked",
    settings: { kept: Object.fromEntries([...masks].map(([name, mask]) => [name, sum(mask)])) },
    begin(weights) {
      const live = [...masks].map(([name, mask]) => ({
        mask,
        array: liveWeight("masked", weights, name, mask.length),
      }));
      for (const { array, mask } of live) applyMask(array, mask);
    },
    pulls: () => pulls,
    value: () => 0,
    save: () => new Map(),
    restore() {},
  };
}

/** Masks of the weights of a model that have a structure: 1 in groups that are kept. */
export function structureMasks(model: Model): Map<string, Uint8Array> {
  return new Map([...model.structures].map(([name, { layout, kept }]) => {
    const { shape } = model.weights.get(name)!;
    return [name, spreadGroups(kept, shape, layout, new Uint8Array(sizeOf(shape)))];
  }));
}

function sum(mask: Uint8Array): number {
  return mask.reduce((sum, kept) => sum + kept, 0);
}
