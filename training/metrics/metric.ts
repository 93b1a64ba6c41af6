/**
 * What a network is judged by.
 *
 * @module
 */

import type { Tensor } from "../../graph/tensor.ts";

/** Collects outputs batch by batch, then tells what they are worth. */
export interface MetricState<Label> {
  /**
   * Takes outputs of one batch.
   *
   * @param outputs Of the network by name, batch first; images beyond `labels.length` are padding.
   */
  add(outputs: ReadonlyMap<string, Tensor>, labels: readonly Label[]): void;
  /** Values by name, e.g. `{ "top-1": 0.88, "top-5": 0.99 }`; the first one decides what is best. */
  result(): Readonly<Record<string, number>>;
}

/** A way to judge a network. */
export interface Metric<Label> {
  /** Names of what it tells, the one that decides first; all of them: higher is better, `[0, 1]`. */
  readonly names: readonly string[];
  /** Starts to judge. */
  start(): MetricState<Label>;
}
