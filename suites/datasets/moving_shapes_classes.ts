/**
 * The generated sets `moving-shapes` and `moving-shapes-hard`: clips of eight classes that can only be
 * told apart by motion.
 *
 * Shapes move over a textured background that stays. Position (on a torus), size and colour of a shape
 * in any one frame are distributed alike in all classes, whatever the motion: a place that is uniform
 * on a torus stays uniform when it is moved, and so does the phase of a size that starts over. And a
 * clip played backwards is a clip of another class, its partner, with the same frames.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { ClassLabel, Dataset } from "../../training/data/dataset.ts";
import {
  type ClipExtents,
  clipExtents,
  cutClip,
  type FrameStack,
  grayStack,
} from "./frame_stack.ts";
import type { Image } from "./image.ts";
import { levelTables, type Normalisation } from "./normalisation.ts";
import { between, outlines, paint, type PaintedShape, texture } from "./painting.ts";
import type { ClipSource, DataOptions } from "./source.ts";

/** Names of the classes; each even one and the next are each other played backwards. */
export const MOTIONS = [
  "right",
  "left",
  "down",
  "up",
  "clockwise",
  "counter-clockwise",
  "growing",
  "shrinking",
] as const;

/** Classes whose mirror image, left and right exchanged, is their partner. */
const MIRRORED: ReadonlySet<number> = new Set([0, 1, 4, 5]);

/** Shapes of a clip that move, all of them by its class. */
const SHAPES = 2;
/** How many times a radius grows before it starts over. */
const GROWTH = 3;
/** Bytes of clips of a part that are kept, as painting one takes longer than an epoch should wait. */
const MOST_PAINTED = 256 * 2 ** 20;
/** Fewer frames than this would leave a turn's direction open. */
const LEAST = { frames: 4, side: 16 };

/** What makes the motion of a clip hard to see; nothing of it depends on the class. */
export interface Difficulty {
  /** Least radius of what moves, in shorter sides of a frame. */
  readonly radius: number;
  /** Least share of its motion that a shape makes in a clip, `[0, 1]`. */
  readonly slowest: number;
  /** Shapes that stay where they are, behind those that move. */
  readonly still: number;
  /** Deviation of the noise of each frame, in levels. */
  readonly noise: number;
}

/** Clips of `moving-shapes`. */
const CLEAR: Difficulty = { radius: 0.08, slowest: 0.5, still: 0, noise: 0 };
/** The hardest clips of `moving-shapes-hard`. */
const HARDEST: Difficulty = { radius: 0.06, slowest: 0.2, still: 4, noise: 40 };

/** Clips of hardness `u ** EASIER`, `u` uniform: the larger, the more clear ones. */
const EASIER = 2;

/** A difficulty between the clear clips, 0, and the hardest ones, 1. */
export function difficultyOf(hardness: number): Difficulty {
  const at = (of: keyof Difficulty) => CLEAR[of] + hardness * (HARDEST[of] - CLEAR[of]);
  return {
    radius: at("radius"),
    slowest: at("slowest"),
    still: Math.round(at("still")),
    noise: at("noise"),
  };
}

/**
 * Generated clips: 2000 to learn from and 400 to be judged by. With a random stream a clip is mirrored,
 * played backwards, both or neither, and has the label of what it then shows.
 */
export const movingShapesSource: ClipSource = {
  id: "moving-shapes",
  description: `${MOTIONS.length} classes of generated clips that differ in motion only`,
  kind: "clips",
  generated: true,
  open: (options) => Promise.resolve(movingShapesSplits(options)),
};

/**
 * As many clips, from clear ones, by which learning gets going, to shapes that are small, hardly move and
 * drown in noise: networks are far enough from all correct for what pruning costs to show.
 */
export const movingShapesHardSource: ClipSource = {
  id: "moving-shapes-hard",
  description: "the same classes, up to small, slow shapes in front of still ones, in noise",
  kind: "clips",
  generated: true,
  open: (options) => Promise.resolve(movingShapesSplits(options, { hard: true })),
};

/** What {@linkcode movingShapesSplits} makes. */
export interface MovingShapesOptions {
  /** Clips to learn from. @default {2000} */
  readonly train?: number;
  /** Clips to be judged by. @default {400} */
  readonly test?: number;
  /** Whether clips are of any difficulty, not only clear. @default {false} */
  readonly hard?: boolean;
}

/**
 * The set with other numbers of clips than its source gives.
 *
 * @throws {RangeError} when the sample shape is none of a clip or too small, or a number is not a
 *   positive integer.
 */
export function movingShapesSplits(
  options: Omit<DataOptions, "path" | "split">,
  { train = 2000, test = 400, hard = false }: MovingShapesOptions = {},
): { readonly train: Dataset<ClassLabel>; readonly test: Dataset<ClassLabel> } {
  return {
    train: generated("train", train, options, hard),
    test: generated("test", test, options, hard),
  };
}

function generated(
  part: string,
  size: number,
  { sampleShape, seed, normalise }: Omit<DataOptions, "path" | "split">,
  hard: boolean,
): Dataset<ClassLabel> {
  const extents = clipExtents(sampleShape, LEAST);
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new RangeError(
      `Cannot generate moving shapes as "${part}" must be a positive integer: current value is ${size}`,
    );
  }
  const { channels, frames } = extents;
  const known: Normalisation = {
    mean: new Array<number>(channels).fill(0.45),
    std: new Array<number>(channels).fill(0.15),
  };
  const tables = levelTables(normalise ?? known, channels);
  const { id } = hard ? movingShapesHardSource : movingShapesSource;
  const painted = new Map<number, FrameStack>();
  let left = MOST_PAINTED;
  const paintedClip = (index: number): FrameStack => {
    const known = painted.get(index);
    if (known) return known;
    const stream = new Random(seed, `${id}/${part}/${index}`);
    const difficulty = difficultyOf(hard ? stream.uniform() ** EASIER : 0);
    const colours = motionClip(index % MOTIONS.length, stream, extents, difficulty);
    const stack = channels === 1 ? grayStack(colours) : colours;
    left -= stack.data.length;
    if (left >= 0) painted.set(index, stack);
    return stack;
  };
  return {
    name: `${id} ${part}`,
    description: `${size} generated clips, ${MOTIONS.length} classes (seed ${seed})`,
    size,
    sampleShape,
    classes: MOTIONS,
    classOf: (index) => index % MOTIONS.length,
    load(index, { random, signal } = {}) {
      signal?.throwIfAborted();
      const motion = index % MOTIONS.length;
      const flip = random?.integer(2) === 1;
      const backwards = random?.integer(2) === 1;
      const cut = backwards
        ? { first: frames - 1, stride: -1, top: 0, left: 0, flip }
        : { first: 0, stride: 1, top: 0, left: 0, flip };
      const mirrored = flip && MIRRORED.has(motion) ? motion ^ 1 : motion;
      return {
        values: cutClip(paintedClip(index), cut, sampleShape, tables),
        label: backwards ? mirrored ^ 1 : mirrored,
      };
    },
  };
}

/** A shape half-way through its clip, in units that do not depend on its class. */
interface Scene {
  readonly outline: (radius: number) => PaintedShape["outline"];
  readonly colour: readonly number[];
  /** Pixels. */
  readonly x: number;
  readonly y: number;
  /** How far its size has grown, `[0, 1)`. */
  readonly phase: number;
  /** How much of its motion it makes in a clip, `[slowest, 1)`. */
  readonly speed: number;
  /** Radius of its orbit in pixels, and where on the orbit it is, radians. */
  readonly orbit: number;
  readonly angle: number;
}

/**
 * Paints a clip in colour. The same stream gives all classes the same scene half-way through the clip,
 * but for noise, and partners the same frames in opposite order.
 *
 * @param motion Index of its class in {@linkcode MOTIONS}.
 */
export function motionClip(
  motion: number,
  random: Random,
  { frames, height, width }: Omit<ClipExtents, "channels">,
  { radius, slowest, still, noise }: Difficulty = CLEAR,
): FrameStack {
  const ground = texture(random, { height, width });
  const side = Math.min(height, width);
  const scene = (): Scene => ({
    outline: outlines[random.integer(outlines.length)],
    colour: [0, 1, 2].map(() => between(random, 0, 255)),
    x: between(random, 0, width),
    y: between(random, 0, height),
    phase: random.uniform(),
    speed: between(random, slowest, 1),
    orbit: between(random, 0.15, 0.3) * side,
    angle: between(random, 0, 2 * Math.PI),
  });
  const paintScene = (image: Image, { outline, colour }: Scene, { x, y, phase }: Place) => {
    const extent = radius * GROWTH ** phase * side;
    const shape = { outline: outline(extent), radius: extent, colour };
    // On a torus: what leaves on one side comes in on the other.
    for (const cx of [x - width, x, x + width]) {
      for (const cy of [y - height, y, y + height]) paint(image, shape, cx, cy);
    }
  };
  const moving = Array.from({ length: SHAPES }, scene);
  for (const one of Array.from({ length: still }, scene)) paintScene(ground, one, one);
  const size = height * width * 3;
  const data = new Uint8Array(frames * size);
  for (let step = 0; step < frames; step++) {
    // In the order of the motion, so that partners have the same noise.
    const t = motion % 2 === 0 ? step : frames - 1 - step;
    const image = { height, width, data: data.subarray(t * size, (t + 1) * size) };
    image.data.set(ground.data);
    // Time from the middle, so that backwards is exactly the other sign.
    const time = (t - (frames - 1) / 2) / (frames - 1);
    for (const one of moving) paintScene(image, one, moved(one, motion, time, { height, width }));
    if (noise > 0) addGrain(image, noise, random);
  }
  return { count: frames, height, width, channels: 3, data };
}

/** Adds noise that is the same in all channels of a pixel. */
function addGrain({ data }: Image, deviation: number, random: Random): void {
  for (let i = 0; i < data.length; i += 3) {
    const grain = deviation * random.normal();
    for (let c = i; c < i + 3; c++) {
      data[c] = Math.min(Math.max(Math.round(data[c] + grain), 0), 255);
    }
  }
}

/** Where a shape is, and how far grown. */
type Place = Pick<Scene, "x" | "y" | "phase">;

/** Where a shape is, and how far grown, at a time in -0.5..0.5. */
function moved(
  { x, y, phase, speed, orbit, angle }: Scene,
  motion: number,
  time: number,
  { height, width }: { readonly height: number; readonly width: number },
): Place {
  const way = (motion % 2 === 0 ? 1 : -1) * speed * time;
  switch (motion >> 1) {
    case 0:
      return { x: wrapped(x + way * width, width), y, phase };
    case 1:
      return { x, y: wrapped(y + way * height, height), phase };
    case 2: {
      // Rows run downwards, so a growing angle turns clockwise.
      const turned = angle + 2 * Math.PI * way;
      return {
        x: wrapped(x + orbit * (Math.cos(turned) - Math.cos(angle)), width),
        y: wrapped(y + orbit * (Math.sin(turned) - Math.sin(angle)), height),
        phase,
      };
    }
    default:
      return { x, y, phase: wrapped(phase + way, 1) };
  }
}

/** A position on a circle of length `extent`, in `[0, extent)`. */
function wrapped(position: number, extent: number): number {
  return position - Math.floor(position / extent) * extent;
}
