/**
 * Video files, decoded by the `ffmpeg` and `ffprobe` found on `PATH` when a video is opened.
 *
 * @module
 */

import { type FrameSource, shortName } from "./frames.ts";
import type { Image } from "./image.ts";
import { MediaTool } from "./media_tool.ts";
import { ByteReader, readPpm } from "./ppm.ts";
import type { FrameRange } from "./protocol.ts";

const NO_FRAMES = "a file without video frames";

/** Options of {@linkcode openVideo} and {@linkcode readVideo}. */
export interface VideoOptions {
  /** Ends the decoder; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a video file. Its frames are counted by decoding all of them once, because counts in
 * headers may be missing or wrong; reading decodes up to the last frame asked for and keeps one
 * frame in memory at a time.
 *
 * @throws {Error} when `ffmpeg` or `ffprobe` is not on `PATH`.
 * @throws {SyntaxError} when the file has no video that can be decoded.
 */
export async function openVideo(path: string, options: VideoOptions = {}): Promise<FrameSource> {
  const { signal } = options;
  return {
    description: `video ${shortName(path)} (ffmpeg)`,
    count: await countFrames(path, signal),
    read: (range) => decode(path, range, signal),
  };
}

/**
 * Reads all frames of a video file, one at a time.
 *
 * @throws {Error} when `ffmpeg` is not on `PATH`.
 * @throws {SyntaxError} when the file has no video that can be decoded.
 */
export async function* readVideo(path: string, options: VideoOptions = {}): AsyncGenerator<Image> {
  yield* decode(path, undefined, options.signal);
}

/** The file only, whatever its name looks like, and nothing elsewhere that it may refer to. */
function inputFlags(path: string): string[] {
  return ["-v", "error", "-protocol_whitelist", "file", "-i", `file:${path}`];
}

async function countFrames(path: string, signal?: AbortSignal): Promise<number> {
  // deno-fmt-ignore
  await using probe = new MediaTool("ffprobe", [
    "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames",
    "-of", "csv=p=0", ...inputFlags(path),
  ], signal);
  const text = await new Response(probe.stdout).text();
  const failure = await probe.failure();
  if (failure !== undefined) throw undecodable(path, failure);
  const count = parseInt(text, 10);
  if (!(count > 0)) throw undecodable(path, NO_FRAMES);
  return count;
}

async function* decode(
  path: string,
  range: FrameRange | undefined,
  signal?: AbortSignal,
): AsyncGenerator<Image> {
  const selection = range
    ? `select=between(n\\,${range.first}\\,${range.first + range.count - 1})`
    : "null";

  // Frames are passed through as stored, neither repeated nor dropped to even out their times.
  // PPM carries each frame's size, so rotation metadata need no care here. The scaler's flags
  // make its YUV to RGB conversion the same on every processor.
  // deno-fmt-ignore
  await using ffmpeg = new MediaTool("ffmpeg", [
    "-nostdin", ...inputFlags(path), "-map", "0:v:0",
    "-vf", selection, "-fps_mode", "passthrough", ...(range ? ["-frames:v", `${range.count}`] : []),
    "-sws_flags", "bicubic+accurate_rnd+full_chroma_int+bitexact",
    "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "-",
  ], signal);
  const reader = new ByteReader(ffmpeg.stdout);
  let read = 0;
  try {
    for (let frame = await readPpm(reader); frame; frame = await readPpm(reader)) {
      read++;
      yield frame;
    }
  } finally {
    await reader.cancel();
  }
  const failure = await ffmpeg.failure();
  if (failure !== undefined) throw undecodable(path, failure);
  if (read === 0) throw undecodable(path, NO_FRAMES);
  if (range && read < range.count) {
    throw undecodable(path, `damaged (${read} of ${range.count} frames)`);
  }
}

function undecodable(path: string, value: string): SyntaxError {
  return new SyntaxError(
    `Cannot load clip "${path}" as it must be a video that ffmpeg can decode: current value is ` +
      value,
  );
}
