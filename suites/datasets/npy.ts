/**
 * NumPy's `.npy` files, format versions 1 to 3: parsing, and the two kinds that hold a clip.
 * Follows the format's specification (NumPy enhancement proposal 1, `numpy.lib.format`).
 *
 * @module
 */

import { sizeOf, tensor } from "../../graph/tensor.ts";
import { type FrameSource, shortName } from "./frames.ts";
import type { Image } from "./image.ts";
import { type Clip, type ClipProtocol, clipShape } from "./protocol.ts";
import type { Size } from "./resize.ts";

/** An array read from a `.npy` file, row-major. */
export type NpyArray =
  & { readonly shape: readonly number[] }
  & (
    | { readonly dtype: "<f4"; readonly data: Float32Array }
    | { readonly dtype: "<f8"; readonly data: Float64Array }
    | { readonly dtype: "|u1"; readonly data: Uint8Array }
  );

const ITEM_BYTES = { "<f4": 4, "<f8": 8, "|u1": 1 } as const;
const MAGIC = "\x93NUMPY";

/**
 * Parses a `.npy` file.
 *
 * @param bytes The whole file.
 * @param name What errors call the file.
 * @throws {SyntaxError} when the file is malformed or its length differs from its shape's.
 * @throws {TypeError} when the type of its elements, or their order, is not one that inputs have.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const { header, offset } = readHeader(bytes, name);
  const dtype = /["']descr["']\s*:\s*["']([^"']*)["']/.exec(header)?.[1];
  const order = /["']fortran_order["']\s*:\s*(True|False)\b/.exec(header)?.[1];
  const extents = /["']shape["']\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || extents === undefined) {
    throw malformed(
      name,
      "its header must hold a plain descr, fortran_order and shape",
      JSON.stringify(header.trim().slice(0, 200)),
    );
  }
  if (!isSupported(dtype)) {
    throw new TypeError(
      `Cannot read array "${name}" as its dtype must be ${
        Object.keys(ITEM_BYTES).join(", ")
      } (float32, float64, uint8): current value is ${dtype}`,
    );
  }
  if (order === "True") {
    throw new TypeError(
      `Cannot read array "${name}" as its order must be C (save numpy.ascontiguousarray(a)): ` +
        `current value is Fortran`,
    );
  }
  const shape = extents.split(",").map((e) => e.trim()).filter((e) => e !== "").map(Number);
  const length = sizeOf(shape) * ITEM_BYTES[dtype];
  if (bytes.length - offset !== length) {
    throw malformed(
      name,
      `the data of its shape [${shape}] must be ${length} bytes`,
      `${bytes.length - offset} bytes`,
    );
  }
  // Copied, because typed arrays need their elements aligned and a file's need not be.
  const data = bytes.slice(offset);
  switch (dtype) {
    case "<f4":
      return { dtype, shape, data: new Float32Array(data.buffer) };
    case "<f8":
      return { dtype, shape, data: new Float64Array(data.buffer) };
    case "|u1":
      return { dtype, shape, data };
  }
}

function isSupported(dtype: string): dtype is keyof typeof ITEM_BYTES {
  return Object.hasOwn(ITEM_BYTES, dtype);
}

/** The header's text and where the data begin. */
function readHeader(bytes: Uint8Array, name: string): { header: string; offset: number } {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) {
    throw malformed(
      name,
      `its first bytes must be ${JSON.stringify(MAGIC)}`,
      JSON.stringify(magic),
    );
  }
  const version = bytes[6];
  if (version !== 1 && version !== 2 && version !== 3) {
    throw malformed(name, "its format version must be 1, 2 or 3", String(version));
  }
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) {
    throw malformed(name, `it must have ${start} bytes or more`, `${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > bytes.length - start) {
    throw malformed(
      name,
      `its header must have the ${length} bytes that it announces`,
      `${bytes.length - start} bytes`,
    );
  }
  const header = bytes.subarray(start, start + length);
  // Versions 1 and 2 are Latin-1, version 3 is UTF-8; they differ only in field names, which
  // arrays of plain numbers do not have.
  return { header: new TextDecoder().decode(header), offset: start + length };
}

function malformed(name: string, rule: string, value: string): SyntaxError {
  return new SyntaxError(`Cannot read array "${name}" as ${rule}: current value is ${value}`);
}

/**
 * Opens a `.npy` file that holds a clip: floats of the shape that the network takes, which are
 * used as they are (float64 rounded to float32), or uint8 frames `[T, H, W, 3]` (RGB) or
 * `[T, H, W]` (gray), which are a video like any other.
 *
 * @throws {SyntaxError} when the file is malformed.
 * @throws {TypeError} when the type or order of its elements is not accepted.
 * @throws {RangeError} when its shape is not accepted, or a float is not finite.
 */
export async function openNpy(
  path: string,
  protocol: ClipProtocol,
): Promise<FrameSource | Clip> {
  const array = parseNpy(await Deno.readFile(path), path);
  const { shape } = array;
  const clip = clipShape(protocol);
  const isClip = array.dtype !== "|u1" && [`${clip}`, `${clip.slice(1)}`].includes(`${shape}`);
  const isVideo = array.dtype === "|u1" && shape.every((extent) => extent > 0) &&
    (shape.length === 3 || (shape.length === 4 && shape[3] === 3));
  if (!isClip && !isVideo) {
    throw new RangeError(
      `Cannot load clip "${path}" as its shape must be [${clip}] or [${clip.slice(1)}] for ` +
        `floats, [T,H,W,3] or [T,H,W] for uint8: current value is ${array.dtype} [${shape}]`,
    );
  }
  if (array.dtype === "|u1") return frameSource(path, shape, array.data);
  const values = finiteFloats(array, "clip", path);
  return {
    tensor: tensor(values, clip),
    description: `array ${shortName(path)} (${array.dtype} [${shape}], used as it is)`,
  };
}

/**
 * The values of an array as float32.
 *
 * @param what What errors call that which `path` should give.
 * @throws {RangeError} when a value is not finite, as float32.
 */
export function finiteFloats(array: NpyArray, what: string, path: string): Float32Array {
  const values = Float32Array.from(array.data);
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return values;
  throw new RangeError(
    `Cannot load ${what} "${path}" as its values must be finite float32: current value is ` +
      `${array.data[at]} at index ${at}`,
  );
}

/** An image of 8-bit pixels, `height x width` gray or `height x width x 3` RGB values. */
export function pixels(data: Uint8Array, { height, width }: Size): Image {
  return { height, width, data: data.length === height * width ? grayToRgb(data) : data };
}

function frameSource(path: string, shape: readonly number[], data: Uint8Array): FrameSource {
  const [count, height, width, channels = 1] = shape;
  const size = height * width * channels;
  return {
    description: `array ${shortName(path)} (${count} ${channels === 3 ? "RGB" : "gray"} frames)`,
    count,
    *read(range): Iterable<Image> {
      for (let i = range.first; i < range.first + range.count; i++) {
        yield pixels(data.subarray(i * size, (i + 1) * size), { height, width });
      }
    },
  };
}

function grayToRgb(gray: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: gray.length * 3 }, (_, i) => gray[Math.floor(i / 3)]);
}
