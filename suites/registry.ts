/**
 * The suites that `deno task bench` knows: one line each.
 *
 * @module
 */

import { nearest } from "../compressors/nearest.ts";
import { c3d } from "./c3d.ts";
import type { Suite } from "./suite.ts";

/** All suites; to add one, add its file and its line. */
export const SUITES: readonly Suite[] = [c3d];

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
