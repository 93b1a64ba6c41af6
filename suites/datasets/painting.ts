/**
 * What generated images and videos are painted with: textures, and shapes with soft edges.
 *
 * @module
 */

import type { Random } from "../../graph/random.ts";
import type { Image } from "./image.ts";
import type { Size } from "./resize.ts";

/** Signed distance to an edge in pixels, negative inside, from an offset to the centre. */
export type Outline = (dx: number, dy: number) => number;

/** A shape without a place. */
export interface PaintedShape {
  /** Its edge; nothing of it is farther than `radius` from the centre along an axis. */
  readonly outline: Outline;
  /** Pixels. */
  readonly radius: number;
  /** Red, green, blue, 0..255. */
  readonly colour: readonly number[];
}

/** Circle, square and triangle (upright, its centre of mass in the centre) by their radius. */
export const outlines: readonly ((radius: number) => Outline)[] = [
  (radius) => (dx, dy) => Math.sqrt(dx * dx + dy * dy) - radius,
  (radius) => (dx, dy) => Math.max(Math.abs(dx), Math.abs(dy)) - radius,
  (radius) => (dx, dy) => Math.max(dy, Math.abs(dx) * Math.sqrt(3) / 2 - dy / 2) - radius / 2,
];

/** Waves of a texture. */
const WAVES = 8;

/** A sum of plane waves of random direction, length and colour around gray, with grain on top. */
export function texture(random: Random, { height, width }: Size): Image {
  const sums = [0, 1, 2].map(() => new Float64Array(height * width));
  for (let wave = 0; wave < WAVES; wave++) {
    const direction = random.uniform() * 2 * Math.PI;
    const frequency = 2 * Math.PI / between(random, 6, 60);
    const along = frequency * Math.cos(direction);
    const down = frequency * Math.sin(direction);
    const phase = random.uniform() * 2 * Math.PI;
    const colour = [0, 1, 2].map(() => between(random, -24, 24));
    // sin(a + b) from the sines of a and b: a few of a row and a column instead of one per pixel.
    const sine = Float64Array.from({ length: width }, (_, x) => Math.sin(along * x + phase));
    const cosine = Float64Array.from({ length: width }, (_, x) => Math.cos(along * x + phase));
    for (let y = 0; y < height; y++) {
      const [sinY, cosY] = [Math.sin(down * y), Math.cos(down * y)];
      for (let x = 0; x < width; x++) {
        const level = sine[x] * cosY + cosine[x] * sinY;
        for (let c = 0; c < 3; c++) sums[c][y * width + x] += colour[c] * level;
      }
    }
  }
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    const grain = 6 * random.normal();
    for (let c = 0; c < 3; c++) {
      data[i * 3 + c] = Math.min(Math.max(Math.round(110 + sums[c][i] + grain), 0), 255);
    }
  }
  return { height, width, data };
}

/** Paints a shape onto an image, its centre at `(cx, cy)`; what lies outside is cut off. */
export function paint(
  { height, width, data }: Image,
  { outline, radius, colour }: PaintedShape,
  cx: number,
  cy: number,
): void {
  const [top, bottom] = span(cy, radius, height);
  const [left, right] = span(cx, radius, width);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      // An edge one pixel soft, so that movement by part of a pixel shows.
      const cover = Math.min(Math.max(0.5 - outline(x + 0.5 - cx, y + 0.5 - cy), 0), 1);
      if (cover === 0) continue;
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        data[at + c] = Math.round(data[at + c] * (1 - cover) + colour[c] * cover);
      }
    }
  }
}

/** Pixels of an axis that a shape can cover, the soft edge (longest at corners) included. */
function span(centre: number, radius: number, extent: number): [first: number, end: number] {
  return [
    Math.max(Math.floor(centre - radius - 1), 0),
    Math.min(Math.ceil(centre + radius + 1), extent),
  ];
}

/** Uniform in `[low, high)`. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}
