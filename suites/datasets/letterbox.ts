/**
 * Letterboxes: a whole image in the input of a network, its aspect ratio kept, on a plain ground.
 *
 * @module
 */

import type { Size } from "./resize.ts";

/** How images lie in the input of a network that finds objects. */
export interface LetterboxProtocol {
  /** Where the image lies: Darknet and its children centre it, YOLOX does not. @default {"centre"} */
  readonly align?: "centre" | "top-left";
  /** Order of the channels. @default {"rgb"} */
  readonly order?: "rgb" | "bgr";
}

/** Gray level of the ground on which YOLO networks are trained. */
export const LETTERBOX_GRAY = 114;

/** Where an image lies in its letterbox. */
export interface Letterbox {
  /** Pixels of the letterbox for one of the image. */
  readonly scale: number;
  /** Columns of ground on the left. */
  readonly left: number;
  /** Rows of ground above. */
  readonly top: number;
  /** The image at its scale, rounded to whole pixels. */
  readonly size: Size;
}

/**
 * Fits an image into a letterbox. Where the margins cannot be equal, the one above or on the left is
 * a pixel smaller.
 */
export function letterbox(
  image: Size,
  { height, width }: Size,
  align: LetterboxProtocol["align"] = "centre",
): Letterbox {
  const scale = Math.min(height / image.height, width / image.width);
  const size = {
    height: Math.max(Math.round(image.height * scale), 1),
    width: Math.max(Math.round(image.width * scale), 1),
  };
  const share = align === "centre" ? 0.5 : 0;
  return {
    scale,
    left: Math.floor((width - size.width) * share),
    top: Math.floor((height - size.height) * share),
    size,
  };
}
