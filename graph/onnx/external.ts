/**
 * Tensor data outside the ONNX file, as models above 2 GiB have it.
 *
 * @module
 */

import { dirname, isAbsolute, relative, resolve } from "node:path";
import type { FileTensor } from "./file_tensor.ts";
import { UnsupportedError } from "./unsupported.ts";

/** Reads the tensor data that an ONNX file keeps in other files of its folder. */
export class ExternalData {
  readonly #folder: string | undefined;
  readonly #ranges = new Map<string, Uint8Array>();
  readonly #files = new Map<string, number>();
  #left = 0;

  /** For the file at `path`; without one, external data is refused. */
  constructor(path?: string) {
    this.#folder = path === undefined ? undefined : Deno.realPathSync(dirname(resolve(path)));
  }

  /**
   * The bytes of a tensor. Tensors that name the same range share them.
   *
   * @throws {UnsupportedError} when the location is outside the model's folder, links followed, or the
   * range outside its file, or the file cannot be read.
   */
  read(tensor: FileTensor): Uint8Array {
    const { name, external = new Map<string, string>() } = tensor;
    const location = external.get("location") ?? "";
    const fail = (text: string): never => {
      throw new UnsupportedError(`tensor "${name}": external data "${location}" ${text}`);
    };
    if (this.#folder === undefined) fail("of a model that has no folder");
    const path = this.#inside(location) ?? fail("is not a file inside the model's folder");
    const size = this.#sizeOf(path);
    const offset = count(external.get("offset") ?? "0");
    const length = count(external.get("length") ?? `${size - offset}`);
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
      fail(`has ${size} bytes, not ${length} from ${offset} on`);
    }
    const key = `${offset}+${length} ${path}`;
    const known = this.#ranges.get(key);
    if (known) return known;
    // Ranges of a sound file do not overlap, so together they are not longer than the files.
    this.#left -= length;
    if (this.#left < 0) fail("has tensors that overlap");
    const bytes = readRange(path, offset, length) ?? fail("ends while it is read");
    this.#ranges.set(key, bytes);
    return bytes;
  }

  /** The real path of a regular file inside the folder. */
  #inside(location: string): string | undefined {
    const folder = this.#folder!;
    if (location === "" || location.includes("\0") || isAbsolute(location)) return;
    try {
      const path = Deno.realPathSync(resolve(folder, location));
      const way = relative(folder, path);
      if (location.split(/[/\\]/).includes("..") || way.startsWith("..") || isAbsolute(way)) return;
      return Deno.statSync(path).isFile ? path : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) {
        return;
      }
      throw error;
    }
  }

  #sizeOf(path: string): number {
    let size = this.#files.get(path);
    if (size === undefined) {
      size = Deno.statSync(path).size;
      this.#files.set(path, size);
      this.#left += size;
    }
    return size;
  }
}

/** A count as files write it: decimal digits. */
function count(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

function readRange(path: string, offset: number, length: number): Uint8Array | undefined {
  using file = Deno.openSync(path);
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = file.readSync(bytes.subarray(at));
    if (read === null) return;
    at += read;
  }
  return bytes;
}
