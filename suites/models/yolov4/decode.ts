/**
 * From raw outputs of the heads to boxes in pixels and scores, as operators of the graph.
 *
 * @module
 */

import type { GraphBuilder } from "../../../graph/builder.ts";
import type { Model } from "../../../graph/model.ts";
import { inferShapes } from "../../../graph/shapes.ts";
import { type Tensor, tensor } from "../../../graph/tensor.ts";
import { type HeadAnchors, HEADS } from "./heads.ts";

/** Names of the outputs of a network with its decode. */
export interface Decoded {
  /** `[N, rows, 4]`: x1, y1, x2, y2 in pixels of the input. */
  readonly boxes: string;
  /** `[N, rows, classes]`: objectness times probability of the class. */
  readonly scores: string;
}

/**
 * Decodes raw outputs (YOLOv3, arXiv 1804.02767, section 2.1): a centre is
 * `(sigmoid(t) + cell) * stride`, a side `exp(t) * anchor`. Rows are ordered by head, anchor, row of
 * cells and column of cells.
 *
 * @param raw Of each head, `[N, anchors * (5 + classes), cells, cells]`.
 */
export function decode(
  g: GraphBuilder,
  raw: readonly string[],
  classes: number,
  anchors: HeadAnchors,
): Decoded {
  const [batch] = g.shapeOf(raw[0]);
  const cells = raw.map((name) => g.shapeOf(name)[2]);
  const rows = HEADS.map(({ stride }, i) => {
    const name = nameOf(stride);
    const grid = [batch, anchors[i].length, 5 + classes, cells[i], cells[i]];
    const byAnchor = g.reshape(raw[i], grid, `${name}/anchors`);
    const last = g.transpose(byAnchor, [0, 1, 3, 4, 2], `${name}/transpose`);
    return g.reshape(last, [batch, -1, 5 + classes], `${name}/rows`);
  });
  const all = g.concat(rows, 1, "decode/rows");
  const [xy, wh, objectness, kinds] = g.split(all, 2, [2, 2, 1, classes], "decode/split");
  const table = constants(cells, anchors);
  const constant = (name: keyof typeof table) => g.weight(`decode.${name}`, table[name]);

  const inCell = g.unary(xy, "Sigmoid", {}, "decode/xy/sigmoid");
  const inGrid = g.add(inCell, constant("cell"), "decode/xy/add");
  const centre = g.mul(inGrid, constant("stride"), "decode/xy/mul");
  const ratio = g.unary(wh, "Exp", {}, "decode/wh/exp");
  const half = g.mul(ratio, constant("halfAnchor"), "decode/wh/mul");
  const corners = [
    g.binary("Sub", centre, half, "decode/corner1"),
    g.add(centre, half, "decode/corner2"),
  ];
  const boxes = g.concat(corners, 2, "boxes");

  const sure = g.unary(objectness, "Sigmoid", {}, "decode/objectness/sigmoid");
  const kind = g.unary(kinds, "Sigmoid", {}, "decode/classes/sigmoid");
  return { boxes, scores: g.mul(kind, sure, "scores") };
}

/** What the decode of each row needs: its cell, its stride, half of its anchor. */
function constants(cells: readonly number[], anchors: HeadAnchors) {
  const cell: number[] = [], strides: number[] = [], halfAnchor: number[] = [];
  for (const [head, { stride }] of HEADS.entries()) {
    for (const [width, height] of anchors[head]) {
      for (let y = 0; y < cells[head]; y++) {
        for (let x = 0; x < cells[head]; x++) {
          cell.push(x, y);
          strides.push(stride);
          halfAnchor.push(width / 2, height / 2);
        }
      }
    }
  }
  const rows = (list: readonly number[]): Tensor =>
    tensor(Float32Array.from(list), [1, strides.length, list.length / strides.length]);
  return { cell: rows(cell), stride: rows(strides), halfAnchor: rows(halfAnchor) };
}

/** Anchors of the heads of a network, from its decode; undefined when it has none. */
export function decodedAnchors(model: Model): HeadAnchors | undefined {
  const halves = model.weights.get("decode.halfAnchor");
  if (!halves) return undefined;
  const shapes = inferShapes(model);
  let row = 0;
  return HEADS.map(({ stride }) => {
    const [, count, , height, width] = shapes.get(`${nameOf(stride)}/anchors`)!;
    return Array.from({ length: count }, () => {
      const anchor = [2 * halves.get(0, row, 0), 2 * halves.get(0, row, 1)] as const;
      row += height * width;
      return anchor;
    });
  });
}

/** What the nodes of a head are called. */
function nameOf(stride: number): string {
  return `decode/stride${stride}`;
}
