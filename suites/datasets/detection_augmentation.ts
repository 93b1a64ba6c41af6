/**
 * Augmentation of images with boxes, as the YOLO family learns: YOLOv4 (arXiv 2004.10934), section
 * 3.3, mosaics; scale, crop, flip and colours as Darknet has them.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import type { ObjectLabel } from "../../training/data/dataset.ts";
import { type Image, luma } from "./image.ts";
import { LETTERBOX_GRAY } from "./letterbox.ts";
import { between } from "./painting.ts";
import { canvas, paste, placeBox, type Placement } from "./placement.ts";
import type { Size, Window } from "./resize.ts";

/** An image scaled to fit the input of the network, its objects in its own pixels. */
export interface Fitted {
  /** The image without its ground. */
  readonly image: Image;
  /** Objects in it. */
  readonly objects: readonly ObjectLabel[];
}

/** Share of samples that are made of four images. */
const MOSAIC = 0.5;
/** Range of scales, over the scale at which the image fits. */
const SCALE = [0.7, 1.5] as const;
/** Range of scales within a mosaic. */
const MOSAIC_SCALE = [0.5, 1.25] as const;
/** Width over height is changed by at most this factor. */
const STRETCH = 1.15;
/** Where the four images of a mosaic meet, as a share of each side. */
const MOSAIC_CENTRE = [0.3, 0.7] as const;
/** An object of which less remains, in each side in pixels or as a share of its area, is dropped. */
const LEAST = { side: 2, share: 0.25 };
/** Turn of the hue, and ranges of the factors of saturation and value. */
const COLOUR = { hue: 0.02, saturation: [0.5, 1.5], value: [0.65, 1.35] } as const;

/**
 * Makes a new sample: the image at a random scale and place, or four of them around a random point;
 * mirrored, with other colours. Boxes are cut where the image is, and dropped when little remains.
 *
 * @param first What the sample is mainly of.
 * @param size Extents of the input.
 * @param other Loads a random one.
 */
export async function augment(
  first: Fitted,
  size: Size,
  other: () => Promise<Fitted>,
  random: Random,
): Promise<Fitted> {
  const onto = canvas(size, LETTERBOX_GRAY);
  const objects = random.uniform() < MOSAIC
    ? await mosaic(onto, [first, await other(), await other(), await other()], random)
    : put(onto, first, anywhere(first.image, size, random), { top: 0, left: 0, ...size });
  recolour(onto, random);
  return { image: onto, objects };
}

function mosaic(onto: Image, parts: readonly Fitted[], random: Random): ObjectLabel[] {
  const x = Math.round(onto.width * between(random, ...MOSAIC_CENTRE));
  const y = Math.round(onto.height * between(random, ...MOSAIC_CENTRE));
  return parts.flatMap((part, i) => {
    const [isRight, isBelow] = [i % 2 === 1, i >= 2];
    const window = {
      left: isRight ? x : 0,
      top: isBelow ? y : 0,
      width: isRight ? onto.width - x : x,
      height: isBelow ? onto.height - y : y,
    };
    const { width, height } = scaled(part.image, MOSAIC_SCALE, random);
    // Every image has a corner where the four meet.
    const place = { left: isRight ? x : x - width, top: isBelow ? y : y - height };
    return put(onto, part, placement(part.image, { ...place, width, height }, random), window);
  });
}

/** A random scale, and a place at which as much as possible of image and canvas meet. */
function anywhere(image: Image, size: Size, random: Random): Placement {
  const { width, height } = scaled(image, SCALE, random);
  const along = (room: number) => between(random, Math.min(room, 0), Math.max(room, 0));
  const place = { left: along(size.width - width), top: along(size.height - height) };
  return placement(image, { ...place, width, height }, random);
}

function scaled(image: Size, [low, high]: readonly [number, number], random: Random): Size {
  const scale = between(random, low, high);
  const stretch = STRETCH ** between(random, -0.5, 0.5);
  return { width: image.width * scale * stretch, height: image.height * scale / stretch };
}

/** Brings an image to a rectangle, which need not be of whole pixels, half of the times mirrored. */
function placement(image: Size, at: Window, random: Random): Placement {
  const scaleX = at.width / image.width;
  const mirrored = random.uniform() < 0.5;
  return {
    scaleX: mirrored ? -scaleX : scaleX,
    left: mirrored ? at.left + at.width : at.left,
    scaleY: at.height / image.height,
    top: at.top,
  };
}

/** Draws an image and tells what of its objects is seen in the window. */
function put(
  onto: Image,
  { image, objects }: Fitted,
  at: Placement,
  window: Window,
): ObjectLabel[] {
  paste(onto, image, at, window);
  return objects.flatMap(({ box, classIndex, crowd }) => {
    const [x1, y1, x2, y2] = placeBox(box, at);
    const [left, right] = [x1, x2].map((x) => clamp(x, window.left, window.left + window.width));
    const [top, bottom] = [y1, y2].map((y) => clamp(y, window.top, window.top + window.height));
    const [width, height] = [right - left, bottom - top];
    const share = width * height / ((x2 - x1) * (y2 - y1));
    const isSeen = Math.min(width, height) >= LEAST.side && share >= LEAST.share;
    return isSeen ? [{ box: [left, top, right, bottom] as const, classIndex, crowd }] : [];
  });
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/**
 * Turns the hue, scales saturation and value. Each is a linear map of red, green and blue: a turn about
 * the gray axis, a pull towards gray, a factor. So one matrix does it.
 */
function recolour({ data }: Image, random: Random): void {
  const angle = 2 * Math.PI * between(random, -COLOUR.hue, COLOUR.hue);
  const saturation = between(random, ...COLOUR.saturation);
  const value = between(random, ...COLOUR.value);
  // Rodrigues' rotation about (1, 1, 1) / sqrt(3).
  const along = (1 - Math.cos(angle)) / 3, across = Math.sin(angle) / Math.sqrt(3);
  const turn = [along + Math.cos(angle), along - across, along + across];
  const columns = [0, 1, 2].map((c) => {
    const turned = [0, 1, 2].map((r) => turn[(c - r + 3) % 3]);
    const gray = luma(turned[0], turned[1], turned[2]);
    return turned.map((part) => value * (gray + saturation * (part - gray)));
  });
  const [[rr, gr, br], [rg, gg, bg], [rb, gb, bb]] = columns;
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i], g = data[i + 1], b = data[i + 2];
    data[i] = level(rr * r + rg * g + rb * b);
    data[i + 1] = level(gr * r + gg * g + gb * b);
    data[i + 2] = level(br * r + bg * g + bb * b);
  }
}

function level(x: number): number {
  return x < 0 ? 0 : x > 255 ? 255 : x + 0.5;
}
