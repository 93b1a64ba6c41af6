/**
 * Network input for image models: a real picture from a file, or a generated one.
 *
 * @module
 */

import { type Tensor, tensor } from "../../graph/tensor.ts";
import { shortName } from "./frames.ts";
import { decodeImage, type Image } from "./image.ts";
import { IMAGES, list, withInputFile } from "./input_file.ts";
import { movingShapes } from "./moving_shapes.ts";
import { finiteFloats, type NpyArray, parseNpy, pixels } from "./npy.ts";
import { type PictureProtocol, pictureShape, toPicture } from "./picture_protocol.ts";

export type { PictureProtocol };

/** One picture, ready to be fed to a network. */
export interface Picture {
  /** Shape `[1, channels, height, width]`, float32, normalised as the protocol says. */
  readonly tensor: Tensor;
  /** What it was made of, e.g. `"picture bccd/BloodImage_00001.jpg (480 x 640)"`. */
  readonly description: string;
}

/** Options of {@linkcode loadPicture}. */
export interface PictureOptions {
  /** Seeds the generated picture; not used for a real one. */
  readonly seed: number;
  /** Ends the loading, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const EXPECTED = {
  what: "picture",
  rule: `it must be a picture (${list(IMAGES)}) or an array (.npy)`,
};

/**
 * Loads a picture: a PNG or JPEG file, or a `.npy` array. `docs/input.md` says what each must look
 * like.
 *
 * @example
 * ```ts
 * import { loadPicture } from "./picture.ts";
 *
 * const protocol = { name: "0..1", height: 64, width: 96, mean: [0, 0, 0], std: [255, 255, 255] };
 * const { tensor, description } = await loadPicture(undefined, protocol, { seed: 1 });
 * console.log(description, tensor.shape); // generated shapes (seed 1) [1, 3, 64, 96]
 * ```
 *
 * @param path The file; generated shapes when it is `undefined`.
 * @throws {RangeError} when `path` does not exist, is of no accepted kind, or has the wrong shape.
 * @throws {TypeError} when an array has the wrong type of elements.
 * @throws {SyntaxError} when a file is damaged.
 */
export async function loadPicture(
  path: string | undefined,
  protocol: PictureProtocol,
  { seed, signal }: PictureOptions,
): Promise<Picture> {
  signal?.throwIfAborted();
  if (path === undefined) return await generated(seed, protocol);
  return await withInputFile(path, EXPECTED, async ({ kind, refusal }) => {
    if (kind !== "npy" && !IMAGES.includes(kind)) throw refusal();
    const bytes = await Deno.readFile(path, { signal });
    if (kind === "npy") return fromArray(parseNpy(bytes, path), path, protocol);
    return fromImage(decodeImage(bytes, path), `picture ${shortName(path)}`, protocol);
  });
}

/** The first frame of the generated video. */
async function generated(seed: number, protocol: PictureProtocol): Promise<Picture> {
  const [image] = await Array.fromAsync(movingShapes(seed, 1).read({ first: 0, count: 1 }));
  return { tensor: toPicture(image, protocol), description: `generated shapes (seed ${seed})` };
}

function fromImage(image: Image, name: string, protocol: PictureProtocol): Picture {
  const { height, width } = image;
  return { tensor: toPicture(image, protocol), description: `${name} (${height} x ${width})` };
}

function fromArray(array: NpyArray, path: string, protocol: PictureProtocol): Picture {
  const { dtype, shape, data } = array;
  const wanted = pictureShape(protocol);
  const name = `array ${shortName(path)}`;
  if (dtype !== "|u1" && [`${wanted}`, `${wanted.slice(1)}`].includes(`${shape}`)) {
    return {
      tensor: tensor(finiteFloats(array, EXPECTED.what, path), wanted),
      description: `${name} (${dtype} [${shape}], used as it is)`,
    };
  }
  const [height, width, channels = 1] = shape;
  const isImage = dtype === "|u1" && shape.every((extent) => extent > 0) &&
    (shape.length === 2 || (shape.length === 3 && channels === 3));
  if (isImage) return fromImage(pixels(data, { height, width }), name, protocol);
  throw new RangeError(
    `Cannot load picture "${path}" as its shape must be [${wanted}] or [${wanted.slice(1)}] for ` +
      `floats, [H,W,3] or [H,W] for uint8: current value is ${dtype} [${shape}]`,
  );
}
