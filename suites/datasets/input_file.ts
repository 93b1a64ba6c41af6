/**
 * Paths that a user gives as the input of a network: what they lead to, and how they are refused.
 *
 * @module
 */

import { extension } from "./frames.ts";

/** What a path must lead to, for messages. */
export interface Expected {
  /** What the path is to give, e.g. `"clip"`. */
  readonly what: string;
  /** What is accepted, e.g. `"it must be a picture (.png .jpg .jpeg)"`. */
  readonly rule: string;
}

/** A path to something that exists. */
export interface InputFile {
  /** `"folder"`, or the extension of a file in lower case without its dot. */
  readonly kind: string;
  /** The refusal of this path, where its kind is not accepted. */
  refusal(): RangeError;
}

/** Extensions of picture files. */
export const IMAGES: readonly string[] = ["png", "jpg", "jpeg"];

/** Extensions of video files. */
// deno-fmt-ignore
export const VIDEOS: readonly string[] = [
  "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "ogv", "wmv", "flv", "ts", "3gp", "gif",
];

/**
 * Runs `use` with what `path` leads to.
 *
 * @throws {RangeError} when there is nothing, or it must not be read.
 */
export async function withInputFile<T>(
  path: string,
  { what, rule }: Expected,
  use: (file: InputFile) => Promise<T>,
): Promise<T> {
  const refusal = (rule: string, value: string, cause?: unknown) =>
    new RangeError(`Cannot load ${what} "${path}" as ${rule}: current value is ${value}`, {
      cause,
    });
  try {
    const { isDirectory, isFile } = await Deno.stat(path);
    const kind = isDirectory ? "folder" : isFile ? extension(path) : "";
    const value = isDirectory
      ? "a folder"
      : isFile
      ? `a file named *.${kind}`
      : "neither file nor folder";
    return await use({ kind, refusal: () => refusal(rule, value) });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw refusal(rule, "a path that does not exist", error);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw refusal("it must be readable", error.message, error);
    }
    throw error;
  }
}

/** Extensions as messages give them, e.g. `".png .jpg"`. */
export function list(extensions: readonly string[]): string {
  return `.${extensions.join(" .")}`;
}
