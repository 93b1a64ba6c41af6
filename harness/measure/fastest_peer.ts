/**
 * Which peer engine a row is held against.
 *
 * @module
 */

import type { CaseResult } from "../result.ts";

/**
 * The best dense engine that a user could pick in place of what a row is: of the peers that gave a
 * valid time for the same network on as many threads, the fastest by its median.
 */
export function fastestPeer(
  { spec }: CaseResult,
  rows: readonly CaseResult[],
): CaseResult | undefined {
  return rows
    .filter((row) =>
      row.role === "peer" && row.status === "ok" && row.latency !== undefined &&
      row.spec.model === spec.model && row.spec.threads === spec.threads
    )
    .reduce<CaseResult | undefined>(
      (best, row) => best && best.latency!.value <= row.latency!.value ? best : row,
      undefined,
    );
}
