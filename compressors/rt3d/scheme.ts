/**
 * What RT3D's algorithms need to know of its sparsity schemes.
 *
 * @module
 */

import type { Model } from "../../graph/model.ts";
import type { PenalisedGroups } from "../../training/penalties/grouped.ts";
import type { PenaltyChoice } from "../learning/penalised.ts";
import type { Gradients } from "../learning/taylor.ts";
import type { Account } from "../report.ts";

/** How a {@linkcode SchemeOnModel} cuts. */
export interface CutOptions {
  /** Reduction of the whole model as it was given. @default that of the target */
  readonly rate?: number;
  /** Gradients by which groups are scored to first order. @default scored by their norms */
  readonly gradients?: Gradients;
  /** Whether what is cut has learnt under a penalty on {@linkcode SchemeOnModel.pushed}. @default {false} */
  readonly penalised?: boolean;
}

/** What a penalty is to push. */
export interface PushedGroups extends Pick<PenaltyChoice, "relative"> {
  /** The groups. */
  readonly grouped: readonly PenalisedGroups[];
}

/** A scheme on one model, after all checks. */
export interface SchemeOnModel {
  /** The groups as a penalty is to see them, so that what it makes small is what will be cut. */
  pushed(kind: PenaltyChoice["kind"]): Promise<PushedGroups>;
  /** Share of the MACs of these groups in those that go at the target, about, `[0, 1)`. */
  readonly fraction: number;
  /** What is left of the model, or of what it became by learning and cutting. */
  cut(learnt: Model, options?: CutOptions): Promise<Model>;
  /** What is told of a model that was cut. */
  account(pruned: Model): Pick<Account, "decisions" | "reasons">;
}

/**
 * To which power the rate of a layer is raised when the whole model is cut to `rate` on its way to
 * `target`.
 */
export function progressOf(rate: number, target: number): number {
  return target === 1 ? 1 : Math.log(rate) / Math.log(target);
}
