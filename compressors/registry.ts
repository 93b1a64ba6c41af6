/**
 * All compression methods.
 *
 * @module
 */

import { autocompress } from "./autocompress.ts";
import { asIs, column, dense, randomKgs, unstructured } from "./baselines.ts";
import type { Compressor } from "./compressor.ts";
import { amc } from "./controls/amc.ts";
import { bnSlim } from "./controls/bn_slim.ts";
import { fpgm } from "./controls/fpgm.ts";
import { netadapt } from "./controls/netadapt.ts";
import { randomFilter } from "./controls/random_filter.ts";
import { l1Filter, l2Filter } from "./controls/uniform.ts";
import { cp } from "./cp.ts";
import { nearest } from "./nearest.ts";
import { pattern } from "./pattern.ts";
import { rt3d } from "./rt3d.ts";
import { tucker } from "./tucker.ts";
import { yolobile } from "./yolobile.ts";

/** What comparisons are about: the papers' methods, and models as they are given. */
const METHODS: readonly Compressor<unknown>[] = [rt3d, yolobile, tucker, autocompress, asIs];

/** What these are compared with. */
const CONTROLS: readonly Compressor<unknown>[] = [
  cp,
  dense,
  unstructured,
  column,
  pattern,
  randomKgs,
  l1Filter,
  l2Filter,
  fpgm,
  randomFilter,
  bnSlim,
  netadapt,
  amc,
];

/** The methods by which a model can be compressed, controls last. A new one is one more line above. */
export const COMPRESSORS: readonly Compressor<unknown>[] = [...METHODS, ...CONTROLS];

/** What rows of a method are in a comparison. */
export function roleOf(method: string): "subject" | "control" {
  return CONTROLS.some(({ id }) => id === method) ? "control" : "subject";
}

/**
 * The compressor named `id`.
 *
 * @throws {RangeError} when there is none; the message gives the nearest names.
 */
export function findCompressor(id: string): Compressor<unknown> {
  const found = COMPRESSORS.find((compressor) => compressor.id === id);
  if (found) return found;
  throw new RangeError(
    `Cannot find compressor "${id}": did you mean ` +
      `${nearest(id, COMPRESSORS.map((compressor) => compressor.id)).join(" or ")}?`,
  );
}
