/**
 * Frames as pixels: RGB images, and reading them from PNG and JPEG files.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";

/** One frame, 8 bits per channel. */
export interface Image {
  /** Pixels per row. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
  /** `height x width x 3` values, row-major, red, green, blue. */
  readonly data: Uint8Array;
}

/** What the decoders give: `height x width x 4` values, red, green, blue, alpha. */
interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Refused beyond it, so that a forged header cannot ask for all memory. */
const MAX_PIXELS = 1e8;

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_SIGNATURE = [0xff, 0xd8, 0xff];

/**
 * Decodes a PNG or JPEG file, told apart by its first bytes. Alpha is ignored; 16-bit PNG
 * samples are scaled to 8 bits.
 *
 * @param bytes The whole file.
 * @param name What errors call the file.
 * @throws {SyntaxError} when `bytes` is neither, is damaged, or has over 100 million pixels.
 */
export function decodeImage(bytes: Uint8Array, name: string): Image {
  const refusal = (value: string, cause?: unknown) =>
    new SyntaxError(
      `Cannot read image "${name}" as it must be a PNG or JPEG file of at most ${MAX_PIXELS} ` +
        `pixels: current value is ${value}`,
      { cause },
    );
  const isPng = startsWith(bytes, PNG_SIGNATURE);
  if (!isPng && !startsWith(bytes, JPEG_SIGNATURE)) {
    throw refusal(bytes.length === 0 ? "an empty file" : "a file of another format");
  }
  let rgba: RgbaImage;
  try {
    rgba = isPng ? decodePng(bytes) : jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      maxResolutionInMP: MAX_PIXELS / 1e6,
    });
  } catch (cause) {
    throw refusal(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { width, height } = rgba;
  if (width === 0 || height === 0 || rgba.data.length !== width * height * 4) {
    throw refusal(`damaged (${width} x ${height} pixels, ${rgba.data.length} bytes)`);
  }
  return { width, height, data: dropAlpha(rgba.data) };
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function decodePng(bytes: Uint8Array): RgbaImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The header chunk comes first, so its width and height stand at bytes 16 and 20; pngjs itself
  // allocates whatever they ask for.
  const pixels = view.getUint32(16) * view.getUint32(20);
  if (pixels > MAX_PIXELS) throw new RangeError(`${pixels} pixels`);
  return PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function dropAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from];
    rgb[to++] = rgba[from + 1];
    rgb[to++] = rgba[from + 2];
  }
  return rgb;
}

/** Gray of a colour, in the units of its parts: the luma of ITU-R BT.601. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Cuts `image` to the columns `left` up to `left + width`. */
export function columns(image: Image, left: number, width: number): Image {
  const data = new Uint8Array(image.height * width * 3);
  for (let y = 0; y < image.height; y++) {
    const from = (y * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height: image.height, data };
}
