/**
 * How the files of runs come to be: a crash leaves them as they were, or as they should be.
 *
 * @module
 */

import { join } from "node:path";

/** Makes a folder that did not exist: `name`, or `name-2`, `name-3`...; gives its name. */
export function claimFolder(parent: string, name: string): string {
  for (let copy = 1;; copy++) {
    const candidate = copy === 1 ? name : `${name}-${copy}`;
    try {
      Deno.mkdirSync(join(parent, candidate));
      return candidate;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/** Writes a file so that a reader sees the old or the new one, never a part. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp`;
  const file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
  try {
    writeAll(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
  } finally {
    file.close();
  }
  Deno.renameSync(temporary, path);
}

/** Writes bytes to an open file, down to the disk. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  file.syncSync();
}
