/**
 * The place that training takes in a compression. Compressors say what is learnt under which penalties
 * and for how long; how (data, loss, optimiser, files) is decided by whoever gives them the trainer.
 *
 * @module
 */

import type { Model } from "../graph/model.ts";
import type { Penalty } from "../training/penalties/penalty.ts";

/**
 * Epochs that a method may spend, so that methods are compared at equal cost. A method that has no use
 * for the first part spends both on the second.
 */
export interface TrainingBudget {
  /** Epochs in which it is found out what goes: under penalties, in rounds. */
  readonly prune: number;
  /** Epochs in which what is left learns on, with masks and shapes as they are. */
  readonly retrain: number;
}

/** One uninterrupted piece of training. */
export interface TrainingStage {
  /** What it is called in curves and progress, e.g. `"reweighted"`, `"round 2: ADMM"`. */
  readonly name: string;
  /** Passes over the training samples, at least 1. */
  readonly epochs: number;
  /** What the learning rate of the trainer is multiplied with. @default {1} */
  readonly rate?: number;
  /** Penalties besides the masks of structures, which always hold. @default none */
  readonly penalties?: readonly Penalty[];
  /** A network that teaches, with the same input and output. @default none */
  readonly teacher?: Model;
  /**
   * The network just after it was cut, with the statistics of what it was, to be judged beside the
   * one that the stage begins with. @default none
   */
  readonly cut?: Model;
}

/** Options of {@linkcode Trainer.evaluate}. */
export interface QuickEvaluation {
  /**
   * Whether running statistics of batch normalizations are first taken anew from a few batches, as
   * those of a network that has just lost filters are wrong.
   *
   * @default {false}
   */
  readonly recalibrate?: boolean;
}

/** Learns weights. Deterministic: the same calls in the same order give the same results. */
export interface Trainer {
  /** What may be spent. */
  readonly budget: TrainingBudget;
  /** The deciding metric, e.g. `"top-1"`. */
  readonly metric: string;
  /**
   * Trains; structures keep their zeros and shapes stay. Finished stages are kept, so that an
   * interrupted compression that is run again repeats nothing.
   *
   * @throws the signal's reason when it is aborted.
   */
  train(model: Model, stage: TrainingStage, signal?: AbortSignal): Promise<Model>;
  /**
   * The deciding metric in percentage points `[0, 100]`, by samples that are neither trained on nor
   * tested by: for searches. Remembered by what the model is, across interruptions.
   *
   * @throws {RangeError} when no such samples were set aside.
   */
  evaluate(model: Model, options?: QuickEvaluation, signal?: AbortSignal): Promise<number>;
  /**
   * Mean gradients of the loss by name of the weight, over a few batches: `[M, N, K...]` as the weight.
   * Only weights that learn have one.
   */
  gradients(model: Model, signal?: AbortSignal): Promise<ReadonlyMap<string, Float32Array>>;
  /** The model with running statistics of its batch normalizations taken anew from a few batches. */
  recalibrate(model: Model, signal?: AbortSignal): Promise<Model>;
  /**
   * How far a gradient of 1 that never changes moves a weight in so many epochs: the sum of the
   * learning rates of all steps, by `1 / (1 - momentum)`. Strengths of penalties are chosen by it, so
   * that they do their work in whatever time there is.
   */
  travel(epochs: number): number;
}

/**
 * What a method cannot do without:
 * - `"training"`: a trainer;
 * - `"pruning"`: one with epochs in which it is found out what goes;
 * - `"teacher"`: one that lets the dense network teach;
 * - `"evaluations"`: where there is a trainer, samples by which it evaluates quickly.
 */
export type TrainingNeed = "training" | "pruning" | "teacher" | "evaluations";

/** What is known of a trainer before there is one. */
export interface TrainingMeans extends Pick<Trainer, "budget"> {
  /** Whether stages may have a teacher. */
  readonly teaches: boolean;
  /** Whether there are samples for quick evaluations. */
  readonly evaluates: boolean;
}

/**
 * What of its needs a method would lack, in words; undefined when nothing.
 *
 * @param means Of the trainer that it would be given; undefined when there is none.
 */
export function lackOf(
  needs: readonly TrainingNeed[],
  means: TrainingMeans | undefined,
): string | undefined {
  const lacking = needs.find((need) => {
    if (!means) return need !== "evaluations";
    if (need === "pruning") return means.budget.prune < 1;
    return (need === "teacher" && !means.teaches) || (need === "evaluations" && !means.evaluates);
  });
  return lacking && (means ? LACKS[lacking] : LACKS.training);
}

const LACKS: Readonly<Record<TrainingNeed, string>> = {
  training: "training, and there is none",
  pruning: "epochs for pruning, and the budget has none",
  teacher: "a teacher, and only networks that classify can be taught",
  evaluations: "quick evaluations, and no samples are set aside for them",
};

/**
 * The trainer of a context, for what cannot be done without.
 *
 * @throws {RangeError} when there is none.
 */
export function requireTrainer(
  { trainer }: { readonly trainer?: Trainer },
  method: string,
  what: string,
): Trainer {
  if (trainer) return trainer;
  throw new RangeError(
    `Cannot compress by "${method}" with ${what} as there is no training: run the comparison with ` +
      `--train, or choose what works on the weights as they are`,
  );
}
