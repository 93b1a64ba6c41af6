/**
 * Outputs of YOLOX (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430, section
 * 2.1: anchor-free, one box for each cell), as its exporter writes them without decoding.
 *
 * @module
 */

import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { Size } from "../datasets/resize.ts";

/** Pixels from one cell to the next in each of the three heads, in the order of rows. */
const STRIDES = [8, 16, 32];

/** Rows that YOLOX has for an input: the cells of all strides; not whole when a stride does not fit. */
export function yoloxRows({ height, width }: Size): number {
  return STRIDES.reduce((sum, stride) => sum + (height / stride) * (width / stride), 0);
}

/**
 * Decodes raw outputs: a centre is `(t + cell) * stride`, a side `exp(t) * stride`, a score objectness
 * times probability of the class, both of which are past their sigmoid.
 *
 * @param output `[N, rows, 5 + classes]`: x, y, width, height, objectness, classes.
 * @param input Extents of the input in pixels.
 * @returns `boxes [N, rows, 4]` and `scores [N, rows, classes]`.
 */
export function decodeYolox(output: Tensor, input: Size): { boxes: Tensor; scores: Tensor } {
  const [batch, rows, columns] = output.shape;
  const classes = columns - 5;
  const data = values(output);
  const boxes = new Float32Array(batch * rows * 4);
  const scores = new Float32Array(batch * rows * classes);
  const cells = cellsOf(input);
  for (let i = 0; i < batch * rows; i++) {
    const { x, y, stride } = cells[i % rows];
    const at = i * columns;
    const [cx, cy] = [(data[at] + x) * stride, (data[at + 1] + y) * stride];
    const width = Math.exp(data[at + 2]) * stride, height = Math.exp(data[at + 3]) * stride;
    boxes.set([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2], i * 4);
    const objectness = data[at + 4];
    for (let c = 0; c < classes; c++) scores[i * classes + c] = objectness * data[at + 5 + c];
  }
  return {
    boxes: tensor(boxes, [batch, rows, 4]),
    scores: tensor(scores, [batch, rows, classes]),
  };
}

/** The cell of each row: by stride, row of cells, column of cells. */
function cellsOf({ height, width }: Size) {
  return STRIDES.flatMap((stride) => {
    const [down, across] = [height / stride, width / stride];
    return Array.from({ length: down * across }, (_, i) => ({
      x: i % across,
      y: Math.floor(i / across),
      stride,
    }));
  });
}
