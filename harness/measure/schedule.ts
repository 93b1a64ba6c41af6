/**
 * The order of visits. Every block of every round visits each case once, in an order shuffled
 * anew, so that neither place in time nor neighbours favour a case.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";

/** Case ids in the order of their visits, by block. */
export type RoundSchedule = readonly (readonly string[])[];

/**
 * The schedule of one round. It depends on nothing but its arguments, so a resumed run does in
 * its remaining rounds exactly what an uninterrupted one does.
 *
 * @param cases Ids of the cases, in the order of the run.
 */
export function roundSchedule(
  cases: readonly string[],
  options: { readonly round: number; readonly blocks: number; readonly seed: number },
): RoundSchedule {
  const random = new Random(options.seed, `schedule/round ${options.round}`);
  return Array.from({ length: options.blocks }, () => random.shuffle([...cases]));
}
