/**
 * Binary PPM images (`P6`), the form in which `ffmpeg` writes frames to a pipe: raw rgb24 with the
 * size in front.
 *
 * @module
 */

import type { Image } from "./image.ts";

/** Takes bytes from a stream in portions of the length asked for. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  /** Locks `stream`. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next `length` bytes; fewer when the stream ends before. */
  async read(length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#chunk.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) return out.subarray(0, filled);
        this.#chunk = value;
      }
      const part = this.#chunk.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
    }
    return out;
  }

  /** Gives up the rest of the stream. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

/**
 * Reads the next image of a stream of PPM images. Comments, which `ffmpeg` does not write, are not
 * understood.
 *
 * @returns The image, or `undefined` when the stream ends before or within it.
 * @throws {SyntaxError} when what follows is not a PPM image with 8 bits per channel.
 */
export async function readPpm(reader: ByteReader): Promise<Image | undefined> {
  const fields: string[] = [];
  while (fields.length < 4) {
    const field = await readField(reader);
    if (field === undefined) return undefined;
    fields.push(field);
  }
  const [magic, width, height, maximum] = fields;
  if (magic !== "P6" || !/^[1-9]\d*$/.test(width) || !/^[1-9]\d*$/.test(height)) {
    throw refusal(fields);
  }
  if (maximum !== "255") throw refusal(fields);
  const size = Number(width) * Number(height) * 3;
  const data = await reader.read(size);
  return data.length < size ? undefined : { width: Number(width), height: Number(height), data };
}

function refusal(fields: readonly string[]): SyntaxError {
  return new SyntaxError(
    `Cannot read a frame as its header must be P6, width, height and 255: current value is ${
      fields.join(" ")
    }`,
  );
}

/** A field of the header and the one white space behind it; `undefined` at the stream's end. */
async function readField(reader: ByteReader): Promise<string | undefined> {
  let field = "";
  // Longer than any number of pixels that fits in memory, so what follows is not a header.
  while (field.length < 16) {
    const [byte] = await reader.read(1);
    if (byte === undefined) return undefined;
    const character = String.fromCharCode(byte);
    if (/\s/.test(character)) return field;
    field += character;
  }
  return field;
}
