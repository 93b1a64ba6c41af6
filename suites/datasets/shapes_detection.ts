/**
 * Generated images with boxes: coloured shapes of three kinds and several sizes on textured ground.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { ObjectLabel } from "../../training/data/dataset.ts";
import { type AnnotatedImage, detectionDataset } from "./detection_set.ts";
import type { Image } from "./image.ts";
import { between, outlines, paint, texture } from "./painting.ts";
import type { Size } from "./resize.ts";
import type { DetectionSource } from "./source.ts";

/** By index in {@linkcode outlines}. */
const CLASSES = ["circle", "square", "triangle"];
const IMAGES = { train: 800, test: 200 };
const MOST_SHAPES = 6;
/** Radius of the smallest and the largest shape, as a share of the shorter side. */
const RADIUS = [0.035, 0.22] as const;
/** Shapes may hide each other's boxes by at most this share of the smaller one. */
const MOST_HIDDEN = 0.2;
/** Colours differ from the gray of the ground by this much in one channel at least. */
const LEAST_CONTRAST = 60;
const GROUND = 110;

/**
 * Circles, squares and triangles in the extents of the network's input; colour tells nothing of the
 * class. 800 images to learn from and 200 for tests, no two alike, each made when it is asked for; the
 * same seed gives the same pixels.
 */
export const shapesDetectionSource: DetectionSource = {
  id: "shapes-detection",
  description: `generated images with boxes: ${CLASSES.join("s, ")}s of several sizes`,
  kind: "detection",
  generated: true,
  open(options) {
    const [, height, width] = options.sampleShape;
    const dataset = (purpose: keyof typeof IMAGES) => {
      const images = Array.from(
        { length: IMAGES[purpose] },
        (_, i) => generated({ height, width }, options.seed, `${purpose} ${i}`),
      );
      return detectionDataset({
        name: `shapes-detection ${purpose}`,
        description: `${images.length} generated images, ${CLASSES.length} classes ` +
          `(seed ${options.seed})`,
        classes: CLASSES,
        images,
      }, options);
    };
    return Promise.resolve({ train: dataset("train"), test: dataset("test") });
  },
};

/** A shape where it is painted. */
interface PlacedShape {
  readonly kind: number;
  readonly radius: number;
  readonly colour: readonly number[];
  readonly cx: number;
  readonly cy: number;
}

function generated(size: Size, seed: number, name: string): AnnotatedImage {
  const shapes = arrange(size, new Random(seed, `shapes-detection/${name}`));
  return {
    ...size,
    name,
    objects: shapes.map((shape) => ({ box: boxOf(shape), classIndex: shape.kind })),
    read: () => draw(size, shapes, new Random(seed, `shapes-detection/${name}/ground`)),
  };
}

/** One shape or more, whole in the image and hardly in each other's way. */
function arrange({ height, width }: Size, random: Random): PlacedShape[] {
  const shapes: PlacedShape[] = [];
  const wanted = 1 + random.integer(MOST_SHAPES);
  const [least, most] = RADIUS.map((share) => share * Math.min(height, width));
  // A shape that finds no place is given up, so that the loop ends.
  for (let i = 0; i < wanted; i++) {
    const radius = least * (most / least) ** random.uniform();
    const shape = {
      kind: random.integer(CLASSES.length),
      radius,
      colour: colour(random),
      cx: between(random, radius, width - radius),
      cy: between(random, radius, height - radius),
    };
    if (shapes.every((other) => hidden(boxOf(shape), boxOf(other)) <= MOST_HIDDEN)) {
      shapes.push(shape);
    }
  }
  return shapes;
}

function colour(random: Random): number[] {
  const parts = [0, 1, 2].map(() => between(random, 0, 255));
  const isSeen = parts.some((part) => Math.abs(part - GROUND) >= LEAST_CONTRAST);
  return isSeen ? parts : colour(random);
}

/** Bounds of the painted outline. */
function boxOf({ kind, radius, cx, cy }: PlacedShape): ObjectLabel["box"] {
  if (CLASSES[kind] !== "triangle") return [cx - radius, cy - radius, cx + radius, cy + radius];
  // Upright and equilateral: its top is a radius above the centre, its base half a radius below.
  const half = radius * Math.sqrt(3) / 2;
  return [cx - half, cy - radius, cx + half, cy + radius / 2];
}

/** Share of the smaller of two boxes that lies in the other. */
function hidden(a: ObjectLabel["box"], b: ObjectLabel["box"]): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const smaller = Math.min(...[a, b].map(([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1)));
  return Math.max(width, 0) * Math.max(height, 0) / smaller;
}

function draw(size: Size, shapes: readonly PlacedShape[], random: Random): Image {
  const image = texture(random, size);
  for (const { kind, radius, colour, cx, cy } of shapes) {
    paint(image, { outline: outlines[kind](radius), radius, colour }, cx, cy);
  }
  return image;
}
