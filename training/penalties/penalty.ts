/**
 * The elementwise quadratic pull and the mask that all methods train with:
 *
 *     gradient += A * (W - B)
 *     gradient *= mask
 *
 * Reweighted (RT3D, YOLObile): `A = lambda P / ||W_group||`, `B = 0`. Fixed group lasso:
 * `A = lambda / ||W_group||`, `B = 0`. ADMM (AutoCompress): `A = rho`, `B = Z - U`. Masked training:
 * the mask alone.
 *
 * @module
 */

/** What pulls one weight. All arrays have its size. */
export interface Pull {
  /** A, how strongly, one number for all or one for each weight. @default {0} */
  readonly strength?: number | Float32Array;
  /** B, where to. @default zero */
  readonly centre?: Float32Array;
  /** 1 where the weight learns, 0 where it stays what it is; masked weights are zero. @default 1 */
  readonly mask?: Uint8Array;
}

/** Where training stands. */
export interface TrainingPosition {
  /** Epochs finished. */
  readonly epoch: number;
  /** Steps finished, over all epochs. */
  readonly step: number;
}

/** Weights by name, as they lie in memory; changed by training in place. */
export type LiveWeights = ReadonlyMap<string, Float32Array>;

/** A penalty on weights, or a constraint that masks make. */
export interface Penalty {
  /** Short id for curves and manifests, e.g. `"admm"`. */
  readonly id: string;
  /** What it was made with, for manifests and checkpoints: plain values. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Called before the first step and at the start of each epoch; may change its state, and weights
   * where a constraint says so (a mask sets what it removes to zero).
   *
   * @throws {RangeError} when a weight that it names is missing or has another size.
   */
  begin(weights: LiveWeights, position: TrainingPosition): void;
  /** Pulls of this step by name of the weight; those that are not there learn freely. */
  pulls(weights: LiveWeights): ReadonlyMap<string, Pull>;
  /**
   * Value of the penalty, whose gradient is the sum of the pulls, e.g. `sum A (W - B)^2 / 2` with A
   * and B held fixed; 0 for a mask.
   */
  value(weights: LiveWeights): number;
  /** State for a checkpoint, arrays by name. */
  save(): ReadonlyMap<string, Float32Array>;
  /** Takes back what {@linkcode save} gave. */
  restore(state: ReadonlyMap<string, Float32Array>): void;
}
