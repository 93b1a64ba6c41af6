/**
 * Picture protocols: how an image becomes the input tensor of a network, as data.
 *
 * @module
 */

import { type Tensor, tensor } from "../../graph/tensor.ts";
import { type Image, luma } from "./image.ts";
import { letterbox } from "./letterbox.ts";
import {
  centreWindow,
  resize,
  type Size,
  sizeCovering,
  sizeWithShorterSide,
  type Window,
} from "./resize.ts";

/** How an image becomes a tensor `[1, channels, height, width]`. */
export interface PictureProtocol {
  /** What messages call the protocol. */
  readonly name: string;
  /** Rows of the tensor. */
  readonly height: number;
  /** Columns of the tensor. */
  readonly width: number;
  /**
   * How an image of another size fits: `"crop"` keeps its centre, `"letterbox"` all of it on a plain
   * ground, both with its aspect ratio; `"stretch"` gives up the ratio.
   *
   * @default {"crop"}
   */
  readonly fit?: "crop" | "letterbox" | "stretch";
  /**
   * Pixels of the shorter side of the image before it is cropped.
   *
   * @default the fewest at which the crop is inside
   */
  readonly shorterSide?: number;
  /** 1 for gray: the luma of ITU-R BT.601. @default {3} */
  readonly channels?: 1 | 3;
  /** Order of three channels. @default {"rgb"} */
  readonly order?: "rgb" | "bgr";
  /** Subtracted from each channel of the tensor, which ranges over 0..255. */
  readonly mean: readonly number[];
  /** Divides each channel of the tensor after its mean is subtracted. */
  readonly std: readonly number[];
  /** Gray level, 0..255, of the ground of a letterbox. @default {0} */
  readonly fill?: number;
}

/** Shape of a protocol's tensors, `[1, channels, height, width]`. */
export function pictureShape({ channels = 3, height, width }: PictureProtocol): number[] {
  return [1, channels, height, width];
}

/**
 * Resizes, crops or letterboxes, and normalises an image into `[1, channels, height, width]`.
 *
 * @throws {RangeError} when `shorterSide` is too small for the crop.
 */
export function toPicture(image: Image, protocol: PictureProtocol): Tensor {
  const { height, width, fill = 0, mean, std } = protocol;
  const { size, window, top, left } = placement(image, protocol);
  const planes = channelsOf(resize(image, size, window), protocol);
  const out = new Float32Array(planes.length * height * width);
  for (const [c, plane] of planes.entries()) {
    const normalised = (level: number) => (level - mean[c]) / std[c];
    const channel = out.subarray(c * height * width, (c + 1) * height * width);
    channel.fill(normalised(fill));
    for (let y = 0; y < window.height; y++) {
      const row = plane.subarray(y * window.width, (y + 1) * window.width);
      channel.set(row.map(normalised), (top + y) * width + left);
    }
  }
  return tensor(out, pictureShape(protocol));
}

/** The size that an image is resized to, the part of it that is kept, and where that goes. */
interface Placement {
  readonly size: Size;
  readonly window: Window;
  readonly top: number;
  readonly left: number;
}

function placement(
  image: Image,
  { fit = "crop", height, width, shorterSide }: PictureProtocol,
): Placement {
  switch (fit) {
    case "stretch":
      return placed({ height, width });
    case "crop": {
      const size = shorterSide === undefined
        ? sizeCovering(image, { height, width })
        : sizeWithShorterSide(image, shorterSide);
      return { size, window: centreWindow(size, { height, width }), top: 0, left: 0 };
    }
    case "letterbox": {
      const { size, top, left } = letterbox(image, { height, width });
      return { ...placed(size), top, left };
    }
  }
}

/** The whole image at `size`, in the top left corner. */
function placed(size: Size): Placement {
  return { size, window: { top: 0, left: 0, ...size }, top: 0, left: 0 };
}

/** The planes of a protocol's channels out of those of red, green and blue. */
function channelsOf(
  planes: Float32Array,
  { channels = 3, order = "rgb" }: PictureProtocol,
): readonly Float32Array[] {
  const plane = planes.length / 3;
  const rgb = [0, 1, 2].map((c) => planes.subarray(c * plane, (c + 1) * plane));
  if (channels === 3) return order === "rgb" ? rgb : rgb.reverse();
  const [red, green, blue] = rgb;
  return [red.map((r, i) => luma(r, green[i], blue[i]))];
}
