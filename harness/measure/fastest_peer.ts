/**
 * Which peer engine a row is held against.
 *
 * @module
 */

import { HOST } from "../case.ts";
import type { CaseResult } from "../result.ts";

/** The device whose cores a row runs on: an engine is a device by name, and runs on this machine. */
export function machineOf({ spec }: CaseResult): string {
  return spec.device === spec.method ? HOST : spec.device;
}

/**
 * The best dense engine that a user could pick in place of what a row is: of the peers that gave a
 * valid time for the same network on as many threads of the same machine, the fastest by its median.
 */
export function fastestPeer(
  own: CaseResult,
  rows: readonly CaseResult[],
): CaseResult | undefined {
  const { spec } = own;
  return rows
    .filter((row) =>
      row.role === "peer" && row.status === "ok" && row.latency !== undefined &&
      row.spec.model === spec.model && row.spec.threads === spec.threads &&
      machineOf(row) === machineOf(own)
    )
    .reduce<CaseResult | undefined>(
      (best, row) => best && best.latency!.value <= row.latency!.value ? best : row,
      undefined,
    );
}
