/**
 * A case that is ready to be measured: compressed, lowered, written to a file and checked.
 *
 * @module
 */

import { FLOAT_TOLERANCE, type Program } from "../../devices/device.ts";
import { BUILT_IN } from "../../devices/peers/registry.ts";
import type { CaseMetric } from "../records/metrics.ts";
import type { CaseResult } from "../result.ts";

/** Numbers that are known without timing anything. */
export type StaticMetric = Extract<
  CaseMetric,
  | "macs"
  | "rate"
  | "params"
  | "valueBytes"
  | "indexBytes"
  | "relativeError"
  | "tolerance"
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
 * The case as it may be measured: one whose output was not shown to agree with ONNX Runtime's, as
 * closely as its device can, becomes `"invalid"`. ONNX Runtime as a peer is that reference itself and may come unchecked.
 */
export function admit(prepared: PreparedCase): PreparedCase {
  if (prepared.status !== "ok") return prepared;
  const { relativeError, ...others } = prepared, { tolerance = FLOAT_TOLERANCE } = others;
  if (relativeError === undefined) {
    if (prepared.role === "peer" && prepared.spec.method === BUILT_IN) return prepared;
    return { ...prepared, status: "invalid", reason: "its output was not checked" };
  }
  if (relativeError <= tolerance) return prepared;
  const invalid = { ...others, status: "invalid" } as const;
  // NaN is no number that a record can hold, nor is infinity.
  if (!Number.isFinite(relativeError)) {
    return { ...invalid, reason: "its output must be finite everywhere: a value is not" };
  }
  return {
    ...invalid,
    relativeError,
    reason: `relative error of the output must be at most ${tolerance}: ` +
      `current value is ${relativeError}`,
  };
}

/** Whether there is something to measure. */
export function isReady(prepared: PreparedCase): boolean {
  return prepared.status === "ok" && prepared.program !== undefined;
}
