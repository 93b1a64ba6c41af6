/**
 * What records tell of a run when it begins.
 *
 * @module
 */

import { basename } from "node:path";
import type { SuiteFile, SuiteInput } from "../suites/suite.ts";
import type { PlannedCase } from "./case.ts";
import { environmentWarnings, machineName } from "./environment/environment.ts";
import type { OpenDevices } from "./open_devices.ts";
import type { PublishedNames } from "./published_names.ts";
import { SCHEMA_VERSION } from "./records/records.ts";
import type { Manifest } from "./result.ts";
import { type BenchSettings, isCompressed, rowName } from "./settings.ts";

/** A case as records have it; the method of a peer is its device. */
export function withPublishedNames(
  { spec, ...others }: PlannedCase,
  names: PublishedNames,
): PlannedCase {
  const { device, method } = spec;
  return {
    ...others,
    spec: { ...spec, device: names.published(device), method: names.published(method) },
  };
}

/** The manifest of a run that begins now. */
export function manifestOf(
  settings: BenchSettings,
  fed: SuiteInput,
  { environment, names }: OpenDevices,
): Manifest {
  const { suite, rows, rate, threads, devices, packings, seed, rounds, blocks, machine, command } =
    settings;
  const started = new Date().toISOString();
  return {
    schema: SCHEMA_VERSION,
    run: `${started.slice(0, 19).replaceAll(":", "-")}-${suite.id}`,
    machine: machineName(environment, machine),
    suite: suite.id,
    started,
    command: names.inText(command),
    input: fed.description,
    settings: {
      ...Object.fromEntries((suite.files ?? []).map((file) => [file.kind, fileName(file)])),
      ...Object.fromEntries(
        rows.flatMap((row) => row.file ? [[`model of ${rowName(row)}`, fileName(row.file)]] : []),
      ),
      ...(rows.every((row) => row.file || !isCompressed(row)) ? {} : { rate }),
      rows: names.inText(rows.map(rowName).join(", ")),
      ...(devices && { devices: devices.map((id) => names.published(id)).join(", ") }),
      ...(packings && { packings: packings.join(", ") }),
      threads: threads.join(","),
      rounds,
      blocks,
      ...(settings.readings && { readings: true }),
    },
    seeds: { weights: seed, compression: seed, schedule: seed },
    environment,
    warnings: environmentWarnings(environment),
  };
}

/** A file as records name it: without where it is on this machine. */
function fileName({ path, sha256 }: SuiteFile): string {
  return `${basename(path)} (sha256 ${sha256})`;
}
