/**
 * A case is one plain value: what is compressed, how, and where it runs. Its name is the hash of
 * that value, so any process can run it and records merge by copying.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { SuiteFile } from "../suites/suite.ts";
import type { CaseResult, CaseSpec } from "./result.ts";

/** The device that is this machine, where the network runs when nothing else is said. */
export const HOST = "host";

/** A case that a run will have. */
export interface PlannedCase {
  /** What it is. */
  readonly spec: CaseSpec;
  /** What it is for. */
  readonly role: CaseResult["role"];
  /** Where the model of `spec.file` is on this machine. */
  readonly file?: SuiteFile;
}

/** JSON with the keys of every object sorted, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part) =>
      part !== null && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}

/** Content hash of a case: the first 12 hex digits of the SHA-256 of its canonical JSON. */
export function caseId(spec: CaseSpec): string {
  return createHash("sha256").update(canonicalJson(spec)).digest("hex").slice(0, 12);
}

/**
 * Name of a case for people, e.g. `"rt3d kgs 8x4"` or `"rt3d kgs 8x4, csr"`; one method's name alone
 * when it has no scheme.
 */
export function caseLabel({ method, scheme, packing }: CaseSpec): string {
  const name = scheme === "" ? method : `${method} ${scheme}`;
  return packing ? `${name}, ${packing}` : name;
}

/** Scheme and packing as the columns of tables tell them, e.g. `"kgs 8x4, csr"`. */
export function schemeText({ scheme, packing }: CaseSpec): string {
  return [scheme, packing].filter(Boolean).join(", ");
}

/** The same with the device, where that is not this machine: `"dense on opencl:0"`. */
export function placedLabel(spec: CaseSpec): string {
  const here = spec.device === HOST || spec.device === spec.method;
  return here ? caseLabel(spec) : `${caseLabel(spec)} on ${spec.device}`;
}

/**
 * The second copy of a case, for the A/A band. It is told apart by an option that no compressor
 * reads, so that its hash differs while everything that runs is the same.
 */
export function secondCopy(spec: CaseSpec): CaseSpec {
  return { ...spec, options: { ...spec.options, copy: 2 } };
}

/**
 * Names the network that a case runs: device, thread counts and the second copy change how it is run,
 * not what is run. Devices whose kernels are of one kind share its plan.
 */
export function programId(spec: CaseSpec): string {
  const { copy: _, ...options } = spec.options;
  return caseId({ ...spec, options, device: "", threads: 0 });
}

/** Names what is checked once: a program on a device, on so many threads. */
export function checkId(spec: CaseSpec): string {
  return `${programId(spec)} on ${spec.threads} threads of ${spec.device}`;
}
