/**
 * Generated images of textures, classes that can be told apart by structure only.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { ClassLabel, Dataset } from "../../training/data/dataset.ts";
import { type ImageExtents, imageExtents } from "./image_shape.ts";
import { levelTables } from "./normalisation.ts";
import { between } from "./painting.ts";
import type { Size } from "./resize.ts";
import type { DataOptions, ImageSource } from "./source.ts";

/** A pattern: its height at a point, in any unit, around any mean. */
type Pattern = (x: number, y: number) => number;

/** Draws a pattern whose waves are `length` pixels long, for an image of a size. */
type PatternOf = (random: Random, length: number, size: Size) => Pattern;

/** Stripes across a direction (radians, from the x axis), which may vary by a twentieth of a turn. */
function stripes(direction: number): PatternOf {
  return (random, length) => {
    const angle = direction + between(random, -0.15, 0.15), phase = turn(random);
    const [along, down] = wave(angle, length);
    return (x, y) => Math.sin(along * x + down * y + phase);
  };
}

/** A function of two waves that stand square on each other, in any direction. */
function lattice(height: (u: number, v: number) => number): PatternOf {
  return (random, length) => {
    const angle = turn(random), [phaseU, phaseV] = [turn(random), turn(random)];
    const [along, down] = wave(angle, length);
    return (x, y) =>
      height(Math.sin(along * x + down * y + phaseU), Math.sin(along * y - down * x + phaseV));
  };
}

/** A function of the way and the direction to a centre in the image. */
function around(height: (radius: number, angle: number, phase: number) => number): PatternOf {
  return (random, length, size) => {
    const cx = between(random, 0.25, 0.75) * size.width;
    const cy = between(random, 0.25, 0.75) * size.height;
    const phase = turn(random), scale = 2 * Math.PI / length;
    return (x, y) => height(scale * Math.hypot(x - cx, y - cy), Math.atan2(y - cy, x - cx), phase);
  };
}

/** Waves of one length in many directions. */
const BLOB_WAVES = 12;

const PATTERNS: Readonly<Record<string, PatternOf>> = {
  "horizontal stripes": stripes(Math.PI / 2),
  "vertical stripes": stripes(0),
  "rising stripes": stripes(Math.PI / 4),
  "falling stripes": stripes(3 * Math.PI / 4),
  "checks": lattice((u, v) => Math.sign(u * v)),
  "grid": lattice((u, v) => Math.max(u, v) > 0.8 ? 1 : 0),
  "dots": lattice((u, v) => u + v > 1 ? 1 : 0),
  "blobs": (random, length) => {
    const waves = Array.from(
      { length: BLOB_WAVES },
      () => stripes(turn(random))(random, length, NONE),
    );
    return (x, y) => waves.reduce((sum, height) => sum + height(x, y), 0);
  },
  "rings": around((radius, _, phase) => Math.sin(radius + phase)),
  "spokes": around((_, angle, phase) => Math.sin(10 * angle + phase)),
};

/** Stripes do not ask for the size of the image. */
const NONE: Size = { height: 0, width: 0 };

/** Names of the classes. */
export const TEXTURES: readonly string[] = Object.keys(PATTERNS);

/** Pixels of a side, from which on all textures show. */
const LEAST_SIDE = 16;
/** Deviation of the grain that lies on all textures, in levels. */
const GRAIN = 12;

/** Generated textures. */
export const texturesSource: ImageSource = {
  id: "textures",
  description:
    `generated images, ${TEXTURES.length} classes of textures that colour does not tell ` +
    `apart`,
  kind: "images",
  generated: true,
  open: (options) => Promise.resolve(textureSplits(options)),
};

/** Numbers of samples of {@linkcode textureSplits}. */
export interface TextureSizes {
  /** Images to learn from. @default {2000} */
  readonly train?: number;
  /** Images to be judged by. @default {500} */
  readonly test?: number;
}

/**
 * The set with other numbers of images than its source gives. Loaded with a random stream, an image to
 * learn from is drawn anew: there are as many as there are epochs.
 *
 * @throws {RangeError} when the sample shape is none of an image or too small, or a number is not a
 *   positive integer.
 */
export function textureSplits(
  options: Omit<DataOptions, "path" | "split">,
  { train = 2000, test = 500 }: TextureSizes = {},
): { readonly train: Dataset<ClassLabel>; readonly test: Dataset<ClassLabel> } {
  return { train: generated("train", train, options), test: generated("test", test, options) };
}

function generated(
  part: string,
  size: number,
  { sampleShape, seed, normalise }: Omit<DataOptions, "path" | "split">,
): Dataset<ClassLabel> {
  const extents = imageExtents(sampleShape, LEAST_SIDE);
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new RangeError(
      `Cannot generate textures as "${part}" must be a positive integer: current value is ${size}`,
    );
  }
  const { channels } = extents;
  const known = {
    mean: new Array<number>(channels).fill(0.5),
    std: new Array<number>(channels).fill(0.2),
  };
  const tables = levelTables(normalise ?? known, channels);
  return {
    name: `textures ${part}`,
    description: `${size} generated images, ${TEXTURES.length} classes (seed ${seed})`,
    size,
    sampleShape,
    classes: TEXTURES,
    classOf: (index) => index % TEXTURES.length,
    load(index, { random, signal } = {}) {
      signal?.throwIfAborted();
      const label = index % TEXTURES.length;
      const stream = random ?? new Random(seed, `textures/${part}/${index}`);
      const levels = paintTexture(label, stream, extents);
      const plane = extents.height * extents.width;
      const values = Float32Array.from(levels, (level, i) => tables[Math.floor(i / plane)][level]);
      return { values, label };
    },
  };
}

/**
 * Paints a texture: every channel is a ground and a share of the pattern, both drawn, and grain. The
 * pattern has mean 0 and deviation 1 over the image whatever its class, and any sign, so that neither
 * levels nor contrast tell which it is.
 *
 * @param texture Index of its class in {@linkcode TEXTURES}.
 * @returns Levels `[channels, height, width]`.
 */
export function paintTexture(
  texture: number,
  random: Random,
  { channels, height, width }: ImageExtents,
): Uint8ClampedArray {
  const side = Math.min(height, width), plane = height * width;
  const length = between(random, 4, Math.max(side / 3, 6));
  const pattern = PATTERNS[TEXTURES[texture]](random, length, { height, width });
  const heights = new Float64Array(plane);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) heights[i] = pattern(x, y);
  }
  standardise(heights);
  const levels = new Uint8ClampedArray(channels * plane);
  for (let c = 0; c < channels; c++) {
    const ground = between(random, 96, 160);
    const share = between(random, 15, 45) * (random.integer(2) === 1 ? 1 : -1);
    for (let i = 0; i < plane; i++) {
      levels[c * plane + i] = ground + share * heights[i] + GRAIN * random.normal();
    }
  }
  return levels;
}

/** Brings values to mean 0 and deviation 1 in place. */
function standardise(values: Float64Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) * scale;
}

/** Any angle. */
function turn(random: Random): number {
  return between(random, 0, 2 * Math.PI);
}

/** Radians a pixel to the right and downwards of a wave that runs in a direction. */
function wave(angle: number, length: number): [along: number, down: number] {
  return [2 * Math.PI / length * Math.cos(angle), 2 * Math.PI / length * Math.sin(angle)];
}
