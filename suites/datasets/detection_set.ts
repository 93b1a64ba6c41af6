/**
 * Images with boxes, wherever they come from, as a set to learn from.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import type {
  Dataset,
  DetectionLabel,
  LoadSampleOptions,
  ObjectLabel,
  Sample,
} from "../../training/data/dataset.ts";
import { augment, type Fitted } from "./detection_augmentation.ts";
import type { Image } from "./image.ts";
import { imageExtents } from "./image_shape.ts";
import { letterbox, LETTERBOX_GRAY } from "./letterbox.ts";
import { levelTables } from "./normalisation.ts";
import { canvas, paste, placeBox } from "./placement.ts";
import type { Size } from "./resize.ts";
import type { DataOptions } from "./source.ts";

/** An image and the objects in it. */
export interface AnnotatedImage extends Size {
  /** What it is called in its set. */
  readonly name: string;
  /** Objects, in pixels of the image. */
  readonly objects: readonly ObjectLabel[];
  /** Reads or makes it, with the extents that stand here. */
  read(signal?: AbortSignal): Promise<Image> | Image;
}

/** Images to make a set of. */
export interface DetectionSet {
  /** As {@linkcode Dataset.name}. */
  readonly name: string;
  /** As {@linkcode Dataset.description}. */
  readonly description: string;
  /** As {@linkcode Dataset.classes}. */
  readonly classes: readonly string[];
  /** The images, at least 1. */
  readonly images: readonly AnnotatedImage[];
}

/** Bytes of images, fitted to the input, that one set keeps: 1100 of 320 x 240 pixels. */
const KEPT_BYTES = 2 ** 28;

/**
 * Images in letterboxes on gray 114, with values in 0..1 unless `normalise` says otherwise. Loaded
 * with a random stream they are augmented, see {@linkcode augment}; their label's letterbox is then
 * the identity, as no original image has that geometry.
 *
 * Images fitted to the input are kept in memory as far as they go into 256 MiB.
 *
 * @throws {RangeError} when the input is not of images in colour.
 */
export function detectionDataset(
  { images, ...set }: DetectionSet,
  { sampleShape, normalise, letterbox: { align, order = "rgb" } = {} }: Pick<
    DataOptions,
    "sampleShape" | "normalise" | "letterbox"
  >,
): Dataset<DetectionLabel> {
  const size = sizeOfInput(sampleShape, set.name);
  const tables = levelTables(normalise ?? { mean: [0, 0, 0], std: [1, 1, 1] }, 3);
  const fitted = new FittedImages(images, size);

  async function letterboxed(index: number, signal?: AbortSignal): Promise<Sample<DetectionLabel>> {
    const { image, objects } = await fitted.load(index, signal);
    const { scale, left, top } = letterbox(images[index], size, align);
    const at = { scaleX: 1, scaleY: 1, left, top };
    const whole = canvas(size, LETTERBOX_GRAY);
    paste(whole, image, at, { top: 0, left: 0, ...size });
    return {
      values: toPlanes(whole, tables, order),
      label: {
        image: images[index].name,
        objects: objects.map((one) => ({ ...one, box: placeBox(one.box, at) })),
        letterbox: { scale, left, top },
      },
    };
  }

  async function augmented(
    index: number,
    random: Random,
    signal?: AbortSignal,
  ): Promise<Sample<DetectionLabel>> {
    const first = await fitted.load(index, signal);
    const other = () => fitted.load(random.integer(images.length), signal);
    const { image, objects } = await augment(first, size, other, random);
    return {
      values: toPlanes(image, tables, order),
      label: { image: images[index].name, objects, letterbox: { scale: 1, left: 0, top: 0 } },
    };
  }

  return {
    ...set,
    size: images.length,
    sampleShape,
    load(index: number, { random, signal }: LoadSampleOptions = {}) {
      signal?.throwIfAborted();
      return random ? augmented(index, random, signal) : letterboxed(index, signal);
    },
  };
}

/**
 * Images scaled to fit an input. Memory goes to those that come first and stays with them: in training
 * all are asked for equally often.
 */
class FittedImages {
  readonly #kept = new Map<number, Image>();
  #free = KEPT_BYTES;

  constructor(readonly images: readonly AnnotatedImage[], readonly size: Size) {}

  async load(index: number, signal?: AbortSignal): Promise<Fitted> {
    const { objects, ...extents } = this.images[index];
    const { scale, size } = letterbox(extents, this.size);
    const at = { scaleX: scale, scaleY: scale, left: 0, top: 0 };
    let image = this.#kept.get(index);
    if (!image) {
      image = canvas(size, LETTERBOX_GRAY);
      paste(image, await readChecked(this.images[index], signal), at, { top: 0, left: 0, ...size });
      if (!this.#kept.has(index) && image.data.length <= this.#free) {
        this.#free -= image.data.length;
        this.#kept.set(index, image);
      }
    }
    return { image, objects: objects.map((one) => ({ ...one, box: placeBox(one.box, at) })) };
  }
}

/**
 * Extents of the input.
 *
 * @throws {RangeError} when it is not of images in colour.
 */
function sizeOfInput(sampleShape: readonly number[], name: string): Size {
  const { channels, ...size } = imageExtents(sampleShape);
  if (channels === 3) return size;
  throw new RangeError(
    `Cannot open set "${name}" as the network must read images in colour, [3,H,W]: current value ` +
      `is [${sampleShape}]`,
  );
}

async function readChecked(annotated: AnnotatedImage, signal?: AbortSignal): Promise<Image> {
  const image = await annotated.read(signal);
  if (image.height === annotated.height && image.width === annotated.width) return image;
  throw new SyntaxError(
    `Cannot load image "${annotated.name}" as its annotations are for ${annotated.width} x ` +
      `${annotated.height} pixels: current value is ${image.width} x ${image.height}`,
  );
}

/** Planes of what the network reads; tables are those of its channels, in its order. */
function toPlanes(
  { height, width, data }: Image,
  tables: readonly Float32Array[],
  order: "rgb" | "bgr",
): Float32Array {
  const plane = height * width;
  const out = new Float32Array(3 * plane);
  for (const [c, table] of tables.entries()) {
    const from = order === "rgb" ? c : 2 - c;
    for (let i = 0; i < plane; i++) out[c * plane + i] = table[data[i * 3 + from]];
  }
  return out;
}
