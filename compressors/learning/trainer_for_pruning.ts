/**
 * The trainer of methods that find out by training what goes.
 *
 * @module
 */

import type { CompressionContext } from "../compressor.ts";
import { requireTrainer, type Trainer } from "../trainer.ts";

/**
 * The trainer of a context, when it may prune for at least one epoch.
 *
 * @throws {RangeError} when there is none, or its budget has no such epoch.
 */
export function trainerForPruning(
  context: Pick<CompressionContext, "trainer">,
  method: string,
  what: string,
): Trainer {
  const trainer = requireTrainer(context, method, what);
  const { prune } = trainer.budget;
  if (Number.isSafeInteger(prune) && prune >= 1) return trainer;
  throw new RangeError(
    `Cannot compress by "${method}" with ${what} as epochs for pruning must be at least 1: ` +
      `current value is ${prune}`,
  );
}
