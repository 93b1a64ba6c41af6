/**
 * The image files of a set with annotations: whether they are there, and of the size they should be.
 *
 * @module
 */

import type { Faults } from "./faults.ts";
import { shortName } from "./frames.ts";
import { readImageSize } from "./image_header.ts";
import type { Size } from "./resize.ts";

/** A file as annotations have it. */
export interface ImageFile extends Size {
  /** Where it is. */
  readonly path: string;
}

/** Files that are looked at together. */
const TOGETHER = 32;

/** Checks that files are there, are images, and have the extents that annotations were made for. */
export async function checkImages(
  files: readonly ImageFile[],
  faults: Faults,
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < files.length; at += TOGETHER) {
    signal?.throwIfAborted();
    const found = await Promise.all(files.slice(at, at + TOGETHER).map(faultOf));
    for (const fault of found) {
      if (fault?.isDamage) faults.addDamage(fault.text);
      else if (fault) faults.add(fault.text);
    }
  }
}

async function faultOf({ path, height, width }: ImageFile) {
  try {
    const size = await readImageSize(path);
    if (size.height === height && size.width === width) return undefined;
    const text = `${shortName(path)} has ${size.width} x ${size.height} pixels, its annotations ` +
      `say ${width} x ${height}`;
    return { text, isDamage: false };
  } catch (error) {
    if (error instanceof SyntaxError) return { text: error.message, isDamage: true };
    if (error instanceof Deno.errors.NotFound) {
      return { text: `${shortName(path)} is missing`, isDamage: false };
    }
    throw error;
  }
}
