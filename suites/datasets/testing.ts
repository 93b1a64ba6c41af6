/**
 * What the tests of this folder share.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { PNG } from "pngjs";
import type { Random } from "../../graph/random.ts";
import type { Image } from "./image.ts";

/** Whether `ffmpeg` and `ffprobe` are on `PATH`. */
export async function hasFfmpeg(): Promise<boolean> {
  try {
    for (const name of ["ffmpeg", "ffprobe"]) {
      await new Deno.Command(name, { args: ["-version"], stdout: "null", stderr: "null" }).output();
    }
    return true;
  } catch {
    return false;
  }
}

/** Writes frames as a lossless RGB video, so that what is read must be exactly what was written. */
export async function writeVideo(path: string, frames: readonly Image[]): Promise<void> {
  const { height, width } = frames[0];
  // deno-fmt-ignore
  const encoder = new Deno.Command("ffmpeg", {
    args: [
      "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-r", "25",
      "-i", "-", "-c:v", "ffv1", "-pix_fmt", "bgr0", "-y", path,
    ],
    stdin: "piped",
  }).spawn();
  const bytes = Uint8Array.from(frames.flatMap((frame) => [...frame.data]));
  const writer = encoder.stdin.getWriter();
  await writer.write(bytes);
  await writer.close();
  if (!(await encoder.status).success) throw new Error(`Cannot write video "${path}"`);
}

/** An image whose every pixel is `colour`. */
export function plain(height: number, width: number, colour: readonly number[]): Image {
  return {
    height,
    width,
    data: Uint8Array.from({ length: height * width * 3 }, (_, i) => colour[i % 3]),
  };
}

/** An image of independent random values. */
export function noise(height: number, width: number, random: Random): Image {
  const data = Uint8Array.from({ length: height * width * 3 }, () => random.integer(256));
  return { height, width, data };
}

/** `image` as a PNG file. */
export function encodePng({ height, width, data }: Image): Uint8Array {
  const png = new PNG({ width, height });
  png.data = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < data.length; i++) png.data[Math.floor(i / 3) * 4 + i % 3] = data[i];
  return PNG.sync.write(png);
}

/** `images` of one height side by side. */
export function strip(images: readonly Image[]): Image {
  const height = images[0].height;
  const width = images.reduce((sum, image) => sum + image.width, 0);
  const data = new Uint8Array(height * width * 3);
  let left = 0;
  for (const image of images) {
    const row = image.width * 3;
    for (let y = 0; y < height; y++) {
      data.set(image.data.subarray(y * row, (y + 1) * row), (y * width + left) * 3);
    }
    left += image.width;
  }
  return { height, width, data };
}

/** A `.npy` file, format version 1, whose header is the Python literal `header`. */
export function npyFile(header: string, data: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(10 + header.length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return bytes;
}

/** The header that NumPy writes for a row-major array. */
export function npyHeader(dtype: string, shape: readonly number[]): string {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  return `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${extents}), }`;
}

/** Runs `body` with an empty folder that is removed afterwards. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kerf-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
