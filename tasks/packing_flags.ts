/**
 * The option `--packing`: how sparse weights are packed.
 *
 * @module
 */

import { type Packing, PACKINGS } from "../kernels/plan/blocks.ts";
import { choiceOf, listOf } from "./flags.ts";

/** The packings of a list. @throws {UsageError} when there is no such packing. */
export function packingsOf(text: string): Packing[] {
  return listOf("packing", text).flatMap((word) => choiceOf("packing", word, PACKINGS) ?? []);
}
