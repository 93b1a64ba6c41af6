/**
 * Learning by ADMM: weights are drawn to the nearest ones that a constraint allows.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Model } from "../../graph/model.ts";
import { values } from "../../graph/tensor.ts";
import { admm } from "../../training/penalties/admm.ts";
import type { Projection } from "../../training/penalties/admm.ts";
import type { Penalty } from "../../training/penalties/penalty.ts";
import type { CompressionContext } from "../compressor.ts";
import { requireTrainer } from "../trainer.ts";

/** Makes projections, for constraints that several weights must agree on. */
export interface ProjectionFrom {
  /** The projection of a round, which begins from `model`. */
  from(model: Model): Projection;
}

/** What is learnt by ADMM. */
export interface AdmmLearning {
  /** Names of the constrained weights. */
  readonly weights: readonly string[];
  /** The nearest values that are allowed; or how these are found from the model at each new rho. */
  readonly project: Projection | ProjectionFrom;
  /** Epochs in all. @default those of `prune` in the budget */
  readonly epochs?: number;
  /** Rounds of growing rho. @default {4} */
  readonly rhos?: number;
  /** Begins the names of stages, e.g. `"round 2: "`. @default {""} */
  readonly prefix?: string;
}

/**
 * `rho * travel` of the first round and of the last. A pull of strength rho alone takes a weight
 * `1 - exp(-rho * travel)` of its way: a tenth at first, nearly all of it at last. A step goes
 * `rate * rho = 3 (1 - momentum) / steps` of the way at most, so this is stable however many there are.
 */
const GENTLE = 0.1, STRONG = 3;

/**
 * Trains `model` by ADMM (see `training/penalties/admm.ts`), with rho growing from round to round. What
 * it gives is not yet projected: the caller cuts.
 *
 * As in the code of YOLObile's authors, each rho has a run of its own, with the learning rate and the
 * multipliers started anew, and Z and U are taken anew every epoch. Theirs are 1e-4 to 1e-1 for 160
 * epochs each; here they follow from how far weights travel in the epochs that there are.
 *
 * @throws {RangeError} when there is no trainer.
 */
export async function learnByAdmm(
  model: Model,
  { weights, project, epochs, rhos = 4, prefix = "" }: AdmmLearning,
  context: CompressionContext,
): Promise<Model> {
  const trainer = requireTrainer(context, "admm", "ADMM");
  const all = epochs ?? trainer.budget.prune;
  const rounds = Math.min(rhos, all);
  let learnt = model;
  for (let round = 0; round < rounds; round++) {
    const length = Math.floor(all * (round + 1) / rounds) - Math.floor(all * round / rounds);
    // A single round is strong: there is none after it.
    const done = rounds > 1 ? round / (rounds - 1) : 1;
    const rho = GENTLE * (STRONG / GENTLE) ** done / trainer.travel(length);
    const own = typeof project === "function" ? project : project.from(learnt);
    const penalties = [admmTo(learnt, weights, own, rho)];
    const name = `${prefix}ADMM ${round + 1} of ${rounds}`;
    learnt = await trainer.train(learnt, { name, epochs: length, penalties }, context.signal);
  }
  return learnt;
}

/** The penalty, with what tells projections apart in its settings: checkpoints know it by them. */
function admmTo(
  model: Model,
  weights: readonly string[],
  project: Projection,
  rho: number,
): Penalty {
  const hash = createHash("sha256");
  const sizes = new Map(weights.map((name) => {
    const weight = values(model.weights.get(name)!);
    hash.update(Uint8Array.from(project(name, weight), (value) => value === 0 ? 0 : 1));
    return [name, weight.length];
  }));
  const penalty = admm({ sizes, project, rho });
  const to = hash.digest("hex").slice(0, 12);
  return { ...penalty, settings: { ...penalty.settings, to } };
}
