/**
 * How weights follow their gradients.
 *
 * @module
 */

/** State of an optimiser for one weight: arrays of its size by name, e.g. `{ momentum }`. */
export type OptimiserState = Readonly<Record<string, Float32Array>>;

/** What one update is given. */
export interface UpdateOptions {
  /** Learning rate of this step. */
  readonly rate: number;
  /** Steps done before this one, for bias corrections. */
  readonly step: number;
  /** Weight decay of this weight; 0 for those that are spared (biases, scales, shifts). */
  readonly decay: number;
}

/** An optimiser. Works in place, elementwise; the same input gives the same bits. */
export interface Optimiser {
  /** Short id for manifests, e.g. `"sgd"`. */
  readonly id: string;
  /** What it was made with, for manifests and checkpoints. */
  readonly options: Readonly<Record<string, number | boolean>>;
  /**
   * Whether pulls of penalties move weights by `rate * A * (W - B)` themselves, like decoupled decay,
   * instead of being part of the gradient: where gradients are divided by their size, a pull would
   * lose its own.
   *
   * @default {false}
   */
  readonly decoupled?: boolean;
  /** State of a weight before its first update. */
  start(size: number): OptimiserState;
  /** Updates `weight` and `state` in place. All arrays have the same length. */
  update(
    weight: Float32Array,
    gradient: Float32Array,
    state: OptimiserState,
    options: UpdateOptions,
  ): void;
}
