/**
 * Cases of every operator, for the oracle and for gradients.
 *
 * @module
 */

import type { GradientCase } from "./cases/case.ts";
import { CHANNEL_CASES } from "./cases/channels.ts";
import { ELEMENTWISE_CASES } from "./cases/elementwise.ts";
import { LAYER_CASES } from "./cases/layers.ts";
import { MOVEMENT_CASES } from "./cases/movement.ts";

export type { GradientCase } from "./cases/case.ts";

/** All of them. */
export const GRADIENT_CASES: readonly GradientCase[] = [
  ...LAYER_CASES,
  ...CHANNEL_CASES,
  ...ELEMENTWISE_CASES,
  ...MOVEMENT_CASES,
];
