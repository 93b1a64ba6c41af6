/**
 * Which layers a user wants touched, checked against a model.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import { matchesPattern } from "../graph/patterns.ts";
import type { LayerSelection } from "./compressor.ts";
import { layersOf } from "./layers.ts";
import { nearest } from "./nearest.ts";

/** A {@link LayerSelection} that fits a model. */
export interface Selection {
  /** Why a layer must be left alone; undefined when it need not. */
  reason(layer: string): string | undefined;
  /** The reduction of a layer's weights that is asked for, by name. */
  readonly rates: ReadonlyMap<string, number>;
}

/**
 * Checks a selection against the layers of `model`.
 *
 * @throws {RangeError} when a name or pattern matches no layer, with the nearest names; when a rate
 * is below 1, or that of a layer which is to be left alone is above.
 */
export function selectionOf(
  model: Model,
  { only, keep = [], rates = new Map() }: LayerSelection = {},
): Selection {
  const names = layersOf(model).map(({ name }) => name);
  const select = (patterns: readonly string[]) =>
    new Set(patterns.flatMap((pattern) => {
      const found = names.filter(matchesPattern(pattern));
      return found.length > 0 ? found : refuseUnknown(model, pattern, names);
    }));
  const chosen = only && select(only);
  const kept = select(keep);
  const reason = (layer: string) => {
    if (kept.has(layer)) return "kept as asked";
    return !chosen || chosen.has(layer) ? undefined : "not chosen";
  };
  for (const [layer, rate] of rates) {
    if (!names.includes(layer)) refuseUnknown(model, layer, names);
    if (!(rate >= 1 && Number.isFinite(rate))) refuseRate(layer, "at least 1", rate);
    if (rate > 1 && reason(layer)) refuseRate(layer, `1 (it is ${reason(layer)})`, rate);
  }
  return { reason, rates };
}

/**
 * Refuses the rate that is asked of a layer.
 *
 * @throws {RangeError} always.
 */
export function refuseRate(layer: string, expected: string, rate: number): never {
  throw new RangeError(
    `Cannot compress layer "${layer}" as its rate must be ${expected}: current value is ${rate}`,
  );
}

function refuseUnknown(model: Model, pattern: string, names: readonly string[]): never {
  throw new RangeError(
    `Cannot select layers of model "${model.name}" as none is named "${pattern}": ` +
      `did you mean ${nearest(pattern, names).join(" or ")}?`,
  );
}
