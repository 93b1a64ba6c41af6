/**
 * Clips cut out of videos: which frames, which part of them, in training and when judged.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { ClassLabel, Dataset } from "../../training/data/dataset.ts";
import { centreCrop, randomCrop } from "./augment.ts";
import { type Cut, cutClip, type FrameStack } from "./frame_stack.ts";

/** Default strides go no further, so that motion stays motion. */
const MOST_STRIDE = 4;

/** A video whose length is known and whose frames can be had. */
export interface ClassifiedVideo {
  /** Index of its class. */
  readonly label: ClassLabel;
  /** Its frames. */
  frames(signal?: AbortSignal): Promise<FrameStack>;
}

/** What {@linkcode clipDataset} is made of. */
export interface ClipSet {
  /** What messages call it. */
  readonly name: string;
  /** What it is made of. */
  readonly description: string;
  /** `[C, T, H, W]`. */
  readonly sampleShape: Shape;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Videos; of one that is shorter than the span of a clip the last frame is repeated. */
  readonly videos: readonly ClassifiedVideo[];
  /** From one frame of a clip to the next. */
  readonly stride: number;
  /** Whether half of the clips are mirrored in training. */
  readonly flip: boolean;
  /** Clips of each video when judged. */
  readonly windows: number;
  /** For each channel what a level becomes. */
  readonly tables: readonly Float32Array[];
}

/** Frames of a video from the first of a clip to the last. */
export function spanOf(frames: number, stride: number): number {
  return (frames - 1) * stride + 1;
}

/**
 * The stride at which clips take about half of the median video, which leaves the other half to the
 * choice of a start: one stride for all videos, so that speeds can be compared; 1 to 4, and such that a
 * clip fits into the shortest video where stride 1 does.
 */
export function strideOf(counts: readonly number[], frames: number): number {
  const sorted = [...counts].sort((a, b) => a - b);
  const half = Math.round(sorted[sorted.length >> 1] / (2 * frames));
  const most = frames > 1 ? Math.floor((sorted[0] - 1) / (frames - 1)) : MOST_STRIDE;
  return Math.max(Math.min(half, most, MOST_STRIDE), 1);
}

/**
 * Clips of videos. With a random stream: a random start, part of the frame and mirroring. Without:
 * the middle of the frame, of `windows` clips spread evenly over the video (one: from its middle).
 */
export function clipDataset(set: ClipSet): Dataset<ClassLabel> {
  const { name, description, sampleShape, classes, videos, windows, tables } = set;
  return {
    name,
    description,
    size: videos.length * windows,
    sampleShape,
    classes,
    classOf: (index) => videos[Math.floor(index / windows)].label,
    async load(index, { random, signal } = {}) {
      signal?.throwIfAborted();
      const { label, frames } = videos[Math.floor(index / windows)];
      const stack = await frames(signal);
      const cut = cutOf(stack, set, index % windows, random);
      return { values: cutClip(stack, cut, sampleShape, tables), label };
    },
  };
}

function cutOf(stack: FrameStack, set: ClipSet, window: number, random?: Random): Cut {
  const [, frames, height, width] = set.sampleShape;
  const size = { height, width };
  const free = Math.max(stack.count - spanOf(frames, set.stride), 0);
  if (random) {
    const first = random.integer(free + 1);
    return { first, stride: set.stride, ...randomCrop(stack, size, random, { flip: set.flip }) };
  }
  const share = set.windows === 1 ? 0.5 : window / (set.windows - 1);
  return { first: Math.floor(free * share), stride: set.stride, ...centreCrop(stack, size) };
}
