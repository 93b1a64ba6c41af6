/**
 * All experiments. A new one is one more row.
 *
 * @module
 */

import { nearest } from "../../compressors/nearest.ts";
import { autocompressStudy } from "./autocompress.ts";
import type { Experiment } from "./experiment.ts";
import { rt3dTable } from "./rt3d.ts";
import { sideBySide } from "./side_by_side.ts";
import { tuckerStudy } from "./tucker.ts";
import { yolobileStudy } from "./yolobile.ts";

/** In the order of the papers, all together last. */
export const EXPERIMENTS: readonly Experiment[] = [
  rt3dTable,
  yolobileStudy,
  tuckerStudy,
  autocompressStudy,
  sideBySide,
];

/**
 * The experiment called `id`.
 *
 * @throws {RangeError} when there is none; the message gives the nearest names.
 */
export function findExperiment(id: string): Experiment {
  const found = EXPERIMENTS.find((experiment) => experiment.id === id);
  if (found) return found;
  const names = nearest(id, EXPERIMENTS.map((experiment) => experiment.id)).join(" or ");
  throw new RangeError(`Cannot find experiment "${id}": did you mean ${names}?`);
}
