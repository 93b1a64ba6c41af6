/**
 * Non-maximum suppression: of boxes that overlap and show the same class, the best one stays.
 *
 * @module
 */

import { type Tensor, values } from "../../graph/tensor.ts";
import { type Box, iou } from "./box.ts";

/** Options of {@linkcode nonMaxSuppression}. */
export interface NmsOptions {
  /** Only scores above it count. */
  readonly scoreThreshold: number;
  /** A box goes when its IoU with a better one of its class is above it. */
  readonly iouThreshold: number;
  /** Detections that are returned at most, over all classes. */
  readonly maxDetections: number;
  /**
   * Pairs of a row and a class that are looked at at most, the surest; of equal scores where it would
   * be passed, none. It bounds the time that a network which is sure of everything can cost.
   *
   * @default {Infinity}
   */
  readonly maxCandidates?: number;
  /**
   * Whether a box that stays becomes the mean, weighted by score, of all boxes of its class whose
   * IoU with it is above the threshold, as YOLObile's released code does.
   *
   * @default {false}, as in ordinary NMS
   */
  readonly merge?: boolean;
}

/** An object that was found. */
export interface Detection {
  /** Where, in pixels. */
  readonly box: Box;
  /** Which class, from 0. */
  readonly classIndex: number;
  /** How sure, as the network gave it. */
  readonly score: number;
  /** Row of the box in the output of the network. */
  readonly row: number;
}

/**
 * Greedy NMS of each class on its own. A box may be found as several classes. Of equal scores the
 * box in the lower row goes first, as in ONNX's `NonMaxSuppression`.
 *
 * @example
 * ```ts
 * import { tensor } from "../../graph/tensor.ts";
 * import { nonMaxSuppression } from "./nms.ts";
 *
 * const boxes = tensor(Float32Array.of(0, 0, 10, 10, 1, 0, 11, 10), [1, 2, 4]);
 * const scores = tensor(Float32Array.of(0.6, 0.9), [1, 2, 1]);
 * const options = { scoreThreshold: 0.3, iouThreshold: 0.6, maxDetections: 100 };
 * const [{ row }] = nonMaxSuppression(boxes, scores, options); // 1
 * ```
 *
 * @param boxes Shape `[1, rows, 4]`: x1, y1, x2, y2.
 * @param scores Shape `[1, rows, classes]`.
 * @returns Best first.
 * @throws {RangeError} when the shapes do not belong together.
 */
export function nonMaxSuppression(
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions,
): Detection[] {
  const [batch, rows, classes] = scores.shape;
  if (scores.shape.length !== 3 || batch !== 1 || `${boxes.shape}` !== `1,${rows},4`) {
    throw new RangeError(
      `Cannot suppress boxes as "boxes" must be [1, rows, 4] and "scores" [1, rows, classes]: ` +
        `current value is [${boxes.shape}] and [${scores.shape}]`,
    );
  }
  const found = candidates(values(boxes), values(scores), classes, options)
    .flatMap((ofClass) => suppress(ofClass.sort(byScore), options));
  return found.sort(byScore).slice(0, options.maxDetections);
}

/** What is sure enough to be looked at, of each class in the order of rows. */
function candidates(
  boxes: Float32Array,
  scores: Float32Array,
  classes: number,
  { scoreThreshold, maxCandidates = Infinity }: NmsOptions,
): Detection[][] {
  const least = cutoff(scores, scoreThreshold, maxCandidates);
  const byClass = Array.from({ length: classes }, (): Detection[] => []);
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at];
    if (!(score > least)) continue;
    const row = Math.floor(at / classes);
    const [x1, y1, x2, y2] = boxes.subarray(row * 4, row * 4 + 4);
    const classIndex = at % classes;
    byClass[classIndex].push({ box: [x1, y1, x2, y2], classIndex, score, row });
  }
  return byClass;
}

/** The least threshold, `threshold` or more, above which there are at most `most` scores. */
function cutoff(scores: Float32Array, threshold: number, most: number): number {
  if (scores.length <= most) return threshold;
  const above = scores.filter((score) => score > threshold);
  return above.length <= most ? threshold : above.sort()[above.length - most - 1];
}

/** Best first; sorting is stable, so rows and classes stay in order where scores are equal. */
function byScore(a: Detection, b: Detection): number {
  return b.score - a.score;
}

/** Those of one class that stay, `candidates` best first. */
function suppress(
  candidates: readonly Detection[],
  { iouThreshold, maxDetections, merge = false }: NmsOptions,
): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of candidates) {
    if (kept.length === maxDetections) break;
    if (!kept.some(({ box }) => iou(box, candidate.box) > iouThreshold)) kept.push(candidate);
  }
  if (!merge) return kept;
  return kept.map((detection) => {
    const near = candidates.filter(({ box }) => iou(box, detection.box) > iouThreshold);
    return near.length === 0 ? detection : { ...detection, box: meanBox(near) };
  });
}

function meanBox(detections: readonly Detection[]): Box {
  const total = detections.reduce((sum, { score }) => sum + score, 0);
  const mean = (i: number) =>
    detections.reduce((sum, { box, score }) => sum + box[i] * score / total, 0);
  return [mean(0), mean(1), mean(2), mean(3)];
}
