/**
 * How every operator that can be trained through is differentiated.
 *
 * @module
 */

import type { Rules } from "./rule.ts";
import { BINARY_RULES } from "./rules/binary.ts";
import { CONVOLUTION_RULES } from "./rules/convolution.ts";
import { DROPOUT_RULES } from "./rules/dropout.ts";
import { ELEMENTWISE_RULES } from "./rules/elementwise.ts";
import { MOVEMENT_RULES } from "./rules/movement.ts";
import { NORMALIZATION_RULES } from "./rules/normalization.ts";
import { POOLING_RULES } from "./rules/pooling.ts";
import { PRODUCT_RULES } from "./rules/products.ts";
import { REDUCTION_RULES } from "./rules/reductions.ts";
import { RESIZE_RULES } from "./rules/resize.ts";
import { SOFTMAX_RULES } from "./rules/softmax.ts";

/** By operator; one that is missing stops training where its gradient is needed. */
export const RULES: Rules = {
  ...CONVOLUTION_RULES,
  ...PRODUCT_RULES,
  ...POOLING_RULES,
  ...NORMALIZATION_RULES,
  ...ELEMENTWISE_RULES,
  ...BINARY_RULES,
  ...REDUCTION_RULES,
  ...SOFTMAX_RULES,
  ...MOVEMENT_RULES,
  ...RESIZE_RULES,
  ...DROPOUT_RULES,
};
