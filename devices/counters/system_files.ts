/**
 * Files below `/proc` and `/sys`, read through the C library: Deno itself reads them only where
 * everything is allowed, and a program like `cat` is too slow to sample a sensor with.
 *
 * @module
 */

import { join } from "node:path";
import { cString, type Libc, openLibc } from "./libc.ts";

/** More than any file has that tells one fact. */
const MOST_BYTES = 64 * 1024;
/** Where the name stands in `struct dirent` of a 64-bit Linux. */
const NAME_OFFSET = 19;

/** A file that is read again and again. */
export interface SystemFile extends Disposable {
  /** Its text now, without surrounding space; `undefined` when it cannot be read. */
  read(): string | undefined;
}

/** The files below a root. */
export class SystemFiles implements Disposable {
  /** The library; for what is no file. */
  readonly libc: Libc;
  readonly #root: string;
  readonly #bytes = new Uint8Array(MOST_BYTES);

  private constructor(libc: Libc, root: string) {
    this.libc = libc;
    this.#root = root;
  }

  /**
   * Makes them readable.
   *
   * @param root Folder that stands for `/`. @default {"/"}
   * @returns `undefined` where there is no such system.
   */
  static open(root = "/"): SystemFiles | undefined {
    const libc = openLibc();
    return libc && new SystemFiles(libc, root);
  }

  /** Text of a file, without surrounding space; `undefined` when it cannot be read. */
  text(path: string): string | undefined {
    using file = this.file(path);
    return file?.read();
  }

  /** The number that a file holds; `undefined` when it holds none. */
  number(path: string): number | undefined {
    return numberIn(this.text(path));
  }

  /** Opens a file; `undefined` when it is not there or must not be read. */
  file(path: string): SystemFile | undefined {
    const { open, pread, close } = this.libc.symbols;
    const descriptor = open(cString(join(this.#root, path)), 0);
    if (descriptor < 0) return undefined;
    return {
      read: () => {
        const bytes = Number(pread(descriptor, this.#bytes, BigInt(MOST_BYTES), 0n));
        if (bytes < 0) return undefined;
        return new TextDecoder().decode(this.#bytes.subarray(0, bytes)).trim();
      },
      [Symbol.dispose]: () => void close(descriptor),
    };
  }

  /** Names in a folder, sorted as people count; none when it is not there. */
  list(path: string): string[] {
    const { opendir, readdir, closedir } = this.libc.symbols;
    const folder = opendir(cString(join(this.#root, path)));
    if (folder === null) return [];
    const names: string[] = [];
    for (let entry = readdir(folder); entry !== null; entry = readdir(folder)) {
      names.push(new Deno.UnsafePointerView(entry).getCString(NAME_OFFSET));
    }
    closedir(folder);
    return names.filter((name) => name !== "." && name !== "..").sort(byNumber);
  }

  /** Closes the library; open files must have been closed before. */
  [Symbol.dispose](): void {
    this.libc[Symbol.dispose]();
  }
}

const { compare: byNumber } = new Intl.Collator("en", { numeric: true });

/** A decimal number; `undefined` for any other text. */
export function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
