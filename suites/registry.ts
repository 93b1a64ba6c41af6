/**
 * The suites that `deno task bench` knows.
 *
 * @module
 */

import { nearest } from "../compressors/nearest.ts";
import { CLASSIFICATION_SUITES } from "./classification.ts";
import type { Suite } from "./suite.ts";
import { VIDEO_SUITES } from "./video.ts";
import { YOLOV4_SUITES } from "./yolov4.ts";

/** All suites; one of another kind is one more file and one more line. */
export const SUITES: readonly Suite[] = [
  ...VIDEO_SUITES,
  ...YOLOV4_SUITES,
  ...CLASSIFICATION_SUITES,
];

/**
 * The suite called `id`.
 *
 * @param suites Where to look. @default all suites
 * @throws {RangeError} when there is none; the message gives the nearest names.
 */
export function findSuite(id: string, suites: readonly Suite[] = SUITES): Suite {
  const found = suites.find((suite) => suite.id === id);
  if (found) return found;
  throw new RangeError(
    `Cannot find suite "${id}": did you mean ` +
      `${nearest(id, suites.map((suite) => suite.id)).join(" or ")}?`,
  );
}
