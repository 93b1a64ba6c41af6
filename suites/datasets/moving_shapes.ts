/**
 * Generated video: coloured shapes that move over a textured background, for when no real clip is
 * given.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { FrameSource } from "./frames.ts";
import type { Image } from "./image.ts";
import { between, outlines, paint, type PaintedShape, texture } from "./painting.ts";

/** Pixels of a generated frame: C3D's 128 x 171. */
const HEIGHT = 128;
const WIDTH = 171;
const SHAPES = 6;

interface MovingShape extends PaintedShape {
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
  const background = texture(random, { height: HEIGHT, width: WIDTH });
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

function shape(i: number, turn: number, random: Random): MovingShape {
  const radius = between(random, 10, 24);
  const direction = turn + 2 * Math.PI * i / SHAPES;
  const speed = 1 + 0.5 * i;
  return {
    outline: outlines[i % outlines.length](radius),
    radius,
    colour: [0, 1, 2].map(() => between(random, 0, 255)),
    x: between(random, 0, WIDTH),
    y: between(random, 0, HEIGHT),
    vx: speed * Math.cos(direction),
    vy: speed * Math.sin(direction),
  };
}

function draw(background: Image, shapes: readonly MovingShape[], t: number): Image {
  const image = { ...background, data: background.data.slice() };
  for (const shape of shapes) {
    const cx = bounce(shape.x + shape.vx * t, WIDTH);
    const cy = bounce(shape.y + shape.vy * t, HEIGHT);
    paint(image, shape, cx, cy);
  }
  return image;
}

/** A position on a straight way, thrown back at 0 and at `extent`. */
function bounce(position: number, extent: number): number {
  const folded = ((position % (2 * extent)) + 2 * extent) % (2 * extent);
  return folded <= extent ? folded : 2 * extent - folded;
}
