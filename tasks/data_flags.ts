/**
 * The options that say what a network learns from or is judged by, which `train` and `evaluate` share.
 *
 * @module
 */

import type { DataSettings } from "../harness/training/settings.ts";
import { DATA_SOURCES, findDataSource } from "../suites/datasets/sources.ts";
import { NETWORKS } from "../suites/networks.ts";
import { listOf, numberOf, UsageError } from "./flags.ts";

/** Options that say where samples come from. */
export interface DataFlags {
  readonly data?: string;
  readonly "split-train"?: string;
  readonly "split-test"?: string;
  readonly mean?: string;
  readonly std?: string;
}

/**
 * What the options mean.
 *
 * @throws {UsageError|RangeError} when the source is not known, its path missing or one too many, or
 *   the normalisation no list of numbers.
 */
export function dataOf(flags: DataFlags): DataSettings {
  const { data, mean, std, "split-train": train, "split-test": test } = flags;
  if (data === undefined) {
    throw new UsageError(
      "Cannot run as --data must be given, e.g. --data textures or --data cifar10:FOLDER " +
        "(--list shows all kinds)",
    );
  }
  const [kind, ...rest] = data.split(":");
  const source = findDataSource(kind);
  const path = rest.length === 0 ? undefined : rest.join(":");
  if (source.generated && path !== undefined) {
    throw new UsageError(
      `Cannot run as --data ${kind} is generated and takes no path: current value is "${path}"`,
    );
  }
  if (!source.generated && !path) {
    throw new UsageError(
      `Cannot run as --data ${kind} needs a path, as in "${kind}:FOLDER": current value is "${data}"`,
    );
  }
  if ((mean === undefined) !== (std === undefined)) {
    throw new UsageError("Cannot run as --mean and --std must be given together");
  }
  return {
    source,
    ...(path !== undefined && { path }),
    ...((train !== undefined || test !== undefined) && {
      split: { ...(train !== undefined && { train }), ...(test !== undefined && { test }) },
    }),
    ...(mean !== undefined && std !== undefined && {
      normalise: { mean: numbersOf("mean", mean), std: numbersOf("std", std) },
    }),
  };
}

/** The words that {@linkcode dataOf} reads so, and the seed where it is not the default. */
export function dataWords(
  { source, path, split, normalise }: DataSettings,
  seed: number,
): string[] {
  const given: Readonly<Record<string, string | undefined>> = {
    data: path === undefined ? source.id : `${source.id}:${path}`,
    "split-train": split?.train,
    "split-test": split?.test,
    mean: normalise?.mean.join(","),
    std: normalise?.std.join(","),
    seed: seed === 1 ? undefined : String(seed),
  };
  return Object.entries(given).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, value]
  );
}

function numbersOf(flag: string, text: string): number[] {
  return listOf(flag, text).map((part) => numberOf(flag, part));
}

/** What `--list` prints. */
export function renderDataList(): string {
  const width = Math.max(...[...NETWORKS, ...DATA_SOURCES].map(({ id }) => id.length)) + 2;
  const about = {
    images: "classified images",
    clips: "classified clips",
    detection: "boxes in images",
  };
  const network = ({ id, kind, paper, small }: typeof NETWORKS[number]) => {
    const form = ({ size, frames, width }: typeof paper) =>
      `${frames === undefined ? "" : `${frames}x`}${size}x${size}` +
      (width === 1 ? "" : ` at width ${width}`);
    return `  ${id.padEnd(width)}${about[kind]}, ${form(paper)}; for generated data ${form(small)}`;
  };
  return [
    "networks",
    ...NETWORKS.map(network),
    "data",
    ...DATA_SOURCES.map(({ id, kind, generated, description }) =>
      `  ${(generated ? id : `${id}:PATH`).padEnd(width)}${description} (${about[kind]})`
    ),
  ].join("\n");
}
