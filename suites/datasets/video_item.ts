/**
 * The videos of a set: video files, film strips and folders of frames.
 *
 * @module
 */

import type { ClassContent, ClassItem } from "./class_folders.ts";
import { extension, openFilmStrip, openFolder } from "./frames.ts";
import type { Image } from "./image.ts";
import { IMAGES, list, VIDEOS } from "./input_file.ts";
import { readVideo } from "./video.ts";

/** What class folders of videos hold. */
export const VIDEO_CONTENT: ClassContent = {
  what: "videos",
  rule: `it must be a folder with a folder of videos (${list(VIDEOS)}), film strips ` +
    `(${list(IMAGES)}: square frames side by side) or folders of frames (${list(IMAGES)}) for ` +
    "each class, or with folders train and val (or test) of such folders",
  accepts: (name, isDirectory) =>
    isDirectory || VIDEOS.includes(extension(name)) || IMAGES.includes(extension(name)),
};

/**
 * Reads all frames of a video, one at a time.
 *
 * @throws {SyntaxError} when it is damaged.
 * @throws {RangeError} when it is neither a film strip nor a folder of frames.
 */
export async function* readFrames(
  { file, isDirectory }: ClassItem,
  signal?: AbortSignal,
): AsyncGenerator<Image> {
  if (!isDirectory && VIDEOS.includes(extension(file))) {
    yield* readVideo(file, { signal });
    return;
  }
  const source = await (isDirectory ? openFolder : openFilmStrip)(file);
  for await (const frame of source.read({ first: 0, count: source.count })) {
    signal?.throwIfAborted();
    yield frame;
  }
}
