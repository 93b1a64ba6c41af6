/**
 * Average precision and recall as COCO defines them (Lin et al., "Microsoft COCO: Common Objects in
 * Context", arXiv 1405.0312; rules and numbers of the released pycocotools).
 *
 * @module
 */

import type { Box } from "./box.ts";
import { type AreaRange, IOU_THRESHOLDS, matchBoxes, type Truth } from "./matching.ts";

/** An object that was found, in pixels of the original image. */
export interface ScoredBox {
  /** Where. */
  readonly box: Box;
  /** Which class, from 0. */
  readonly classIndex: number;
  /** How sure, in any units. */
  readonly score: number;
}

/** Ranges of areas: COCO calls objects below 32 x 32 pixels small, above 96 x 96 large. */
const AREAS = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const satisfies Readonly<Record<string, AreaRange>>;

type AreaName = keyof typeof AREAS;

const AREA_NAMES = ["all", "small", "medium", "large"] as const satisfies readonly AreaName[];

/** Recalls at which precision is read: 0, 0.01 to 1, as NumPy's linspace has them. */
const RECALLS = Array.from({ length: 101 }, (_, i) => i === 100 ? 1 : i * 0.01);

/** Detections of one image and class that count at most. */
const MOST = 100;

/** The twelve scores of COCO, in the order of pycocotools. */
export type CocoScoreName =
  | "AP@[.5:.95]"
  | "AP@.5"
  | "AP@.75"
  | "AP-small"
  | "AP-medium"
  | "AP-large"
  | "AR@1"
  | "AR@10"
  | "AR@100"
  | "AR-small"
  | "AR-medium"
  | "AR-large";

/** What a score of COCO is the mean of. */
interface Definition {
  readonly name: string;
  readonly of: "precision" | "recall";
  readonly area: AreaName;
  /** Detections of one image and class that count at most. */
  readonly most: number;
  /** Index of the one threshold of IoU; absent for all ten. */
  readonly threshold?: number;
}

const DEFINITIONS = [
  { name: "AP@[.5:.95]", of: "precision", area: "all", most: MOST },
  { name: "AP@.5", of: "precision", area: "all", most: MOST, threshold: 0 },
  { name: "AP@.75", of: "precision", area: "all", most: MOST, threshold: 5 },
  { name: "AP-small", of: "precision", area: "small", most: MOST },
  { name: "AP-medium", of: "precision", area: "medium", most: MOST },
  { name: "AP-large", of: "precision", area: "large", most: MOST },
  { name: "AR@1", of: "recall", area: "all", most: 1 },
  { name: "AR@10", of: "recall", area: "all", most: 10 },
  { name: "AR@100", of: "recall", area: "all", most: MOST },
  { name: "AR-small", of: "recall", area: "small", most: MOST },
  { name: "AR-medium", of: "recall", area: "medium", most: MOST },
  { name: "AR-large", of: "recall", area: "large", most: MOST },
] as const satisfies readonly Definition[];

/**
 * Values in `[0, 1]` by name; NaN where no class has an object that counts, as no area of the range
 * is in the set.
 */
export type CocoScores = Readonly<Record<CocoScoreName, number>>;

/** Scores of one class. */
export interface ClassScores {
  /** Which class, from 0. */
  readonly classIndex: number;
  /** Objects of it that had to be found, at least 1. */
  readonly truths: number;
  /** Its scores. */
  readonly scores: CocoScores;
}

/** What is known of one class within one range of areas; lists have one entry for each detection. */
interface Tally {
  /** Objects that had to be found. */
  truths: number;
  readonly scores: number[];
  /** Place among the detections of its image and class, 0 the best. */
  readonly ranks: number[];
  /** Bit `t` set: an object was found at `IOU_THRESHOLDS[t]`. */
  readonly matched: number[];
  /** Bit `t` set: does not count. */
  readonly ignored: number[];
}

/**
 * Collects images, then tells the scores of COCO.
 *
 * @example
 * ```ts
 * import { CocoEvaluation } from "./average_precision.ts";
 *
 * const evaluation = new CocoEvaluation();
 * const cell = { box: [10, 10, 60, 60], classIndex: 0 } as const;
 * evaluation.add([{ ...cell, score: 0.9 }], [cell]);
 * evaluation.scores()["AP@.5"]; // 1
 * ```
 */
export class CocoEvaluation {
  /** By class, then by range in the order of `AREA_NAMES`. */
  readonly #tallies = new Map<number, readonly Tally[]>();

  /**
   * Takes one image. Of equal scores, those of images added earlier, and detections given earlier,
   * come first.
   *
   * @param detections In any order; those of classes without objects in the image included.
   */
  add(detections: readonly ScoredBox[], truths: readonly Truth[]): void {
    const found = Map.groupBy(detections, ({ classIndex }) => classIndex);
    const there = Map.groupBy(truths, ({ classIndex }) => classIndex);
    for (const classIndex of new Set([...found.keys(), ...there.keys()])) {
      const best = (found.get(classIndex) ?? [])
        .toSorted((a, b) => b.score - a.score).slice(0, MOST);
      const matches = matchBoxes(
        best.map(({ box }) => box),
        there.get(classIndex) ?? [],
        AREA_NAMES.map((name) => AREAS[name]),
      );
      for (const [i, tally] of this.#talliesOf(classIndex).entries()) {
        tally.truths += matches[i].truths;
        for (const [rank, { score }] of best.entries()) {
          tally.scores.push(score);
          tally.ranks.push(rank);
          tally.matched.push(matches[i].matched[rank]);
          tally.ignored.push(matches[i].ignored[rank]);
        }
      }
    }
  }

  /** Means over the classes that have objects which count. */
  scores(): CocoScores {
    return scoresOf([...this.#tallies.values()]);
  }

  /** Scores of each class that has an object, by class. */
  classes(): ClassScores[] {
    return [...this.#tallies]
      .map(([classIndex, tallies]) => ({
        classIndex,
        truths: tallies[0].truths,
        scores: scoresOf([tallies]),
      }))
      .filter(({ truths }) => truths > 0)
      .sort((a, b) => a.classIndex - b.classIndex);
  }

  #talliesOf(classIndex: number): readonly Tally[] {
    const present = this.#tallies.get(classIndex);
    if (present) return present;
    const tallies = AREA_NAMES.map((): Tally => ({
      truths: 0,
      scores: [],
      ranks: [],
      matched: [],
      ignored: [],
    }));
    this.#tallies.set(classIndex, tallies);
    return tallies;
  }
}

function scoresOf(classes: readonly (readonly Tally[])[]): CocoScores {
  const entries = DEFINITIONS.map((definition: Definition) => {
    const tallies = classes.map((areas) => areas[AREA_NAMES.indexOf(definition.area)]);
    const counted = tallies.filter(({ truths }) => truths > 0);
    return [definition.name, mean(counted.flatMap((tally) => valuesOf(tally, definition)))];
  });
  return Object.fromEntries(entries);
}

/** Values of one class, one for each threshold of IoU. */
function valuesOf(tally: Tally, { of, most, threshold }: Definition): number[] {
  const { truths, scores, ranks, matched, ignored } = tally;
  const order = [...scores.keys()].filter((i) => ranks[i] < most)
    .sort((a, b) => scores[b] - scores[a]);
  const thresholds = threshold === undefined ? [...IOU_THRESHOLDS.keys()] : [threshold];
  return thresholds.map((t) => {
    const bit = 1 << t;
    const hits = order.filter((i) => (ignored[i] & bit) === 0).map((i) => (matched[i] & bit) !== 0);
    return of === "recall" ? hits.filter(Boolean).length / truths : averagePrecision(hits, truths);
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Mean over 101 recalls of the best precision that there is at this recall or a greater one.
 *
 * @example
 * ```ts
 * import { averagePrecision } from "./average_precision.ts";
 *
 * averagePrecision([true, false], 2); // 51/101: precision 1 up to recall 0.5, nothing beyond
 * ```
 *
 * @param hits Whether each detection found an object, the surest detection first.
 * @param truths Objects that had to be found, at least 1.
 */
export function averagePrecision(hits: readonly boolean[], truths: number): number {
  const precisions = new Float64Array(hits.length);
  const recalls = new Float64Array(hits.length);
  for (let i = 0, found = 0; i < hits.length; i++) {
    found += Number(hits[i]);
    precisions[i] = found / (i + 1);
    recalls[i] = found / truths;
  }
  for (let i = hits.length - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i], precisions[i + 1]);
  }
  let sum = 0, at = 0;
  for (const recall of RECALLS) {
    while (at < hits.length && recalls[at] < recall) at++;
    if (at < hits.length) sum += precisions[at];
  }
  return sum / RECALLS.length;
}
