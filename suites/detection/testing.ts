/**
 * What the tests of this folder share.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import type { ScoredBox } from "./average_precision.ts";
import type { Box } from "./box.ts";
import type { Truth } from "./matching.ts";

/** Objects of an image and what was found in it. */
export interface Scene {
  /** What was found. */
  readonly detections: readonly ScoredBox[];
  /** What is there. */
  readonly truths: readonly Truth[];
}

/**
 * Images with objects of whole pixels, of all ranges of areas, some in crowds, and with detections that
 * are right, moved, doubled or false; scores have few levels, so that many are equal.
 */
export function scenes(seed: number): Scene[] {
  const random = new Random(seed, "detection scenes");
  const classes = 1 + random.integer(5);
  return Array.from({ length: 20 }, () => {
    const box = (): Box => {
      const [x, y] = [random.integer(300), random.integer(300)];
      const side = [12, 32, 40, 96, 150][random.integer(5)];
      return [x, y, x + side, y + side + random.integer(3) * 8];
    };
    const moved = ([x1, y1, x2, y2]: Box): Box => {
      const most = Math.ceil((x2 - x1) / 4);
      const [dx, dy] = [random.integer(most), random.integer(most)];
      return [x1 + dx, y1, x2 + dx, y2 + dy];
    };
    const score = () => (1 + random.integer(24)) / 32;
    const truths = Array.from({ length: random.integer(9) }, (): Truth => ({
      box: box(),
      classIndex: random.integer(classes),
      crowd: random.integer(6) === 0,
      ...(random.integer(4) === 0 ? { area: 200 + random.integer(3000) } : {}),
    }));
    const detections = truths.flatMap(({ box, classIndex }) =>
      Array.from({ length: random.integer(4) }, () => ({
        box: random.integer(3) === 0 ? box : moved(box),
        classIndex: random.integer(8) === 0 ? random.integer(classes) : classIndex,
        score: score(),
      }))
    );
    const false_ = Array.from({ length: random.integer(16) }, () => ({
      box: box(),
      classIndex: random.integer(classes),
      score: score(),
    }));
    return { truths, detections: [...detections, ...false_] };
  });
}

/** Seeds of {@linkcode scenes}, and what pycocotools 2.0 says of them: its `stats`, in its order. */
export const COCO_ORACLE: readonly (readonly [seed: number, scores: readonly number[]])[] = [
  [1, [
    0.25942587094202735,
    0.36737234504929417,
    0.26618953926541783,
    0.3199153486777249,
    0.1960972970923466,
    0.33028332366203655,
    0.28665232793522266,
    0.5862727732793522,
    0.5862727732793522,
    0.5364583333333333,
    0.4884722222222222,
    0.7083333333333333,
  ]],
  [2, [
    0.19147141856303243,
    0.3104524836278037,
    0.14980398974375486,
    0.20301161366136614,
    0.2484569939904462,
    0.20019851792023896,
    0.21209330143540667,
    0.4906020733652313,
    0.4906020733652313,
    0.5960416666666667,
    0.4721022727272727,
    0.40444444444444444,
  ]],
  [3, [
    0.22942716290021656,
    0.3398282936133915,
    0.19203400755683986,
    0.19367411793700376,
    0.30546629925721885,
    0.20522625155345436,
    0.22431326896787426,
    0.6375758287764867,
    0.6375758287764867,
    0.5225,
    0.6633928571428571,
    0.575,
  ]],
  [4, [
    0.1725781800244331,
    0.24036778934044242,
    0.1651225891034218,
    0.17963304599152005,
    0.2637970780385521,
    0.12001836088134293,
    0.20143668860358904,
    0.6143740784694499,
    0.6220663861617577,
    0.4444444444444445,
    0.6383741258741259,
    0.6583333333333334,
  ]],
];
