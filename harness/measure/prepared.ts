/**
 * A case that is ready to be measured: compressed, lowered, written to a file and checked.
 *
 * @module
 */

import type { Program } from "../../devices/device.ts";
import { BUILT_IN } from "../../devices/peers/registry.ts";
import type { CaseMetric } from "../records/metrics.ts";
import type { CaseResult } from "../result.ts";

/** The largest relative error of an output that may still be published. */
export const MAX_RELATIVE_ERROR = 1e-4;

/** Numbers that are known without timing anything. */
export type StaticMetric = Extract<
  CaseMetric,
  | "macs"
  | "rate"
  | "params"
  | "valueBytes"
  | "indexBytes"
  | "relativeError"
  | "peakBytes"
  | "activationBytes"
>;

/**
 * A case before it is measured. Its status is `"ok"` when it is ready, otherwise it says with
 * the reason why it will not be measured; its layers have no times yet.
 */
export interface PreparedCase extends
  Pick<
    CaseResult,
    "id" | "spec" | "label" | "role" | "status" | "reason" | "notes" | "layers" | StaticMetric
  > {
  /** What the device loads; absent when there is nothing to run. */
  readonly program?: Program;
}

/**
 * The case as it may be measured: one whose output was not shown to agree with ONNX Runtime's
 * becomes `"invalid"`. ONNX Runtime as a peer is that reference itself and may come unchecked.
 */
export function admit(prepared: PreparedCase): PreparedCase {
  if (prepared.status !== "ok") return prepared;
  const { relativeError, ...others } = prepared;
  if (relativeError === undefined) {
    if (prepared.role === "peer" && prepared.spec.method === BUILT_IN) return prepared;
    return { ...prepared, status: "invalid", reason: "its output was not checked" };
  }
  // Written so that NaN, which no record can hold, is refused as well.
  if (relativeError <= MAX_RELATIVE_ERROR) return prepared;
  return {
    ...others,
    ...(Number.isFinite(relativeError) && { relativeError }),
    status: "invalid",
    reason: `relative error of the output must be at most ${MAX_RELATIVE_ERROR}: ` +
      `current value is ${relativeError}`,
  };
}

/** Whether there is something to measure. */
export function isReady(prepared: PreparedCase): boolean {
  return prepared.status === "ok" && prepared.program !== undefined;
}
