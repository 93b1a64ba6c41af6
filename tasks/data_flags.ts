/**
 * The options that say what a network learns from or is judged by, which `train` and `evaluate` share.
 *
 * @module
 */

import type { DataSettings } from "../harness/training/settings.ts";
import type { ClipChoices } from "../suites/datasets/source.ts";
import { DATA_SOURCES, findDataSource } from "../suites/datasets/sources.ts";
import { NETWORKS } from "../suites/networks.ts";
import { integerOf, listOf, numberOf, UsageError } from "./flags.ts";

/** Options that say where samples come from. */
export interface DataFlags {
  readonly data?: string;
  readonly "split-train"?: string;
  readonly "split-test"?: string;
  readonly mean?: string;
  readonly std?: string;
  readonly stride?: string;
  readonly "no-flip"?: boolean;
  readonly "frame-cache"?: string;
}

/** Names of those with a value. */
export const DATA_VALUES = [
  "data",
  "split-train",
  "split-test",
  "mean",
  "std",
  "stride",
  "frame-cache",
] as const;

/** What their help says, behind `--data`. */
export const DATA_HELP = `\
  --split-train FILES, --split-test FILES
                       files that say which samples are for what, a path on each line
  --mean LIST, --std LIST
                       normalisation of each channel in 0..1, e.g. 0.485,0.456,0.406: for a network
                       that was trained elsewhere, that of its training
  --stride N           of videos: from one frame of a clip to the next
  --no-flip            of videos: mirror no clips in training, as for motions with a side
  --frame-cache FOLDER of videos: keep decoded frames there from one run to the next`;

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
  const clips = clipsOf(flags);
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
  if (clips && (source.generated || source.kind !== "clips")) {
    throw new UsageError(
      "Cannot run as --stride, --no-flip and --frame-cache are of videos on disk: " +
        `current value is --data ${kind}`,
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
    ...(clips && { clips }),
  };
}

function clipsOf(
  { stride, "no-flip": still = false, "frame-cache": cache }: DataFlags,
): ClipChoices | undefined {
  if (stride === undefined && !still && cache === undefined) return undefined;
  return {
    ...(stride !== undefined && { stride: integerOf("stride", stride, 1) }),
    ...(still && { flip: false }),
    ...(cache !== undefined && { cache }),
  };
}

/** The words that {@linkcode dataOf} reads so, and the seed where it is not the default. */
export function dataWords(
  { source, path, split, normalise, clips }: DataSettings,
  seed: number,
): string[] {
  const given: Readonly<Record<string, string | undefined>> = {
    data: path === undefined ? source.id : `${source.id}:${path}`,
    "split-train": split?.train,
    "split-test": split?.test,
    mean: normalise?.mean.join(","),
    std: normalise?.std.join(","),
    stride: clips?.stride?.toString(),
    "frame-cache": clips?.cache,
    seed: seed === 1 ? undefined : String(seed),
  };
  const words = Object.entries(given).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, value]
  );
  return clips?.flip === false ? [...words, "--no-flip"] : words;
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
