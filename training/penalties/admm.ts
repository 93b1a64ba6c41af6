/**
 * The alternating direction method of multipliers (ADMM).
 *
 * @module
 */

import type { LiveWeights, Penalty, TrainingPosition } from "./penalty.ts";
import { liveWeight, requireEpochs, requirePositive, storedArray } from "./state.ts";

/** The nearest values (Euclidean) that a constraint allows a weight; a new array of the same size. */
export type Projection = (weight: string, values: Float32Array) => Float32Array;

/** Options of {@linkcode admm}. */
export interface AdmmOptions {
  /** Size of each weight that is constrained, by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** What each weight is to become. */
  readonly project: Projection;
  /** Rho at the start, above 0. The lab code of YOLObile goes from 1e-4 to 1e-1. @default {1e-4} */
  readonly rho?: number;
  /** What rho is multiplied with at each update, at least 1. @default {1} */
  readonly growth?: number;
  /** Rho grows no further than this. @default no bound */
  readonly largest?: number;
  /** Epochs from one update of Z and U to the next. @default {1} */
  readonly every?: number;
}

/** The penalty of ADMM, and how near the weights are to what they are to become. */
export interface AdmmPenalty extends Penalty {
  /** `||W - Z|| / ||W||` over all constrained weights together: the primal residual. */
  residual(weights: LiveWeights): number;
}

/** What ADMM holds for one weight. */
interface Multiplier {
  /** Z - U, where the weight is pulled to. */
  readonly centre: Float32Array;
  /** U. */
  readonly dual: Float32Array;
}

/**
 * ADMM as AutoCompress and the code of YOLObile train with it: `min f(W)` with W in S becomes
 *
 *     f(W) + rho / 2 * ||W - Z + U||^2
 *     every k epochs: Z = project(W + U), U = U + W - Z, from Z = project(W), U = 0
 *
 * When rho grows, U shrinks by the same factor, for it is the multiplier divided by rho (Boyd and
 * others, 2011, section 3.4.1). What is pruned at the end is the projection of W alone.
 *
 * @throws {RangeError} when an option is out of its range.
 */
export function admm(options: AdmmOptions): AdmmPenalty {
  const { sizes, project, rho: first = 1e-4, growth = 1, largest = Infinity, every = 1 } = options;
  const id = "admm";
  requirePositive(id, "rho", first);
  requirePositive(id, "growth", growth);
  requireEpochs(id, "every", every);
  if (!(growth >= 1)) {
    throw new RangeError(
      `Cannot make penalty "admm" as "growth" must be at least 1: ` +
        `current value is ${growth}`,
    );
  }
  if (!(largest >= first)) {
    throw new RangeError(
      `Cannot make penalty "admm" as "largest" must be at least rho, ${first}: ` +
        `current value is ${largest}`,
    );
  }
  const multipliers = new Map<string, Multiplier>();
  /** Epoch of the last update, below 0 before the first; and how many there were. */
  let updated = -1, updates = 0;

  const rhoAfter = (updates: number) => Math.min(first * growth ** updates, largest);
  const live = (weights: LiveWeights) =>
    [...sizes].map(([name, size]) => ({ name, w: liveWeight(id, weights, name, size) }));

  function start(weights: LiveWeights): void {
    updates = 0;
    for (const { name, w } of live(weights)) {
      multipliers.set(name, { centre: projected(name, w), dual: new Float32Array(w.length) });
    }
  }

  function update(weights: LiveWeights): void {
    const shrink = rhoAfter(updates) / rhoAfter(++updates);
    for (const { name, w } of live(weights)) {
      const { centre, dual } = multipliers.get(name)!;
      for (let i = 0; i < w.length; i++) dual[i] += w[i];
      const z = projected(name, dual);
      for (let i = 0; i < w.length; i++) {
        dual[i] = shrink * (dual[i] - z[i]);
        centre[i] = z[i] - dual[i];
      }
    }
  }

  function projected(name: string, values: Float32Array): Float32Array {
    const z = project(name, values);
    if (z !== values && z.length === values.length) return z;
    throw new RangeError(
      `Cannot train with ADMM as the projection of "${name}" must be a new array of ` +
        `${values.length} values: current value is ${z === values ? "the same array" : z.length}`,
    );
  }

  return {
    id,
    settings: { rho: first, growth, largest, every, weights: [...sizes.keys()] },
    begin(weights: LiveWeights, { epoch, step }: TrainingPosition) {
      if (step === 0 || updated < 0) start(weights);
      // An epoch that is resumed in its middle begins twice, but is not updated twice.
      else if (epoch % every === 0 && epoch !== updated) update(weights);
      else return;
      updated = epoch;
    },
    pulls() {
      const strength = rhoAfter(updates);
      return new Map([...multipliers].map(([name, { centre }]) => [name, { strength, centre }]));
    },
    value(weights) {
      const squares = live(weights).map(({ name, w }) => {
        const { centre } = multipliers.get(name)!;
        return squaredDistance(w, (i) => centre[i]);
      });
      return rhoAfter(updates) / 2 * squares.reduce((sum, square) => sum + square, 0);
    },
    residual(weights) {
      let apart = 0, all = 0;
      for (const { name, w } of live(weights)) {
        const { centre, dual } = multipliers.get(name)!;
        apart += squaredDistance(w, (i) => centre[i] + dual[i]);
        all += squaredDistance(w, () => 0);
      }
      return all === 0 ? 0 : Math.sqrt(apart / all);
    },
    save() {
      const state = new Map([["position", new Float32Array([updated, updates])]]);
      for (const [name, { centre, dual }] of multipliers) {
        state.set(`centre/${name}`, centre.slice()).set(`dual/${name}`, dual.slice());
      }
      return state;
    },
    restore(state) {
      const taken = [...sizes].map(([name, size]): [string, Multiplier] => [name, {
        centre: storedArray(id, state, `centre/${name}`, size),
        dual: storedArray(id, state, `dual/${name}`, size),
      }]);
      [updated, updates] = storedArray(id, state, "position", 2);
      for (const [name, multiplier] of taken) multipliers.set(name, multiplier);
    },
  };
}

function squaredDistance(w: Float32Array, to: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < w.length; i++) {
    const difference = w[i] - to(i);
    sum += difference * difference;
  }
  return sum;
}
