/**
 * Where samples to learn from come from: generated sets, and sets on disk.
 *
 * @module
 */

import type { Shape } from "../../graph/tensor.ts";
import type { ClassLabel, Dataset, DetectionLabel } from "../../training/data/dataset.ts";
import type { LetterboxProtocol } from "./letterbox.ts";

/** How clips are taken from videos on disk. */
export interface ClipChoices {
  /**
   * From one frame of a clip to the next.
   *
   * @default what the set is known for, else half the median video, 1 to 4, as far as the shortest
   *   video allows
   */
  readonly stride?: number;
  /** Whether half of the clips are mirrored in training; not for motions with a side. @default {true} */
  readonly flip?: boolean;
  /** Folder in which decoded frames are kept from one run to the next. @default none */
  readonly cache?: string;
}

/** Options of {@linkcode DataSource.open}. */
export interface DataOptions {
  /** File or folder that the user gave; absent for a generated set. */
  readonly path?: string;
  /** Shape of one sample that the network reads: `[C, H, W]`, of clips `[C, T, H, W]`. */
  readonly sampleShape: Shape;
  /** Seed of a generated set, and of divisions that no file makes. */
  readonly seed: number;
  /**
   * Files that say which samples are for training and which for tests: a path within the set on each
   * line, with or without a class behind it, `*` for any run of characters.
   */
  readonly split?: { readonly train?: string; readonly test?: string };
  /**
   * From values in 0..1 to what the network reads: `(x - mean) / std` for each channel.
   *
   * @default what the set is known for
   */
  readonly normalise?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** How images with boxes lie in the input; other sources have no use for it. */
  readonly letterbox?: LetterboxProtocol;
  /** How clips are taken from videos on disk. */
  readonly clips?: ClipChoices;
  /** Ends the opening, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode DataSource.open} gives. */
export interface DataSplits<Label> {
  /** Augmented when it is loaded with a random stream. */
  readonly train: Dataset<Label>;
  /** Absent when there are no samples for it. */
  readonly test?: Dataset<Label>;
}

/** What all sources have in common. */
export interface SourceOf<Kind extends string, Label> {
  /** As typed on the command line, e.g. `"cifar10"`. */
  readonly id: string;
  /** One line for `--list`. */
  readonly description: string;
  /** What the samples teach. */
  readonly kind: Kind;
  /** Whether it needs a path. */
  readonly generated: boolean;
  /**
   * Looks through the set and checks it, so that nothing is found missing in the middle of training.
   *
   * @throws {RangeError} when something is missing or does not fit; the message names it and says what
   *   is accepted.
   * @throws {SyntaxError} when a file is damaged; the message names it.
   */
  open(options: DataOptions): Promise<DataSplits<Label>>;
}

/** A source of classified images. */
export type ImageSource = SourceOf<"images", ClassLabel>;
/** A source of classified clips. */
export type ClipSource = SourceOf<"clips", ClassLabel>;
/** A source of images with boxes. */
export type DetectionSource = SourceOf<"detection", DetectionLabel>;
/** Any source; the one kind of label belongs to the one kind of source. */
export type DataSource = ImageSource | ClipSource | DetectionSource;
