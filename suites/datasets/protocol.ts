/**
 * Clip protocols: how a video becomes the input tensor of a network, as data.
 *
 * @module
 */

import { type Tensor, zeros } from "../../graph/tensor.ts";
import type { Image } from "./image.ts";
import { centreWindow, resize, sizeWithShorterSide } from "./resize.ts";

/** How a video becomes one clip, a tensor `[1, 3, frames, crop, crop]`. */
export interface ClipProtocol {
  /** What messages call the protocol. */
  readonly name: string;
  /** Consecutive frames taken from the middle of the video. */
  readonly frames: number;
  /** Pixels of the shorter side of a frame after resizing, its aspect ratio kept. */
  readonly shorterSide: number;
  /** Pixels of each side of the central square that is kept. */
  readonly crop: number;
  /** Subtracted from red, green and blue, which range over 0..255. */
  readonly mean: readonly [number, number, number];
  /** Divides red, green and blue after the mean is subtracted. */
  readonly std: readonly [number, number, number];
}

/**
 * C3D on UCF101, as RT3D uses it: 16 frames, shorter side 128, crop 112. Mean and deviation are
 * those of MMAction2's C3D, the public recipe with the same frames and crop, whose published
 * weights expect them.
 */
export const c3dProtocol: ClipProtocol = {
  name: "C3D",
  frames: 16,
  shorterSide: 128,
  crop: 112,
  mean: [104, 117, 128],
  std: [1, 1, 1],
};

/** One clip, ready to be fed to a network. */
export interface Clip {
  /** Shape `[1, 3, frames, crop, crop]`, float32, normalised as the protocol says. */
  readonly tensor: Tensor;
  /** What it was made of, e.g. `"video fight/fi001.mp4 (ffmpeg), frames 6-21 of 27"`. */
  readonly description: string;
}

/** Consecutive frames of a video. */
export interface FrameRange {
  /** Index of the first frame, from 0. */
  readonly first: number;
  /** Number of frames. */
  readonly count: number;
}

/**
 * The frames of a video of `available` frames that make up its centre clip: as many as the
 * protocol takes, or all of them where there are fewer.
 */
export function centreFrames(available: number, protocol: ClipProtocol): FrameRange {
  const count = Math.min(available, protocol.frames);
  return { first: Math.floor((available - count) / 2), count };
}

/** Shape of a protocol's clips, `[1, 3, frames, crop, crop]`. */
export function clipShape(protocol: ClipProtocol): number[] {
  return [1, 3, protocol.frames, protocol.crop, protocol.crop];
}

/**
 * Resizes, crops and normalises frames into a clip of shape `[1, 3, frames, crop, crop]`. Where
 * there are fewer than the protocol takes, the last one is repeated.
 *
 * @throws {RangeError} when there is no frame, or more than the protocol takes.
 */
export async function toClip(
  frames: AsyncIterable<Image> | Iterable<Image>,
  protocol: ClipProtocol,
): Promise<Tensor> {
  const clip = zeros(clipShape(protocol));
  const plane = protocol.crop * protocol.crop;
  const channel = protocol.frames * plane;
  const refusal = (count: string) =>
    new RangeError(
      `Cannot make a ${protocol.name} clip as "frames" must be 1 to ${protocol.frames} frames: ` +
        `current value is ${count}`,
    );
  let count = 0;
  for await (const frame of frames) {
    if (count === protocol.frames) throw refusal("more");
    const planes = normalised(frame, protocol);
    for (let c = 0; c < 3; c++) {
      clip.data.set(planes.subarray(c * plane, (c + 1) * plane), c * channel + count * plane);
    }
    count++;
  }
  if (count === 0) throw refusal("none");
  for (let c = 0; c < 3; c++) {
    const last = c * channel + (count - 1) * plane;
    for (let t = count; t < protocol.frames; t++) {
      clip.data.copyWithin(c * channel + t * plane, last, last + plane);
    }
  }
  return clip;
}

/** One frame as `[3, crop, crop]`. */
function normalised(frame: Image, protocol: ClipProtocol): Float32Array {
  const size = sizeWithShorterSide(frame, protocol.shorterSide);
  const crop = { height: protocol.crop, width: protocol.crop };
  const planes = resize(frame, size, centreWindow(size, crop));
  const plane = planes.length / 3;
  return planes.map((value, i) => {
    const c = Math.floor(i / plane);
    return (value - protocol.mean[c]) / protocol.std[c];
  });
}
