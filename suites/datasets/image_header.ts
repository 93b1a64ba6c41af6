/**
 * Extents of PNG and JPEG files from their first bytes, for looking through large sets.
 *
 * @module
 */

import type { Size } from "./resize.ts";

/** What is read of a file at first: enough unless a thumbnail comes before the extents. */
const HEAD = 1 << 15;

/**
 * Reads the extents of a PNG or JPEG file, and as little else as it can.
 *
 * @throws {SyntaxError} when it is neither, or its header is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file.
 */
export async function readImageSize(path: string, signal?: AbortSignal): Promise<Size> {
  const size = sizeOfHeader(await readHead(path)) ??
    sizeOfHeader(await Deno.readFile(path, { signal }));
  if (size && size.height > 0 && size.width > 0) return size;
  throw new SyntaxError(
    `Cannot read image "${path}" as it must be a PNG or JPEG file: current value is a file of ` +
      `another format, or a damaged one`,
  );
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(HEAD);
  let length = 0;
  while (length < HEAD) {
    const n = await file.read(bytes.subarray(length));
    if (n === null) break;
    length += n;
  }
  return bytes.subarray(0, length);
}

/** Extents that a file's first bytes tell; `undefined` when they do not. */
export function sizeOfHeader(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The signature of PNG; its header chunk comes first.
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  return bytes.length >= 4 && view.getUint16(0) === 0xffd8 ? sizeOfJpeg(view) : undefined;
}

/** Walks the segments of a JPEG file up to its frame header (ITU-T T.81, B.2.2). */
function sizeOfJpeg(view: DataView): Size | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    // Fill bytes before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    // SOF0 to SOF15; among their numbers are DHT, JPG and DAC.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
