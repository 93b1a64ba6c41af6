/**
 * What a run says of the devices that it ran on.
 *
 * @module
 */

import { deviceName } from "../open_devices.ts";
import type { CaseResult, RunResult } from "../result.ts";

/** Whether methods ran on several devices; peer engines, each a device by name, do not count. */
export function hasSeveralDevices(run: RunResult): boolean {
  return placesOf(run).length > 1;
}

/** The devices that methods ran on, in the order of the run. */
function placesOf({ cases }: Pick<RunResult, "cases">): string[] {
  return [...new Set(cases.filter(({ role }) => role !== "peer").map(({ spec }) => spec.device))];
}

/** The name of a row under a heading that names its device already. */
export function labelOnDevice({ label, spec }: CaseResult): string {
  return label.replace(` on ${spec.device}`, "");
}

/** A device with what it is, e.g. `"opencl:0, PoCL (a CPU, by OpenCL)"`; this machine by its processor. */
export function deviceTitle({ manifest }: RunResult, id: string): string {
  const name = deviceName(manifest.environment, id);
  return name === undefined ? id : `${id}, ${name}`;
}

/** Every device with what it is. */
export function deviceTitles(run: RunResult): readonly string[] {
  return placesOf(run).map((id) => deviceTitle(run, id));
}

/** On which devices the model as it is takes the same form whether or not it is to be fast. */
export function withOneAlgorithm({ cases }: Pick<RunResult, "cases">): readonly string[] {
  const forms = (device: string, role: CaseResult["role"]) =>
    cases.find((row) => row.spec.device === device && row.role === role)?.layers
      .map(({ operator, kind }) => `${operator} ${kind}`).join();
  return placesOf({ cases }).filter((device) => {
    const direct = forms(device, "direct");
    return Boolean(direct) && direct === forms(device, "baseline");
  });
}
