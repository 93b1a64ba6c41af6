/**
 * What of an experiment is asked for: its parts from each seed, with their cells, checked before any
 * work.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { nearest } from "../../compressors/nearest.ts";
import { findCompressor } from "../../compressors/registry.ts";
import { lackOf, type TrainingNeed } from "../../compressors/trainer.ts";
import { matchesPattern } from "../../graph/patterns.ts";
import type { Part } from "../../suites/experiments/experiment.ts";
import { messageOf } from "../measure/round.ts";
import { hashOf, type PlannedCell, plannedCells } from "./cells.ts";
import { meansOf, missingPath, pathsOf } from "./open_part.ts";
import { DENSE } from "./records.ts";
import type { ExperimentSettings } from "./settings.ts";
import type { ExperimentStore } from "./store.ts";

/** A part from one seed, with its cells that are asked for. */
export interface Job {
  /** Network and data. */
  readonly part: Part;
  /** Of everything random. */
  readonly seed: number;
  /** What all cells begin with. */
  readonly dense: PlannedCell;
  /** Those that are asked for. */
  readonly cells: readonly PlannedCell[];
}

/** Seeds of a part that are asked for. */
export function seedsOf(part: Part, { seeds }: ExperimentSettings): readonly number[] {
  return seeds ?? part.seeds;
}

/**
 * The parts that can be run, from each seed, first seeds first.
 *
 * @param files Hashes of networks that are given as files, by name.
 * @throws {RangeError} when a pattern matches nothing, or nothing is left to run.
 */
export function jobsOf(
  settings: ExperimentSettings,
  parts: readonly Part[],
  files: ReadonlyMap<string, string>,
): Job[] {
  const { experiment, scale, paths, only = ["*"] } = settings;
  const wanted = only.map((pattern) => {
    const matches = matchesPattern(pattern.includes("/") ? pattern : `${pattern}/*`);
    const names = parts.flatMap(({ id, cells }) =>
      [DENSE, ...cells.map((cell) => cell.id)].map((cell) => `${id}/${cell}`)
    );
    if (names.some(matches)) return matches;
    throw new RangeError(
      `Cannot run only "${pattern}" as it must match a part or a cell of "${experiment.id}": ` +
        `did you mean ${nearest(pattern, [...parts.map(({ id }) => id), ...names]).join(" or ")}?`,
    );
  });
  const isWanted = (part: Part, cell: string) =>
    wanted.some((matches) => matches(`${part.id}/${cell}`));
  const jobs = parts.filter((part) => !missingPath(part, paths)).flatMap((part) =>
    seedsOf(part, settings).flatMap((seed): (Job & { readonly place: number })[] => {
      const [dense, ...cells] = plannedCells(experiment, scale, part, seed, files);
      const chosen = cells.filter(({ spec }) => isWanted(part, spec.cell));
      if (chosen.length === 0 && !isWanted(part, DENSE)) return [];
      return [{ part, seed, dense, cells: chosen, place: seedsOf(part, settings).indexOf(seed) }];
    })
  );
  if (jobs.length > 0) return jobs.sort((a, b) => a.place - b.place);
  const names = parts.map((part) => {
    const missing = missingPath(part, paths);
    return `${part.id}${missing ? ` (${missing})` : ""}`;
  });
  throw new RangeError(
    `Cannot run experiment "${experiment.id}" as some part must be chosen and its data given: ` +
      `its parts are ${names.join(", ")}`,
  );
}

/**
 * Requires that the methods of all cells take their options, and find in their part what they learn by,
 * so that none is refused when a dense network has been trained for it.
 *
 * @throws {RangeError} with the first cell that cannot be.
 */
export function requireMeans(jobs: readonly Job[]): void {
  for (const { part, cells } of jobs) {
    const means = meansOf(part);
    for (const { spec: { cell, method, options } } of cells) {
      const name = `Cannot run cell "${part.id}/${cell}"`;
      let needs: readonly TrainingNeed[];
      try {
        const compressor = findCompressor(method);
        const parsed = compressor.parseOptions(options);
        needs = compressor.needs?.(parsed) ?? [];
      } catch (cause) {
        throw new RangeError(`${name}: ${messageOf(cause)}`, { cause });
      }
      const lack = lackOf(needs, means);
      if (lack !== undefined) throw new RangeError(`${name} as "${method}" needs ${lack}`);
    }
  }
}

/** Hashes of the networks that are given as files, so that another file is another cell. */
export async function hashesOf(
  parts: readonly Part[],
  paths: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { network } of parts) {
    const path = "file" in network ? paths.get(network.file) : undefined;
    if (!("file" in network) || path === undefined || hashes.has(network.file)) continue;
    try {
      hashes.set(network.file, hashOf(await Deno.readFile(path)));
    } catch (cause) {
      throw new RangeError(
        `Cannot read --data ${network.file}=PATH as it must be an ONNX file: current value is ` +
          `"${path}"`,
        { cause },
      );
    }
  }
  return hashes;
}

/**
 * Hashes of the networks of parts that are not given this time, from what is recorded of these parts:
 * their cells are still known.
 */
export function recordedHashes(
  parts: readonly Part[],
  paths: ReadonlyMap<string, string>,
  store: ExperimentStore,
): Map<string, string> {
  const missing = parts.filter(({ network }) => "file" in network && !paths.has(network.file));
  const records = missing.length > 0 ? store.all() : [];
  return new Map(
    records.toSorted((a, b) => a.finished < b.finished ? -1 : 1).flatMap(({ spec }) => {
      const part = missing.find(({ id }) => id === spec.part);
      const { network } = spec.setting as { readonly network?: { readonly file?: string } };
      return part && "file" in part.network && network?.file
        ? [[part.network.file, network.file]]
        : [];
    }),
  );
}

/** Requires that all paths are there, so that none is found missing hours later. */
export function requirePaths(parts: readonly Part[], paths: ReadonlyMap<string, string>): void {
  for (const name of new Set(parts.flatMap(pathsOf))) {
    const path = paths.get(name);
    if (path === undefined || existsSync(path)) continue;
    throw new RangeError(
      `Cannot run with --data ${name}=PATH as it must be a file or a folder: current value is ` +
        `"${path}", which does not exist`,
    );
  }
}
