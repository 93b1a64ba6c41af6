/**
 * Which anchors of which cells learn an object, and which are left alone.
 *
 * @module
 */

import type { ObjectLabel } from "../../data/dataset.ts";
import type { Layout } from "./layout.ts";

/** Options of {@linkcode assign}. */
export interface AssignOptions {
  /**
   * IoU of an object and an anchor, both around one centre, above which that anchor learns it.
   *
   * @default {0.2}, as YOLObile's code has it; YOLOv4 has 0.213
   */
  readonly match?: number;
  /**
   * IoU of an object and an anchor in its cell above which that anchor, if it learns no object, does
   * not learn either that there is none (YOLOv3, arXiv 1804.02767, section 2.1).
   *
   * @default {0.5}, as in that paper; 1 for none
   */
  readonly ignore?: number;
}

/** An anchor in a cell, and what it learns. */
export interface Assignment {
  /** Index of the head. */
  readonly level: number;
  /** Index of the anchor. */
  readonly anchor: number;
  /** Index among the cells of all heads. */
  readonly position: number;
  /** The object, its box cut at the edges of the image. */
  readonly object: ObjectLabel;
}

/** What {@linkcode assign} finds for an image. */
export interface Assigned {
  /** Each pair of anchor and position once. */
  readonly positives: readonly Assignment[];
  /** Pairs of anchor and position that may not learn that there is no object. */
  readonly ignored: readonly (readonly [anchor: number, position: number])[];
}

/** What an anchor might learn. */
interface Claim extends Assignment {
  /** IoU of the object and the anchor around one centre. */
  readonly iou: number;
  /** Whether no other anchor is nearer to the object. */
  readonly nearest: boolean;
}

type Pair = readonly [first: number, second: number];

/** The visible part of an object. */
interface Visible {
  readonly centre: Pair;
  readonly size: Pair;
  readonly object: ObjectLabel;
}

/**
 * An object is learnt in the cell that its centre lies in, of each head, by all anchors whose shape
 * is near its own, and at least by the one that is nearest: the assignment of YOLOv4 (Darknet's
 * `iou_thresh`), which differs from that of YOLObile's code only for objects that no anchor is near
 * to. Neighbouring cells do not learn it, as a sigmoid cannot put a centre outside of its cell.
 *
 * When several objects claim one anchor in one cell, it goes to one of which it is the nearest, then
 * to the one with the greater IoU, then to the first in the list. Crowds are not learnt, and nothing
 * learns in them that there is no object. Objects outside of the image are not there.
 */
export function assign(
  objects: readonly ObjectLabel[],
  layout: Layout,
  { match = 0.2, ignore = 0.5 }: AssignOptions = {},
): Assigned {
  const visible = objects.flatMap((object) => cut(object, layout) ?? []);
  const single = visible.filter(({ object }) => !object.crowd);
  const claims = single.flatMap((object) => claimsOf(object, layout, match));
  claims.sort((a, b) => Number(b.nearest) - Number(a.nearest) || b.iou - a.iou);
  const positives = new Map<number, Claim>();
  for (const claim of claims) {
    const place = claim.anchor * layout.positions + claim.position;
    if (!positives.has(place)) positives.set(place, claim);
  }
  return {
    positives: [...positives.values()],
    ignored: visible.flatMap((object) => ignoredBy(object, layout, ignore)),
  };
}

/** All that may learn an object. */
function claimsOf({ centre, size, object }: Visible, layout: Layout, match: number): Claim[] {
  const all = layout.levels.flatMap(({ anchors, stride, columns, offset }, level) => {
    const [column, row] = centre.map((x) => Math.floor(x / stride));
    const position = offset + row * columns + column;
    return anchors.map((shape, anchor) => ({
      level,
      anchor,
      position,
      object,
      iou: iou(size, shape),
    }));
  });
  const most = Math.max(...all.map(({ iou }) => iou));
  const nearest = all.findIndex(({ iou }) => iou === most);
  return all.map((claim, i) => ({ ...claim, nearest: i === nearest }))
    .filter((claim) => claim.nearest || claim.iou > match);
}

/** Anchors in cells that overlap an object, or that are centred in a crowd. */
function ignoredBy({ centre, size, object }: Visible, layout: Layout, ignore: number) {
  const ignored: Pair[] = [];
  for (const { anchors, stride, rows, columns, offset } of layout.levels) {
    for (const [anchor, shape] of anchors.entries()) {
      if (!object.crowd && iou(size, shape) <= ignore) continue;
      for (let position = 0; position < rows * columns; position++) {
        const cell = [position % columns, Math.floor(position / columns)];
        const [dx, dy] = cell.map((at, axis) => Math.abs((at + 0.5) * stride - centre[axis]));
        const meets = object.crowd
          ? dx < size[0] / 2 && dy < size[1] / 2
          : iou(size, shape, [dx, dy]) > ignore;
        if (meets) ignored.push([anchor, offset + position]);
      }
    }
  }
  return ignored;
}

/** IoU of two boxes by their sizes and the distance of their centres along both axes. */
function iou(a: Pair, b: Pair, distance: Pair = [0, 0]): number {
  const [w, h] = distance.map((d, i) => Math.max(Math.min(a[i], b[i], (a[i] + b[i]) / 2 - d), 0));
  return w * h / (a[0] * a[1] + b[0] * b[1] - w * h);
}

/** The part of an object in the image; undefined when it has no area. */
function cut(object: ObjectLabel, { width, height }: Layout): Visible | undefined {
  const [x1, y1, x2, y2] = object.box.map((at, i) =>
    Math.min(Math.max(at, 0), i % 2 === 0 ? width : height)
  );
  if (!(x2 > x1 && y2 > y1)) return undefined;
  return {
    centre: [(x1 + x2) / 2, (y1 + y2) / 2],
    size: [x2 - x1, y2 - y1],
    object: { ...object, box: [x1, y1, x2, y2] },
  };
}
