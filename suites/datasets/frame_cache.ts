/**
 * Decoded frames, kept so that a video is not decoded in every epoch.
 *
 * @module
 */

import { createHash, randomUUID } from "node:crypto";
import type { FrameStack } from "./frame_stack.ts";

/** Where decoded frames are kept. */
export interface FrameCacheOptions {
  /** Bytes of memory at most; frames beyond it are read again. @default {2 ** 30} */
  readonly memory?: number;
  /** Folder for decoded frames, made when it is not there. @default none */
  readonly folder?: string;
}

/** Number at the start of a cache file: "KFS1". */
const MAGIC = 0x3153464b;
/** Magic, count, height, width, channels; 4 bytes each, little-endian. */
const HEADER = 20;

/** Frames by key: first from memory, then from a folder, and decoded where neither has them. */
export class FrameCache {
  readonly #kept = new Map<string, FrameStack>();
  readonly #folder?: string;
  #free: number;

  /**
   * An empty memory over what the folder has.
   *
   * @throws {RangeError} when the memory is not a number of bytes.
   */
  constructor({ memory = 2 ** 30, folder }: FrameCacheOptions = {}) {
    if (!(memory >= 0)) {
      throw new RangeError(
        `Cannot keep frames as "memory" must be a number of bytes: current value is ${memory}`,
      );
    }
    this.#free = memory;
    this.#folder = folder;
  }

  /**
   * The frames of `key`. Memory goes to those that come first and stays with them: in training all are
   * asked for equally often.
   *
   * @param key All that decides what `decode` gives.
   */
  async get(key: string, decode: () => Promise<FrameStack>): Promise<FrameStack> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    let stack = await this.#fromFolder(key);
    if (!stack) {
      stack = await decode();
      await this.#toFolder(key, stack);
    }
    if (!this.#kept.has(key) && stack.data.length <= this.#free) {
      this.#free -= stack.data.length;
      this.#kept.set(key, stack);
    }
    return stack;
  }

  #path(key: string): string {
    return `${this.#folder}/${createHash("sha256").update(key).digest("hex").slice(0, 32)}.frames`;
  }

  /** Undefined when there is no such file, or not a whole one. */
  async #fromFolder(key: string): Promise<FrameStack | undefined> {
    if (this.#folder === undefined) return undefined;
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(this.#path(key));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    if (bytes.length < HEADER) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
    const [magic, count, height, width, channels] = [0, 4, 8, 12, 16].map((at) =>
      view.getUint32(at, true)
    );
    if (magic !== MAGIC || (channels !== 1 && channels !== 3)) return undefined;
    const data = bytes.subarray(HEADER);
    if (data.length !== count * height * width * channels) return undefined;
    return { count, height, width, channels, data };
  }

  /** Written under another name first: whoever is killed meanwhile leaves no half of a file. */
  async #toFolder(key: string, stack: FrameStack): Promise<void> {
    if (this.#folder === undefined) return;
    const { count, height, width, channels, data } = stack;
    const bytes = new Uint8Array(HEADER + data.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of [MAGIC, count, height, width, channels].entries()) {
      view.setUint32(4 * i, value, true);
    }
    bytes.set(data, HEADER);
    await Deno.mkdir(this.#folder, { recursive: true });
    const temporary = `${this.#folder}/${randomUUID()}.tmp`;
    await Deno.writeFile(temporary, bytes);
    await Deno.rename(temporary, this.#path(key));
  }
}
