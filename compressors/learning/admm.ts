/**
 * Learning by ADMM: weights are drawn to the nearest ones that a constraint allows.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Model } from "../../graph/model.ts";
import { values } from "../../graph/tensor.ts";
import { admm, type AdmmOptions } from "../../training/penalties/admm.ts";
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

/** Epochs that a round needs for Z and U to be taken anew at least once. */
const LEAST = 2;

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
 * epochs each; here they follow from how far weights travel in the epochs that there are. Where these
 * do not suffice for several rounds, rho grows from epoch to epoch of a single one.
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
  const rounds = Math.max(1, Math.min(rhos, Math.floor(all / LEAST)));
  let learnt = model;
  for (let round = 0; round < rounds; round++) {
    const length = Math.floor(all * (round + 1) / rounds) - Math.floor(all * round / rounds);
    const own = typeof project === "function" ? project : project.from(learnt);
    const steps = rounds > 1 ? roundStrength(round / (rounds - 1)) : epochStrengths(length);
    const travel = trainer.travel(length) / (rounds > 1 ? 1 : length);
    const penalties = [admmTo(learnt, weights, own, { ...steps, rho: steps.rho / travel })];
    const name = `${prefix}ADMM ${round + 1} of ${rounds}`;
    learnt = await trainer.train(learnt, { name, epochs: length, penalties }, context.signal);
  }
  return learnt;
}

/** What a round does at one strength, a part of the way from the first to the last. */
function roundStrength(done: number): RhoSchedule {
  return { rho: GENTLE * (STRONG / GENTLE) ** done, growth: 1 };
}

/** What a single round does: from gentle to strong, epoch by epoch. A single epoch is strong. */
function epochStrengths(epochs: number): RhoSchedule {
  if (epochs === 1) return roundStrength(1);
  return { rho: GENTLE, growth: (STRONG / GENTLE) ** (1 / (epochs - 1)) };
}

/** Rho of the first update, and what it is multiplied with at each. */
type RhoSchedule = Required<Pick<AdmmOptions, "rho" | "growth">>;

/** The penalty, with what tells projections apart in its settings: checkpoints know it by them. */
function admmTo(
  model: Model,
  weights: readonly string[],
  project: Projection,
  schedule: RhoSchedule,
): Penalty {
  const hash = createHash("sha256");
  const sizes = new Map(weights.map((name) => {
    const weight = values(model.weights.get(name)!);
    const near = project(name, weight), support = new Uint8Array(near.length);
    for (let i = 0; i < near.length; i++) support[i] = near[i] === 0 ? 0 : 1;
    hash.update(support);
    return [name, weight.length];
  }));
  const penalty = admm({ sizes, project, ...schedule });
  const to = hash.digest("hex").slice(0, 12);
  return { ...penalty, settings: { ...penalty.settings, to } };
}
