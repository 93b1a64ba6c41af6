/**
 * Average precision as a metric of training.
 *
 * @module
 */

import { type Tensor, tensor, values } from "../../graph/tensor.ts";
import type { DetectionLabel } from "../../training/data/dataset.ts";
import type { Metric, MetricState } from "../../training/metrics/metric.ts";
import {
  type ClassScores,
  CocoEvaluation,
  type CocoScoreName,
  type ScoredBox,
} from "./average_precision.ts";
import type { Box } from "./box.ts";
import { type Detector, type FoundBoxes, readBoxes } from "./detector.ts";
import { type NmsOptions, nonMaxSuppression } from "./nms.ts";

/** The first one decides: of small sets it is the least noisy. */
const NAMES = [
  "AP@.5",
  "AP@[.5:.95]",
  "AP@.75",
  "AP-small",
  "AP-medium",
  "AP-large",
  "AR@100",
] as const satisfies readonly CocoScoreName[];

/** Options of {@linkcode detectionMetric}. */
export interface DetectionMetricOptions {
  /** How boxes are read from outputs. @default outputs called `boxes` and `scores` */
  readonly decode?: Detector["decode"];
  /**
   * How overlapping boxes are suppressed.
   *
   * @default scores above 0.001 and IoU 0.65, as the YOLO family is judged; 300 detections out of at
   *   most 10,000 candidates
   */
  readonly nms?: Partial<NmsOptions>;
}

/** What {@linkcode detectionMetric} collects. */
export interface DetectionMetricState extends MetricState<DetectionLabel> {
  /** Scores of each class of which there is an object, by class. */
  classes(): readonly ClassScores[];
}

/** A metric that can also tell of classes. */
export interface DetectionMetric extends Metric<DetectionLabel> {
  /** Starts to judge. */
  start(): DetectionMetricState;
}

/**
 * COCO's average precision, in pixels of the original images. A value is NaN where no object counts,
 * e.g. `AP-small` of a set without small objects.
 */
export function detectionMetric(options: DetectionMetricOptions = {}): DetectionMetric {
  const { decode = readBoxes } = options;
  const nms = {
    scoreThreshold: 0.001,
    iouThreshold: 0.65,
    maxDetections: 300,
    maxCandidates: 10_000,
    ...options.nms,
  };
  return {
    names: NAMES,
    start() {
      const evaluation = new CocoEvaluation();
      return {
        add(outputs, labels) {
          const found = decode(outputs);
          for (const [i, { objects, letterbox }] of labels.entries()) {
            const original = (box: Box) => toOriginal(box, letterbox);
            evaluation.add(
              detectionsOf(found, i, nms).map((one) => ({ ...one, box: original(one.box) })),
              objects.map((one) => ({ ...one, box: original(one.box) })),
            );
          }
        },
        result() {
          const scores = evaluation.scores();
          return Object.fromEntries(NAMES.map((name) => [name, scores[name]]));
        },
        classes: () => evaluation.classes(),
      };
    },
  };
}

/** What was found in image `i` of a batch, in pixels of the input. */
function detectionsOf({ boxes, scores }: FoundBoxes, i: number, nms: NmsOptions): ScoredBox[] {
  return nonMaxSuppression(imageOf(boxes, i), imageOf(scores, i), nms);
}

/** One image of a batch, `[1, rows, columns]`. */
function imageOf(batch: Tensor, i: number): Tensor {
  const [, rows, columns] = batch.shape;
  const size = rows * columns;
  return tensor(values(batch).subarray(i * size, (i + 1) * size), [1, rows, columns]);
}

function toOriginal(
  [x1, y1, x2, y2]: Box,
  { scale, left, top }: DetectionLabel["letterbox"],
): Box {
  return [(x1 - left) / scale, (y1 - top) / scale, (x2 - left) / scale, (y2 - top) / scale];
}
