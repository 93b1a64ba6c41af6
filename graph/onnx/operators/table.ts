/**
 * All operators that can be read. A new one is one more entry in the file of its kind.
 *
 * @module
 */

import type { OperatorReader } from "../node_reader.ts";
import { CONSTANT_READERS } from "./constants.ts";
import { ELEMENTWISE_READERS } from "./elementwise.ts";
import { LAYOUT_READERS } from "./layouts.ts";
import { NORMALIZATION_READERS } from "./normalizations.ts";
import { PART_READERS } from "./parts.ts";
import { PRODUCT_READERS } from "./products.ts";
import { REDUCTION_READERS } from "./reductions.ts";
import { RESIZE_READERS } from "./resizes.ts";
import { WINDOW_READERS } from "./windows.ts";

/** Readers by operator of the standard. */
export const OPERATOR_READERS: ReadonlyMap<string, OperatorReader> = new Map(
  [
    CONSTANT_READERS,
    ELEMENTWISE_READERS,
    LAYOUT_READERS,
    NORMALIZATION_READERS,
    PART_READERS,
    PRODUCT_READERS,
    REDUCTION_READERS,
    RESIZE_READERS,
    WINDOW_READERS,
  ].flatMap((readers) => Object.entries(readers)),
);
