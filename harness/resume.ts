/**
 * What must still hold when a run goes on, for its times to be compared with those before.
 *
 * @module
 */

import type { SuiteFile } from "../suites/suite.ts";
import type { PlannedCase } from "./case.ts";
import type { Environment } from "./environment/environment.ts";
import type { RunSetup } from "./measure/setup.ts";
import { deviceFact } from "./open_devices.ts";
import type { PublishedNames } from "./published_names.ts";
import type { Manifest } from "./result.ts";

/** What must be the same in all rounds of a run, besides other devices, for times to be compared. */
const INVARIANTS = ["cpu", "isa", "build", "onnxruntime"];

/**
 * Refuses to go on with other versions of what times depend on.
 *
 * @throws {Error} with what was there before and what is now.
 */
export function requireSame(
  folder: string,
  { environment: before }: Manifest,
  now: Environment,
  cases: readonly PlannedCase[],
): void {
  const devices = cases.map(({ spec }) => deviceFact(spec.device));
  for (const name of new Set([...INVARIANTS, ...devices])) {
    if (before[name] === now[name]) continue;
    throw new Error(
      `Cannot resume "${folder}" as "${name}" must be what it was, "${before[name]}": ` +
        `current value is "${now[name]}"; start a new run`,
    );
  }
}

/**
 * Refuses to go on with other devices: a board of another model, a program that was changed.
 *
 * @throws {Error} with what was there before and what is now.
 */
export function requireSameDevices(
  folder: string,
  { cases, addresses = {} }: RunSetup,
  names: PublishedNames,
): void {
  for (const before of new Set(cases.map(({ spec }) => spec.device))) {
    const now = names.published(addresses[before] ?? before);
    if (now === before) continue;
    throw new Error(
      `Cannot resume "${folder}" as device "${before}" must be what it was: ` +
        `current value is "${now}"; start a new run`,
    );
  }
}

/**
 * Refuses to go on with another network.
 *
 * @throws {Error} with what was there before and what is now.
 */
export function requireSameFiles(
  folder: string,
  before: readonly SuiteFile[],
  now: readonly SuiteFile[],
): void {
  for (const { kind, path, sha256 } of before) {
    const found = now.find((file) => file.kind === kind)?.sha256;
    if (found === sha256) continue;
    throw new Error(
      `Cannot resume "${folder}" as "${path}" must be what it was, sha256 ${sha256}: current value ` +
        `is ${found}; start a new run`,
    );
  }
}
