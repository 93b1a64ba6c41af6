/**
 * What the curve of a training tells: which epoch is best, and whether it still rises.
 *
 * @module
 */

import type { EpochRecord } from "./trainer_options.ts";

/** The first of the evaluated epochs with the highest value of a metric. */
export function bestEpoch(
  epochs: readonly EpochRecord[],
  metric: string,
): EpochRecord | undefined {
  return evaluated(epochs, metric).reduce<EpochRecord | undefined>(
    (best, record) => best && best.metrics[metric] >= record.metrics[metric] ? best : record,
    undefined,
  );
}

/** Evaluations in a row, up to the last one, in which a metric was not higher than ever before. */
export function evaluationsWithoutRise(epochs: readonly EpochRecord[], metric: string): number {
  const best = bestEpoch(epochs, metric);
  return evaluated(epochs, metric).filter(({ epoch }) => best && epoch > best.epoch).length;
}

function evaluated(epochs: readonly EpochRecord[], metric: string): readonly EpochRecord[] {
  return epochs.filter(({ metrics }) => metric in metrics);
}
