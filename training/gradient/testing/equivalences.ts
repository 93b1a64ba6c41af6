/**
 * Pairs of graphs that compute the same: one with an operator, one without it.
 *
 * @module
 */

import type { Equivalence } from "./equivalences/equivalence.ts";
import { FUNCTION_EQUIVALENCES } from "./equivalences/functions.ts";
import { LAYER_EQUIVALENCES } from "./equivalences/layers.ts";
import { NORMALIZATION_EQUIVALENCES } from "./equivalences/normalizations.ts";

export { modelOf } from "./equivalences/equivalence.ts";

/** All of them. */
export const EQUIVALENCES: readonly Equivalence[] = [
  ...LAYER_EQUIVALENCES,
  ...NORMALIZATION_EQUIVALENCES,
  ...FUNCTION_EQUIVALENCES,
];
