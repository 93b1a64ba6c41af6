/**
 * What training is told and what it tells.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { RuntimeOptions } from "../graph/runtime.ts";
import type { Dataset } from "./data/dataset.ts";
import type { Loss } from "./losses/loss.ts";
import type { Metric } from "./metrics/metric.ts";
import type { Optimiser } from "./optimisers/optimiser.ts";
import type { Penalty } from "./penalties/penalty.ts";
import type { Schedule } from "./schedules.ts";

/** What a network learns and from what. */
export interface TrainingTask<Label> {
  /** Samples to learn from. */
  readonly train: Dataset<Label>;
  /** Samples to be judged by; absent: nothing is judged. */
  readonly test?: Dataset<Label>;
  /** What is made small. */
  readonly loss: Loss<Label>;
  /** What the network is judged by. */
  readonly metric?: Metric<Label>;
  /**
   * The network as it is judged, e.g. with the decoding of boxes behind what the loss reads. Weights
   * keep their names.
   *
   * @default the network as it is trained
   */
  readonly judged?: (model: Model) => Model;
}

/** Options of {@linkcode train}. */
export interface TrainingOptions extends RuntimeOptions {
  /** Passes over the training samples. */
  readonly epochs: number;
  /** Samples of a step. */
  readonly batch: number;
  /** Seed of everything random: order, augmentation, dropout. */
  readonly seed: number;
  /** How weights follow their gradients. */
  readonly optimiser: Optimiser;
  /** Learning rate that the schedule scales. */
  readonly rate: number;
  /** How the rate changes over time. @default constant */
  readonly schedule?: Schedule;
  /** Weight decay of weights with two or more axes. @default {0} */
  readonly decay?: number;
  /** Gradients longer than this, all together, are scaled to it. @default no bound */
  readonly clip?: number;
  /** Penalties and masks; their pulls add up. Weights with a structure keep their zeros in any case. */
  readonly penalties?: readonly Penalty[];
  /** Weights (patterns with `*`) that stay as they are, running statistics among them. */
  readonly freeze?: readonly string[];
  /**
   * Whether batch normalizations use the statistics of the batch and follow them, or their running
   * ones as at inference.
   *
   * @default {"batch"}
   */
  readonly normalization?: "batch" | "running";
  /** Share of a new batch in running statistics. @default {0.1} */
  readonly momentum?: number;
  /**
   * Batches over which running statistics are taken anew at the end, as means over all of them. The
   * network is then judged once more.
   *
   * @default {0}
   */
  readonly reestimate?: number;
  /** Epochs from one evaluation to the next; the last one is always evaluated. @default {1} */
  readonly evaluateEvery?: number;
  /** Stops when the deciding metric has not risen for this many evaluations. @default never */
  readonly patience?: number;
  /** Which weights are returned: the last, or those of the best evaluation. @default {"last"} */
  readonly keep?: "last" | "best";
  /** Where training is kept, so that it can go on after it was ended. @default nowhere */
  readonly checkpoint?: CheckpointOptions;
  /** Ends training after the running step, once the checkpoint is written; then rejects. */
  readonly signal?: AbortSignal;
  /** Called after each step and evaluated batch. */
  onProgress?(progress: TrainingProgress): void;
  /** Called after each epoch. */
  onEpoch?(epoch: EpochRecord): void;
}

/**
 * A file in which training is kept after every epoch. Training that finds it there goes on from it, to
 * the same bits as if it had never been ended (with as many threads), and gives its outcome at once
 * when it was finished.
 */
export interface CheckpointOptions {
  /** Path of the file. */
  readonly path: string;
  /** Steps from one time to the next within an epoch. @default {Infinity} */
  readonly everySteps?: number;
}

/** How far training has come. */
export interface TrainingProgress {
  /** What is being done, e.g. `"epoch 3/10"`, `"evaluating"`. */
  readonly label: string;
  /** Share of all steps that is done, `[0, 1]`. */
  readonly fraction: number;
  /** Seconds that the rest will take, estimated from the steps of this process. */
  readonly secondsLeft?: number;
  /** Mean loss of the epoch so far. */
  readonly loss?: number;
}

/** One point of the curve. */
export interface EpochRecord {
  /** Epochs finished, from 1. */
  readonly epoch: number;
  /** Steps finished. */
  readonly step: number;
  /** Learning rate of the last step. */
  readonly rate: number;
  /** Mean loss over the training samples, penalties apart. */
  readonly loss: number;
  /** Value of all penalties at the end of the epoch. */
  readonly penalty: number;
  /** Of the test samples, by name; empty when not evaluated. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds of training steps, data included. */
  readonly trainSeconds: number;
  /** Seconds of evaluation. */
  readonly evaluationSeconds: number;
}

/** What came out. */
export interface TrainingOutcome {
  /** The network with its new weights; structures are kept. */
  readonly model: Model;
  /** The curve. */
  readonly epochs: readonly EpochRecord[];
  /** Why it ended. */
  readonly ended: "finished" | "early stop";
  /** Epoch that the weights are of, from 1. */
  readonly epoch: number;
  /** Of the test samples by these weights, by name; empty when nothing is judged. */
  readonly metrics: Readonly<Record<string, number>>;
}
