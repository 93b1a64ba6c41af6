/**
 * Network input for video models: a real clip from a file or folder, or a generated one.
 *
 * @module
 */

import { type FrameSource, openFilmStrip, openFolder } from "./frames.ts";
import { IMAGES, list, VIDEOS, withInputFile } from "./input_file.ts";
import { movingShapes } from "./moving_shapes.ts";
import { openNpy } from "./npy.ts";
import { centreFrames, type Clip, type ClipProtocol, type FrameRange, toClip } from "./protocol.ts";
import { openVideo } from "./video.ts";

/** Options of {@linkcode loadClip}. */
export interface ClipOptions {
  /** Seeds the generated clip; not used for a real one. */
  readonly seed: number;
  /** Ends the loading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const EXPECTED = {
  what: "clip",
  rule: `it must be a folder of frames (${list(IMAGES)}), a film strip (${list(IMAGES)}), an ` +
    `array (.npy) or a video (${list(VIDEOS)})`,
};

/**
 * Loads the centre clip of a video: a folder of frames, a film strip, a `.npy` array or a video
 * file. `docs/input.md` says what each must look like.
 *
 * @example
 * ```ts
 * import { loadClip } from "./clip.ts";
 * import { c3dProtocol } from "./protocol.ts";
 *
 * const { tensor, description } = await loadClip(undefined, c3dProtocol, { seed: 1 });
 * console.log(description, tensor.shape); // generated moving shapes (seed 1) [1, 3, 16, 112, 112]
 * ```
 *
 * @param path The file or folder; generated moving shapes when it is `undefined`.
 * @throws {RangeError} when `path` does not exist, is of no accepted kind, or has the wrong shape.
 * @throws {TypeError} when an array has the wrong type of elements.
 * @throws {SyntaxError} when a file is damaged.
 * @throws {Error} when a video is given and `ffmpeg` is not installed.
 */
export async function loadClip(
  path: string | undefined,
  protocol: ClipProtocol,
  options: ClipOptions,
): Promise<Clip> {
  const { seed, signal } = options;
  signal?.throwIfAborted();
  if (path === undefined) {
    return await centreClip(movingShapes(seed, protocol.frames), protocol, signal);
  }
  return await withInputFile(path, EXPECTED, async ({ kind, refusal }) => {
    if (kind === "npy") {
      const source = await openNpy(path, protocol);
      return "tensor" in source ? source : await centreClip(source, protocol, signal);
    }
    const open = kind === "folder"
      ? openFolder
      : IMAGES.includes(kind)
      ? openFilmStrip
      : VIDEOS.includes(kind)
      ? openVideo
      : undefined;
    if (!open) throw refusal();
    return await centreClip(await open(path, { signal }), protocol, signal);
  });
}

async function centreClip(
  source: FrameSource,
  protocol: ClipProtocol,
  signal?: AbortSignal,
): Promise<Clip> {
  const range = centreFrames(source.count, protocol);
  const tensor = await toClip(abortable(source.read(range), signal), protocol);
  return { tensor, description: source.description + selection(source.count, range, protocol) };
}

/** What a description says of the frames that were taken, nothing when it was all. */
function selection(available: number, { first, count }: FrameRange, { frames }: ClipProtocol) {
  if (count < frames) return `, last of ${count} frames repeated ${frames - count} times`;
  return count < available ? `, frames ${first + 1}-${first + count} of ${available}` : "";
}

async function* abortable<T>(items: AsyncIterable<T> | Iterable<T>, signal?: AbortSignal) {
  for await (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
}
