/**
 * What the raw heads of a YOLO network mean: which value belongs to which cell, anchor and stride.
 *
 * @module
 */

import type { GraphBuilder } from "../../../graph/builder.ts";
import type { ValueInfo } from "../../../graph/model.ts";
import { tensor } from "../../../graph/tensor.ts";
import { describeOutputs } from "../outputs.ts";

/** Width and height of a box in pixels. */
export type Anchor = readonly [width: number, height: number];

/** The heads of a network, in the order of its outputs. */
export interface YoloHeads {
  /** Of each head, equally many. */
  readonly anchors: readonly (readonly Anchor[])[];
  /** Of each head: pixels from one cell to the next. */
  readonly strides: readonly number[];
  /** Kinds of objects. */
  readonly classes: number;
}

/** One head in the network's geometry. */
export interface Level {
  /** Pixels from one cell to the next. */
  readonly stride: number;
  /** Boxes that it starts from. */
  readonly anchors: readonly Anchor[];
  /** Cells from top to bottom. */
  readonly rows: number;
  /** Cells from left to right. */
  readonly columns: number;
  /** Position of its first cell among the cells of all heads. */
  readonly offset: number;
}

/**
 * All heads as one: values lie as `[batch, anchors, values, positions]`, where positions are the
 * cells of all heads, row by row. Nothing needs to be transposed for that.
 */
export interface Layout {
  /** Images. */
  readonly batch: number;
  /** Anchors of each head. */
  readonly anchors: number;
  /** Kinds of objects. */
  readonly classes: number;
  /** Cells of all heads. */
  readonly positions: number;
  /** Width of the input in pixels. */
  readonly width: number;
  /** Height of the input in pixels. */
  readonly height: number;
  /** The heads. */
  readonly levels: readonly Level[];
}

/**
 * Finds the geometry of raw heads, each `[N, anchors * (5 + classes), rows, columns]`.
 *
 * @throws {RangeError} when outputs are not such heads, or not of one image size.
 */
export function layoutOf(heads: YoloHeads, outputs: readonly ValueInfo[]): Layout {
  const { anchors, strides, classes } = heads;
  const [batch] = outputs[0]?.shape ?? [];
  const count = anchors[0].length;
  const channels = count * (5 + classes);
  const [, , height, width] = outputs[0]?.shape.map((extent) => extent * strides[0]) ?? [];
  const fits = ({ shape }: ValueInfo, i: number) =>
    `${shape}` === `${[batch, channels, height / strides[i], width / strides[i]]}`;
  if (outputs.length !== strides.length || !outputs.every(fits)) {
    throw new RangeError(
      `Cannot append the YOLO loss as outputs must be heads [N, ${channels}, height / stride, ` +
        `width / stride] of strides ${strides.join(", ")}: current value is ${
          describeOutputs(outputs)
        }`,
    );
  }
  let positions = 0;
  const levels = outputs.map(({ shape: [, , rows, columns] }, i) => {
    const level = { stride: strides[i], anchors: anchors[i], rows, columns, offset: positions };
    positions += rows * columns;
    return level;
  });
  return { batch, anchors: count, classes, positions, width, height, levels };
}

/** What decodes the values of each position. */
export interface Grid {
  /** `[1, 1, 2, positions]`: column and row of the cell. */
  readonly cell: string;
  /** `[1, 1, 1, positions]`: pixels from one cell to the next. */
  readonly stride: string;
  /** `[1, anchors, 2, positions]`: half of the anchor's width and height. */
  readonly halfAnchor: string;
}

/** Adds the constants of a layout to a graph. */
export function appendGrid(g: GraphBuilder, { levels, anchors, positions }: Layout): Grid {
  const cell = new Float32Array(2 * positions);
  const stride = new Float32Array(positions);
  const halfAnchor = new Float32Array(anchors * 2 * positions);
  for (const level of levels) {
    for (let i = 0; i < level.rows * level.columns; i++) {
      const at = level.offset + i;
      cell[at] = i % level.columns;
      cell[positions + at] = Math.floor(i / level.columns);
      stride[at] = level.stride;
      level.anchors.flat().forEach((side, j) => halfAnchor[j * positions + at] = side / 2);
    }
  }
  return {
    cell: g.weight("loss/grid/cell", tensor(cell, [1, 1, 2, positions])),
    stride: g.weight("loss/grid/stride", tensor(stride, [1, 1, 1, positions])),
    halfAnchor: g.weight("loss/grid/anchor", tensor(halfAnchor, [1, anchors, 2, positions])),
  };
}
