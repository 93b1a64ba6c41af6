/**
 * What raw heads should say, as dense tensors of static shapes.
 *
 * @module
 */

import { type Tensor, tensor } from "../../../graph/tensor.ts";
import type { DetectionLabel } from "../../data/dataset.ts";
import { assign, type AssignOptions } from "./assign.ts";
import type { Layout } from "./layout.ts";

/** Options of {@linkcode TargetEncoder}. */
export interface TargetOptions extends AssignOptions {
  /**
   * How far targets of classes are moved to the middle, `[0, 1)`: the class of an object learns
   * `1 - smoothing / 2`, all others `smoothing / 2` (Zhang et al. 2019, arXiv 1902.04103, equation 3,
   * as YOLObile's code has it).
   *
   * @default {0}
   */
  readonly smoothing?: number;
  /** Weights of the objectness of each head. @default 1 for each, as in YOLObile's code */
  readonly balance?: readonly number[];
}

/** Names of the inputs that a loss needs for its targets. */
export const TARGETS = {
  /** `[N, anchors, 4, positions]`: left, top, right, bottom; the anchor's own in cells without object. */
  box: "target/box",
  /** `[N, anchors, 1, positions]`: 1 over the positives of the head, or 0 where no box is learnt. */
  weight: "target/weight",
  /** `[N, anchors, 1, positions]`: 1 where there is an object. */
  objectness: "target/objectness",
  /** `[N, anchors, 1, positions]`: 1 over the values of the head, balanced, or 0 where ignored. */
  heed: "target/heed",
  /** `[N, anchors, classes, positions]`: probability of each class. */
  classes: "target/classes",
} as const;

/** Turns objects into targets. */
export class TargetEncoder {
  readonly #layout: Layout;
  readonly #options: TargetOptions;
  /** Of one image: its anchors in their cells, and the weight of each objectness. */
  readonly #priors: Float32Array;
  readonly #heed: Float32Array;

  /** Makes what is the same for all images. */
  constructor(layout: Layout, options: TargetOptions) {
    this.#layout = layout;
    this.#options = options;
    this.#priors = priorBoxes(layout);
    this.#heed = heedOf(layout, options.balance ?? layout.levels.map(() => 1));
  }

  /**
   * Encodes the objects of a batch, one label for each image.
   *
   * @returns What {@linkcode TARGETS} names.
   * @throws {RangeError} when a class or a box does not fit; the message names the image.
   */
  encode(labels: readonly DetectionLabel[]): Map<string, Tensor> {
    const { batch, anchors, classes, positions, levels } = this.#layout;
    const { smoothing = 0 } = this.#options;
    const make = (depth: number) => new Float32Array(batch * anchors * depth * positions);
    const box = make(4), kinds = make(classes);
    const weight = make(1), objectness = make(1), heed = make(1);

    const found = labels.map((label) => {
      expectObjects(label, classes);
      return assign(label.objects, this.#layout, this.#options);
    });
    const counts = levels.map((_, i) =>
      found.flatMap(({ positives }) => positives).filter(({ level }) => level === i).length
    );
    for (const [image, { positives, ignored }] of found.entries()) {
      box.set(this.#priors, image * this.#priors.length);
      heed.set(this.#heed, image * this.#heed.length);
      const at = (anchor: number, position: number, depth = 1, value = 0) =>
        ((image * anchors + anchor) * depth + value) * positions + position;
      for (const [anchor, position] of ignored) heed[at(anchor, position)] = 0;
      for (const { level, anchor, position, object } of positives) {
        const place = at(anchor, position);
        objectness[place] = 1;
        heed[place] = this.#heed[anchor * positions + position];
        weight[place] = 1 / counts[level];
        object.box.forEach((side, value) => box[at(anchor, position, 4, value)] = side);
        for (let kind = 0; kind < classes; kind++) {
          const share = kind === object.classIndex ? 1 - smoothing / 2 : smoothing / 2;
          kinds[at(anchor, position, classes, kind)] = share;
        }
      }
    }
    const shaped = (data: Float32Array, depth: number) =>
      tensor(data, [batch, anchors, depth, positions]);
    return new Map([
      [TARGETS.box, shaped(box, 4)],
      [TARGETS.weight, shaped(weight, 1)],
      [TARGETS.objectness, shaped(objectness, 1)],
      [TARGETS.heed, shaped(heed, 1)],
      [TARGETS.classes, shaped(kinds, classes)],
    ]);
  }
}

/** `[anchors, 4, positions]`: each anchor in the middle of each cell. */
function priorBoxes({ anchors, positions, levels }: Layout): Float32Array {
  const boxes = new Float32Array(anchors * 4 * positions);
  for (const { rows, columns, stride, offset, anchors: shapes } of levels) {
    for (const [anchor, [width, height]] of shapes.entries()) {
      for (let cell = 0; cell < rows * columns; cell++) {
        const x = (cell % columns + 0.5) * stride;
        const y = (Math.floor(cell / columns) + 0.5) * stride;
        const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
        box.forEach((side, i) => boxes[(anchor * 4 + i) * positions + offset + cell] = side);
      }
    }
  }
  return boxes;
}

/** `[anchors, 1, positions]`: weights under which each head counts as its mean over the batch. */
function heedOf(layout: Layout, balance: readonly number[]): Float32Array {
  const { batch, anchors, positions, levels } = layout;
  const weights = new Float32Array(anchors * positions);
  for (const [i, { rows, columns, offset }] of levels.entries()) {
    const cells = rows * columns;
    for (let anchor = 0; anchor < anchors; anchor++) {
      const from = anchor * positions + offset;
      weights.fill(balance[i] / (batch * anchors * cells), from, from + cells);
    }
  }
  return weights;
}

function expectObjects({ image, objects }: DetectionLabel, classes: number): void {
  for (const [i, { classIndex, box }] of objects.entries()) {
    if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < classes)) {
      throw new RangeError(
        `Cannot encode object ${i} of image "${image}" as its class must be one of the network's ` +
          `${classes}: current value is ${classIndex}`,
      );
    }
    if (!box.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot encode object ${i} of image "${image}" as the corners of its box must be finite: ` +
          `current value is [${box}]`,
      );
    }
  }
}
