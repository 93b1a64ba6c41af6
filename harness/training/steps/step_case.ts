/**
 * What a training step is timed on.
 *
 * @module
 */

import { withBatch } from "../../../graph/rewrites/rebatch.ts";
import type { Model } from "../../../graph/model.ts";
import { nearest } from "../../../compressors/nearest.ts";
import { findNetwork } from "../../../suites/networks.ts";

/** A network with the batch of a step. */
export interface StepCase {
  /** As typed on the command line. */
  readonly id: string;
  /** Id of the network. */
  readonly network: string;
  /** Multiplies the numbers of filters. */
  readonly width: number;
  /** Classes that it tells apart. */
  readonly classes: number;
  /** Samples of a step. */
  readonly batch: number;
}

/** The steps that are timed, at the extents of the papers. */
export const STEP_CASES: readonly StepCase[] = [
  { id: "vgg-16-cifar", network: "vgg-16-cifar", width: 1, classes: 10, batch: 64 },
  { id: "resnet-18-cifar", network: "resnet-18-cifar", width: 1, classes: 10, batch: 64 },
  { id: "c3d-quarter", network: "c3d", width: 0.25, classes: 101, batch: 8 },
];

/** The case called `id`. @throws {RangeError} when there is none. */
export function findStepCase(id: string): StepCase {
  const found = STEP_CASES.find((known) => known.id === id);
  if (found) return found;
  throw new RangeError(
    `Cannot find training step "${id}": did you mean ` +
      `${nearest(id, STEP_CASES.map((known) => known.id)).join(" or ")}?`,
  );
}

/** The network of a case, its batch in its shapes. */
export function networkOf({ network, width, classes, batch }: StepCase): Model {
  const { build, paper } = findNetwork(network);
  return withBatch(build({ ...paper, width, classes, seed: 1 }), batch);
}
