/**
 * Generated video: coloured shapes that move over a textured background, for when no real clip is
 * given.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { FrameSource } from "./frames.ts";
import type { Image } from "./image.ts";

/** Pixels of a generated frame: C3D's 128 x 171. */
const HEIGHT = 128;
const WIDTH = 171;
const SHAPES = 6;
const WAVES = 8;

/** Red, green, blue, 0..255. */
type Colour = readonly number[];

interface Shape {
  /** Signed distance to its edge in pixels, negative inside, from an offset to its centre. */
  readonly distance: (dx: number, dy: number) => number;
  readonly colour: Colour;
  /** Centre in frame 0, pixels. */
  readonly x: number;
  readonly y: number;
  /** Pixels per frame; no two shapes have the same speed or direction. */
  readonly vx: number;
  readonly vy: number;
}

/**
 * A video of coloured circles, squares and triangles with distinct velocities. The same
 * seed gives the same pixels.
 *
 * @param seed Seeds positions, colours, velocities and texture.
 * @param count Number of frames.
 */
export function movingShapes(seed: number, count: number): FrameSource {
  const random = new Random(seed, "moving shapes");
  const background = texture(random);
  const turn = random.uniform() * 2 * Math.PI;
  const shapes = Array.from({ length: SHAPES }, (_, i) => shape(i, turn, random));
  return {
    description: `generated moving shapes (seed ${seed})`,
    count,
    *read(range) {
      for (let t = range.first; t < range.first + range.count; t++) {
        yield draw(background, shapes, t);
      }
    },
  };
}

function shape(i: number, turn: number, random: Random): Shape {
  const radius = between(random, 10, 24);
  const direction = turn + 2 * Math.PI * i / SHAPES;
  const speed = 1 + 0.5 * i;
  return {
    distance: outlines[i % outlines.length](radius),
    colour: [0, 1, 2].map(() => between(random, 0, 255)),
    x: between(random, 0, WIDTH),
    y: between(random, 0, HEIGHT),
    vx: speed * Math.cos(direction),
    vy: speed * Math.sin(direction),
  };
}

/** Signed distances of a circle, a square and a triangle whose edges are `radius` away. */
const outlines: readonly ((radius: number) => Shape["distance"])[] = [
  (radius) => (dx, dy) => Math.hypot(dx, dy) - radius,
  (radius) => (dx, dy) => Math.max(Math.abs(dx), Math.abs(dy)) - radius,
  (radius) => (dx, dy) => Math.max(dy, Math.abs(dx) * Math.sqrt(3) / 2 - dy / 2) - radius / 2,
];

/** A sum of plane waves of random direction, length and colour, with grain on top. */
function texture(random: Random): Image {
  const waves = Array.from({ length: WAVES }, () => {
    const direction = random.uniform() * 2 * Math.PI;
    const frequency = 2 * Math.PI / between(random, 6, 60);
    return {
      x: frequency * Math.cos(direction),
      y: frequency * Math.sin(direction),
      phase: random.uniform() * 2 * Math.PI,
      colour: [0, 1, 2].map(() => between(random, -24, 24)),
    };
  });
  const data = new Uint8Array(HEIGHT * WIDTH * 3);
  for (let i = 0; i < HEIGHT * WIDTH; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const grain = 6 * random.normal();
    for (let c = 0; c < 3; c++) {
      const sum = waves.reduce(
        (sum, wave) => sum + wave.colour[c] * Math.sin(wave.x * x + wave.y * y + wave.phase),
        0,
      );
      data[i * 3 + c] = Math.min(Math.max(Math.round(110 + sum + grain), 0), 255);
    }
  }
  return { height: HEIGHT, width: WIDTH, data };
}

function draw(background: Image, shapes: readonly Shape[], t: number): Image {
  const data = background.data.slice();
  for (const { distance, colour, ...shape } of shapes) {
    const cx = bounce(shape.x + shape.vx * t, WIDTH);
    const cy = bounce(shape.y + shape.vy * t, HEIGHT);
    for (let i = 0; i < HEIGHT * WIDTH; i++) {
      // An edge one pixel soft, so that movement by part of a pixel shows.
      const away = distance(i % WIDTH + 0.5 - cx, Math.floor(i / WIDTH) + 0.5 - cy);
      const cover = Math.min(Math.max(0.5 - away, 0), 1);
      if (cover === 0) continue;
      for (let c = 0; c < 3; c++) {
        data[i * 3 + c] = Math.round(data[i * 3 + c] * (1 - cover) + colour[c] * cover);
      }
    }
  }
  return { height: HEIGHT, width: WIDTH, data };
}

/** A position on a straight way, thrown back at 0 and at `extent`. */
function bounce(position: number, extent: number): number {
  const folded = ((position % (2 * extent)) + 2 * extent) % (2 * extent);
  return folded <= extent ? folded : 2 * extent - folded;
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}
