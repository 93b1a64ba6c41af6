/**
 * What a network learns from and is judged by.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import type { Shape } from "../../graph/tensor.ts";

/** One sample as the network reads it. */
export interface Sample<Label> {
  /** Values of {@linkcode Dataset.sampleShape}, row-major, normalised. */
  readonly values: Float32Array;
  /** What it shows, in the geometry of `values` (after crops, flips and scaling). */
  readonly label: Label;
}

/** Options of {@linkcode Dataset.load}. */
export interface LoadSampleOptions {
  /**
   * What augmentation is drawn from; the same stream gives the same sample. Absent: no augmentation,
   * the form in which a network is judged.
   */
  readonly random?: Random;
  /** Ends the loading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Samples by index. Sample `i` is the same whenever, and in whatever order, it is loaded. */
export interface Dataset<Label> {
  /** What messages, curves and manifests call it, e.g. `"cifar10 train"`. */
  readonly name: string;
  /** What it is made of, e.g. `"50000 images, 10 classes, from 5 files"`. */
  readonly description: string;
  /** Number of samples, at least 1. */
  readonly size: number;
  /** Shape of one sample without a batch: `[C, H, W]`, of clips `[C, T, H, W]`. */
  readonly sampleShape: Shape;
  /** Names of the classes, by index. */
  readonly classes: readonly string[];
  /**
   * Class of a sample as it is without augmentation, where each has one that is known without loading
   * it: so that subsets have each class's share.
   */
  classOf?(this: void, index: number): ClassLabel;
  /** Loads one sample. @throws {SyntaxError} when a file is damaged; the message names it. */
  load(index: number, options?: LoadSampleOptions): Sample<Label> | Promise<Sample<Label>>;
}

/** Label of a classified image or clip: the index of its class. */
export type ClassLabel = number;

/** An object in an image. */
export interface ObjectLabel {
  /** Left, top, right, bottom in pixels of the network's input. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** Index of its class. */
  readonly classIndex: number;
  /** Whether it is a region of many objects (COCO's `iscrowd`), which is not learnt. */
  readonly crowd?: boolean;
  /**
   * Area in square pixels of the original image, for the area ranges of COCO.
   *
   * @default the area of the box
   */
  readonly area?: number;
}

/** Label of an image in which objects are found. */
export interface DetectionLabel {
  /** What the image is called in its set. */
  readonly image: string;
  /** Objects in it; may be none. */
  readonly objects: readonly ObjectLabel[];
  /** From pixels of the original image to those of the input: `x * scale + left`, `y * scale + top`. */
  readonly letterbox: { readonly scale: number; readonly left: number; readonly top: number };
}
