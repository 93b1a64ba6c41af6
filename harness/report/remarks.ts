/**
 * What must be known of the rows of a run besides their numbers.
 *
 * @module
 */

import type { CaseResult } from "../result.ts";
import { labelOnDevice } from "./devices.ts";

/** What must be known of the rows, each thing said once with the rows that it holds for. */
export function remarks(rows: readonly CaseResult[]): readonly string[] {
  const found = new Map<string, CaseResult[]>();
  for (const row of rows) {
    for (const note of row.notes) found.set(note, [...found.get(note) ?? [], row]);
  }
  return [...found].map(([note, noted]) => `${whichOf(noted, rows)}: ${note}`);
}

/** Names rows by what they have in common, where they are all that have it. */
function whichOf(noted: readonly CaseResult[], rows: readonly CaseResult[]): string {
  const compressed = rows.filter(({ role }) => role === "subject" || role === "control");
  if (noted.length > 1 && isSame(noted, compressed)) return "all compressed models";
  const ran = rows.filter(({ role, status }) =>
    role !== "peer" && status !== "skipped" && status !== "failed"
  );
  const onDevice = Map.groupBy(ran, ({ spec }) => spec.device);
  const devices = [...new Set(noted.map(({ spec }) => spec.device))];
  if (noted.length > 1 && isSame(noted, devices.flatMap((device) => onDevice.get(device) ?? []))) {
    return `all on ${devices.join(", ")}`;
  }
  const names = [...Map.groupBy(noted, labelOnDevice)].flatMap(([name, own]) =>
    own.length > 1 && own.length === rows.filter((row) => labelOnDevice(row) === name).length
      ? [name]
      : own.map(({ label }) => label)
  );
  return names.join(", ");
}

function isSame(some: readonly CaseResult[], others: readonly CaseResult[]): boolean {
  return some.length === others.length && some.every((row) => others.includes(row));
}
