/**
 * Frame sources: videos whose frames are read one at a time, and those kept as image files.
 *
 * @module
 */

import { extname, resolve, sep } from "node:path";
import { columns, decodeImage, type Image } from "./image.ts";
import type { FrameRange } from "./protocol.ts";

/** A video, opened: its number of frames is known, its frames are read when asked for. */
export interface FrameSource {
  /** What reports call it, e.g. `"frames of walking (61 PNG)"`. */
  readonly description: string;
  /** Number of frames, at least 1. */
  readonly count: number;
  /**
   * Reads consecutive frames in order, one at a time. Sizes may differ.
   *
   * @throws {SyntaxError} when a frame is damaged.
   */
  read(range: FrameRange): AsyncIterable<Image> | Iterable<Image>;
}

const formats: Readonly<Record<string, string>> = { png: "PNG", jpg: "JPEG", jpeg: "JPEG" };

/**
 * Opens a folder of frames: its PNG and JPEG files in natural order (`2.png` before `10.png`).
 * Other and hidden files are passed over.
 *
 * @throws {RangeError} when the folder has no frames.
 */
export async function openFolder(path: string): Promise<FrameSource> {
  const names: string[] = [];
  const counts: Record<string, number> = {};
  for await (const entry of Deno.readDir(path)) {
    const format = formats[extension(entry.name)];
    if (entry.isDirectory || entry.name.startsWith(".") || format === undefined) continue;
    names.push(entry.name);
    counts[format] = (counts[format] ?? 0) + 1;
  }
  if (names.length === 0) {
    throw new RangeError(
      `Cannot load clip "${path}" as a folder must hold frames (.${
        Object.keys(formats).join(", .")
      }): current value is a folder without any`,
    );
  }
  names.sort(new Intl.Collator("en", { numeric: true }).compare);
  const kinds = Object.entries(counts).sort().map(([format, n]) => `${n} ${format}`);
  return {
    description: `frames of ${shortName(path, 1)} (${kinds.join(", ")})`,
    count: names.length,
    async *read({ first, count }) {
      for (const name of names.slice(first, first + count)) {
        const file = `${path}/${name}`;
        const frame = decodeImage(await Deno.readFile(file), file);
        if (stripFrames(frame) >= 4) {
          throw new RangeError(
            `Cannot load clip "${path}" as its files must be single frames (a film strip is ` +
              `given by its own path): current value is ${name}, ${frame.width} x ${frame.height}`,
          );
        }
        yield frame;
      }
    },
  };
}

/**
 * Opens a film strip: one PNG or JPEG file with square frames side by side.
 *
 * @throws {SyntaxError} when the file is neither or is damaged.
 * @throws {RangeError} when its width is not a multiple of its height, or is one frame only.
 */
export async function openFilmStrip(path: string): Promise<FrameSource> {
  const strip = decodeImage(await Deno.readFile(path), path);
  const count = stripFrames(strip);
  if (count < 2) {
    throw new RangeError(
      `Cannot load clip "${path}" as the width of a film strip must be a multiple of its height ` +
        `(2 square frames or more, side by side): current value is ${strip.width} x ` +
        `${strip.height}`,
    );
  }
  return {
    description: `film strip ${shortName(path)} (${count} frames)`,
    count,
    *read(range) {
      for (let i = range.first; i < range.first + range.count; i++) {
        yield columns(strip, i * strip.height, strip.height);
      }
    },
  };
}

/** Square frames side by side in an image; 0 when its width is not a multiple of its height. */
function stripFrames({ width, height }: Image): number {
  return width % height === 0 ? width / height : 0;
}

/** Extension of a file name in lower case, without the dot; empty when it has none. */
export function extension(path: string): string {
  return extname(path).slice(1).toLowerCase();
}

/** The last `parts` components of a path: enough to recognise it, nothing of the machine. */
export function shortName(path: string, parts = 2): string {
  return resolve(path).split(sep).slice(-parts).join("/");
}
