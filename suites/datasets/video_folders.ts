/**
 * Sets of classified videos on disk, from which clips are cut.
 *
 * @module
 */

import { resolve } from "node:path";
import { inParallel } from "../../graph/in_parallel.ts";
import type { ClassLabel } from "../../training/data/dataset.ts";
import { type ClassItem, type DividedFolders, divideFolders } from "./class_folders.ts";
import { Faults } from "./faults.ts";
import { FrameCache } from "./frame_cache.ts";
import { type ClipExtents, clipExtents, type FrameStack, stackFrames } from "./frame_stack.ts";
import { shortName } from "./frames.ts";
import { levelTables, type Normalisation } from "./normalisation.ts";
import type { ClipSource, DataOptions, DataSplits } from "./source.ts";
import { clipDataset, spanOf, strideOf } from "./video_clips.ts";
import { readFrames, VIDEO_CONTENT } from "./video_item.ts";

/** Options of sets of videos. */
export interface VideoSetOptions extends DataOptions {
  /** Clips of each test video, evenly over its length; samples `i * windows` and on. @default {1} */
  readonly windows?: number;
  /** Bytes of decoded frames that are kept in memory. @default {2 ** 30} */
  readonly memory?: number;
  /** Called when another video has been looked through. */
  onProgress?(done: number, total: number): void;
}

/** A source that takes {@linkcode VideoSetOptions}. */
export interface VideoSource extends ClipSource {
  /** Looks through the set: decodes each video that is used once. */
  open(options: VideoSetOptions): Promise<DataSplits<ClassLabel>>;
}

/** What sets of videos differ in. */
export interface VideoSetLayout {
  /** What messages and curves call the set. */
  readonly id: string;
  /** Stride when none is asked for. */
  readonly stride?: number;
  /** Finds the videos, and says which are for training and which for tests. */
  find(root: string): Promise<DividedFolders>;
}

/** Frames are kept this much larger than what is cut out of them: 128 for C3D's 112. */
const MARGIN = 8 / 7;

/** Kinetics-400, as torchvision's video networks read it. */
const KINETICS: Normalisation = {
  mean: [0.43216, 0.394666, 0.37645],
  std: [0.22803, 0.22145, 0.216989],
};
const KINETICS_GRAY: Normalisation = { mean: [0.4038], std: [0.2220] };

/** Any set of class folders. */
export const videoFoldersSource: VideoSource = {
  id: "videos",
  description: "folders of videos, film strips or folders of frames, one folder for each class",
  kind: "clips",
  generated: false,
  open: (options) =>
    openVideoSet(options, {
      id: "videos",
      find: (root) => divideFolders(root, VIDEO_CONTENT, options),
    }),
};

/**
 * Opens a set of videos. Each video that is used is decoded once, so that a damaged one is found
 * before training; frames stay in memory, and in the cache folder if there is one.
 *
 * @throws {RangeError} when something is missing or does not fit, or a video is too short.
 * @throws {SyntaxError} when videos are damaged.
 * @throws {Error} when there are video files and `ffmpeg` is not installed.
 */
export async function openVideoSet(
  options: VideoSetOptions,
  layout: VideoSetLayout,
): Promise<DataSplits<ClassLabel>> {
  const path = setPath(options);
  const { sampleShape, normalise, windows = 1, clips = {} } = options;
  const extents = clipExtents(sampleShape);
  const { channels } = extents;
  const tables = levelTables(normalise ?? (channels === 1 ? KINETICS_GRAY : KINETICS), channels);
  for (const [name, value] of Object.entries({ stride: clips.stride ?? 1, windows })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(
      `Cannot open videos as "${name}" must be a positive integer: current value is ${value}`,
    );
  }
  const { items, division: { classes, train, test } } = await layout.find(path);

  const faults = new Faults();
  const what = `Cannot open videos "${path}"`;
  const cache = new FrameCache({ memory: options.memory, folder: clips.cache });
  const decode = decoder(cache, extents);
  const used = [...train, ...test];
  const counts = await lookThrough(used.map((i) => items[i]), decode, faults, options);
  faults.refuse(what, "its videos must be sound");
  const stride = clips.stride ?? layout.stride ?? strideOf(counts, extents.frames);
  const span = spanOf(extents.frames, stride);
  // A clip that mostly stands still shows no motion.
  const least = Math.ceil(span / 2);
  for (const [k, i] of used.entries()) {
    if (counts[k] < least) faults.add(`${items[i].path} has ${counts[k]} frames`);
  }
  faults.refuse(
    what,
    `its videos must have ${least} frames or more, half of a clip of ${extents.frames} that are ` +
      `${stride} apart`,
  );
  const countOf = new Map(used.map((i, k) => [i, counts[k]]));
  const repeated = (indices: readonly number[]) => {
    const short = indices.filter((i) => countOf.get(i)! < span).length;
    return short > 0 ? `, last frame repeated in ${short} short videos` : "";
  };

  const part = (name: string, indices: readonly number[], windows: number) =>
    clipDataset({
      name: `${layout.id} ${name}`,
      description:
        `${indices.length} videos of ${shortName(path, 1)}, ${classes.length} classes, ` +
        `${extents.frames} frames ${stride} apart` +
        (windows > 1 ? `, ${windows} clips each` : "") + repeated(indices),
      sampleShape,
      classes,
      videos: indices.map((i) => ({
        label: classes.indexOf(items[i].className),
        frames: (signal) => decode(items[i], signal),
      })),
      stride,
      flip: clips.flip ?? true,
      windows,
      tables,
    });
  return {
    train: part("train", train, 1),
    ...(test.length > 0 && { test: part("test", test, windows) }),
  };
}

/**
 * The folder that was given.
 *
 * @throws {RangeError} when none was.
 */
export function setPath({ path }: VideoSetOptions): string {
  if (path !== undefined) return path;
  throw new RangeError(`Cannot open videos as ${VIDEO_CONTENT.rule}: current value is no path`);
}

type Decoder = (item: ClassItem, signal?: AbortSignal) => Promise<FrameStack>;

/** Frames at the size from which samples are cut. */
function decoder(cache: FrameCache, { channels, height, width }: ClipExtents): Decoder {
  const window = { height: Math.round(height * MARGIN), width: Math.round(width * MARGIN) };
  const keys = new Map<ClassItem, string>();
  return async (item, signal) => {
    const { file } = item;
    let key = keys.get(item);
    if (key === undefined) {
      const { size, mtime } = await Deno.stat(file);
      key = [resolve(file), size, mtime?.getTime(), window.height, window.width, channels].join(
        "\n",
      );
      keys.set(item, key);
    }
    return await cache.get(
      key,
      () => stackFrames(readFrames(item, signal), window, channels, file),
    );
  };
}

/** Decodes videos once and gives their numbers of frames; 0 and a fault for those that cannot be. */
async function lookThrough(
  items: readonly ClassItem[],
  decode: Decoder,
  faults: Faults,
  { signal, onProgress }: VideoSetOptions,
): Promise<number[]> {
  const counts = new Array<number>(items.length).fill(0);
  const errors = new Map<number, SyntaxError | RangeError>();
  let done = 0;
  await inParallel(items, async (item, i) => {
    signal?.throwIfAborted();
    try {
      counts[i] = (await decode(item, signal)).count;
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      errors.set(i, error);
    }
    onProgress?.(++done, items.length);
  });
  for (const [, error] of [...errors].sort(([a], [b]) => a - b)) {
    if (error instanceof SyntaxError) faults.addDamage(error.message);
    else faults.add(error.message);
  }
  return counts;
}
