/**
 * Decoded frames as bytes, and cutting the samples of a network out of them.
 *
 * @module
 */

import { type Shape, sizeOf } from "../../graph/tensor.ts";
import type { Crop } from "./augment.ts";
import { type Image, luma } from "./image.ts";
import { resize, type Size, sizeCovering } from "./resize.ts";

/** Frames of one size. */
export interface FrameStack extends Size {
  /** Number of frames. */
  readonly count: number;
  /** 1 for gray, 3 for red, green, blue. */
  readonly channels: 1 | 3;
  /** `count x height x width x channels` levels, row-major. */
  readonly data: Uint8Array;
}

/**
 * Resizes the frames of a video to the least size that covers a window and stacks them, levels rounded.
 *
 * @param path What errors call the video.
 * @throws {RangeError} when frames differ in size, or there is none.
 */
export async function stackFrames(
  frames: AsyncIterable<Image> | Iterable<Image>,
  window: Size,
  channels: 1 | 3,
  path: string,
): Promise<FrameStack> {
  const parts: Uint8Array[] = [];
  let shared: Size | undefined;
  for await (const frame of frames) {
    const { height, width } = shared ??= frame;
    if (frame.height !== height || frame.width !== width) {
      throw new RangeError(
        `Cannot load clip "${path}" as its frames must have one size: current value is ` +
          `${frame.height} x ${frame.width} after ${height} x ${width}`,
      );
    }
    parts.push(levels(frame, sizeCovering(frame, window), channels));
  }
  if (!shared) {
    throw new RangeError(
      `Cannot load clip "${path}" as it must have frames: current value is none`,
    );
  }
  const data = new Uint8Array(parts.length * parts[0].length);
  for (const [i, part] of parts.entries()) data.set(part, i * part.length);
  return { count: parts.length, ...sizeCovering(shared, window), channels, data };
}

/** A frame, resized, its channels innermost. */
function levels(frame: Image, size: Size, channels: 1 | 3): Uint8Array {
  const planes = resize(frame, size);
  const plane = planes.length / 3;
  const out = new Uint8Array(plane * channels);
  for (let i = 0; i < plane; i++) {
    const [red, green, blue] = [planes[i], planes[plane + i], planes[2 * plane + i]];
    if (channels === 1) out[i] = Math.round(luma(red, green, blue));
    else out.set([Math.round(red), Math.round(green), Math.round(blue)], i * 3);
  }
  return out;
}

/** Which part of a stack becomes a sample. */
export interface Cut extends Crop {
  /** Index of the first frame. */
  readonly first: number;
  /** From one frame to the next; negative to go backwards. */
  readonly stride: number;
}

/** Shape of a clip by the names of its axes. */
export interface ClipExtents extends Size {
  /** 1 for gray, 3 for red, green, blue. */
  readonly channels: 1 | 3;
  /** Number of frames. */
  readonly frames: number;
}

/**
 * The extents of a sample shape `[C, T, H, W]`.
 *
 * @param least Least numbers of frames and of pixels of a side.
 * @throws {RangeError} when it is none of a clip that can be made.
 */
export function clipExtents(
  shape: Shape,
  least: { readonly frames: number; readonly side: number } = { frames: 1, side: 1 },
): ClipExtents {
  const [channels, frames, height, width] = shape;
  const whole = shape.length === 4 && shape.every(Number.isInteger);
  const fits = frames >= least.frames && height >= least.side && width >= least.side;
  if (!whole || (channels !== 1 && channels !== 3) || !fits) {
    throw new RangeError(
      `Cannot make clips as "sampleShape" must be [C, T, H, W] with C 1 or 3, T ${least.frames} or ` +
        `more, H and W ${least.side} or more: current value is [${shape}]`,
    );
  }
  return { channels, frames, height, width };
}

/**
 * Cuts a sample `[C, T, H, W]` out of a stack, which must have its channels and hold its window. Where
 * the stack ends before the clip does, its last frame is repeated.
 *
 * @param tables For each channel what a level becomes, of `levelTables()`.
 */
export function cutClip(
  stack: FrameStack,
  { first, stride, top, left, flip }: Cut,
  shape: Shape,
  tables: readonly Float32Array[],
): Float32Array {
  const [channels, frames, height, width] = shape;
  const values = new Float32Array(sizeOf(shape));
  const step = flip ? -channels : channels;
  const { data } = stack;
  let to = 0;
  for (let c = 0; c < channels; c++) {
    const table = tables[c];
    for (let t = 0; t < frames; t++) {
      const frame = Math.min(first + t * stride, stack.count - 1);
      for (let y = 0; y < height; y++) {
        const row = (frame * stack.height + top + y) * stack.width;
        let from = (row + left + (flip ? width - 1 : 0)) * channels + c;
        for (let x = 0; x < width; x++, from += step) values[to++] = table[data[from]];
      }
    }
  }
  return values;
}

/** A stack in gray: the luma of its colours, rounded to whole levels. */
export function grayStack(stack: FrameStack): FrameStack {
  if (stack.channels === 1) return stack;
  const data = new Uint8Array(stack.data.length / 3);
  for (let i = 0, from = 0; i < data.length; i++, from += 3) {
    data[i] = Math.round(luma(stack.data[from], stack.data[from + 1], stack.data[from + 2]));
  }
  return { ...stack, channels: 1, data };
}
