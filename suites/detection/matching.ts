/**
 * Which detections of an image find which of its objects, as COCO counts it.
 *
 * @module
 */

import { area, type Box, intersection } from "./box.ts";

/** An object that is there. */
export interface Truth {
  /** Where, in pixels of the original image. */
  readonly box: Box;
  /** Which class, from 0. */
  readonly classIndex: number;
  /** Whether it is a region of many objects, of which none has to be found. */
  readonly crowd?: boolean;
  /** Square pixels that decide about its range of areas. @default the area of the box */
  readonly area?: number;
}

/** The thresholds of IoU at which COCO judges, 0.5 to 0.95. */
export const IOU_THRESHOLDS: readonly number[] = Array.from(
  { length: 10 },
  // Values of NumPy's linspace, whose last bits decide about boxes exactly at a threshold.
  (_, i) => i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9),
);

/** A range of areas in square pixels, both ends inside. */
export type AreaRange = readonly [least: number, most: number];

/** What became of the detections of one image and class within a range of areas. */
export interface Matches {
  /** For each detection, bit `t` set: it found an object at `IOU_THRESHOLDS[t]`. */
  readonly matched: readonly number[];
  /** For each detection, bit `t` set: it counts neither for nor against the network. */
  readonly ignored: readonly number[];
  /** Objects that had to be found. */
  readonly truths: number;
}

/**
 * Matches the detections of one image and class with its objects, as `evaluateImg` of pycocotools
 * does: each detection in turn takes the object of greatest IoU that is left, the later one of equals;
 * crowds, and objects outside the range of areas, only when it can have no other. What it takes of
 * those is ignored, and so is what it finds beside all objects with a box outside the range.
 *
 * @param detections Best first.
 * @param truths Those of the same class.
 * @param range One for each of the returned matches.
 */
export function matchBoxes(
  detections: readonly Box[],
  truths: readonly Truth[],
  ranges: readonly AreaRange[],
): Matches[] {
  const overlaps = detections.map((box) => truths.map((truth) => overlap(box, truth)));
  return ranges.map((range) => {
    const isIgnored = truths.map(({ box, crowd, area: given }) =>
      crowd === true || outside(given ?? area(box), range)
    );
    const order = [...truths.keys()].sort((a, b) => Number(isIgnored[a]) - Number(isIgnored[b]));
    const matched = new Array<number>(detections.length).fill(0);
    const ignored = detections.map((box) => outside(area(box), range) ? ~0 : 0);
    for (const [t, threshold] of IOU_THRESHOLDS.entries()) {
      const bit = 1 << t;
      const taken = new Set<number>();
      for (const [d, row] of overlaps.entries()) {
        const found = best(row, threshold, order, isIgnored, taken);
        if (found === undefined) continue;
        matched[d] |= bit;
        ignored[d] = isIgnored[found] ? ignored[d] | bit : ignored[d] & ~bit;
        if (!truths[found].crowd) taken.add(found);
      }
    }
    return { matched, ignored, truths: isIgnored.filter((ignored) => !ignored).length };
  });
}

/** The object that a detection takes, objects that are ignored last in `order`. */
function best(
  overlaps: readonly number[],
  threshold: number,
  order: readonly number[],
  isIgnored: readonly boolean[],
  taken: ReadonlySet<number>,
): number | undefined {
  let found: number | undefined;
  // A threshold of 1 would ask more than rounding allows.
  let least = Math.min(threshold, 1 - 1e-10);
  for (const at of order) {
    if (found !== undefined && isIgnored[at] && !isIgnored[found]) break;
    // Written so that what is not a number is no match.
    if (taken.has(at) || !(overlaps[at] >= least)) continue;
    least = overlaps[at];
    found = at;
  }
  return found;
}

/** IoU; with a crowd, of which a detection is to cover no more than it does, share of the detection. */
function overlap(box: Box, truth: Truth): number {
  const shared = intersection(box, truth.box);
  if (shared === 0) return 0;
  return shared / (truth.crowd ? area(box) : area(box) + area(truth.box) - shared);
}

function outside(area: number, [least, most]: AreaRange): boolean {
  return area < least || area > most;
}
