/**
 * From gradients to weights: penalties, masks, clipping and the optimiser, all in place.
 *
 * @module
 */

import type { Shape } from "../graph/tensor.ts";
import { clipGradients } from "./optimisers/clip.ts";
import type { Optimiser, OptimiserState, UpdateOptions } from "./optimisers/optimiser.ts";
import type { LiveWeights, Penalty, TrainingPosition } from "./penalties/penalty.ts";
import { addPulls, applyMasks, followPulls, type Pulls, pullsOf } from "./penalties/pull.ts";

/** Gradients by name of the weight; changed in place. */
export type Gradients = ReadonlyMap<string, Float32Array>;

/** How weights are updated. */
export interface UpdateRules {
  /** How weights follow their gradients. */
  readonly optimiser: Optimiser;
  /** Weight decay of weights with two or more axes. */
  readonly decay: number;
  /** Bound of the norm of all gradients together. `Infinity` for none. */
  readonly clip: number;
  /** Their pulls add up; a weight that one of them masks is masked. */
  readonly penalties: readonly Penalty[];
}

/** Updates the weights of a network. */
export class WeightUpdates {
  /** State of the optimiser by name of the weight. */
  readonly states: ReadonlyMap<string, OptimiserState>;
  /** All penalties. */
  readonly penalties: readonly Penalty[];
  readonly #weights: LiveWeights;
  readonly #optimiser: Optimiser;
  readonly #clip: number;
  /** By name of the weight. */
  readonly #decays: ReadonlyMap<string, number>;
  /** Those of the running step. */
  #pulls: Pulls = new Map();

  /** Starts to update `parameters`, the weights that learn with their shapes. */
  constructor(weights: LiveWeights, parameters: ReadonlyMap<string, Shape>, rules: UpdateRules) {
    const { optimiser, decay, clip, penalties } = rules;
    this.penalties = penalties;
    this.#weights = weights;
    this.#optimiser = optimiser;
    this.#clip = clip;
    const names = [...parameters.keys()];
    this.states = new Map(names.map((name) => [name, optimiser.start(weights.get(name)!.length)]));
    // Biases and the factors of normalizations, which have one axis, are spared.
    const decayOf = ({ length: axes }: Shape) => axes > 1 ? decay : 0;
    this.#decays = new Map([...parameters].map(([name, shape]) => [name, decayOf(shape)]));
  }

  /** Begins an epoch. @throws {RangeError} when a penalty does not fit the weights. */
  begin(position: TrainingPosition): void {
    for (const penalty of this.penalties) penalty.begin(this.#weights, position);
  }

  /** Value of all penalties. */
  penalty(): number {
    return this.penalties.reduce((sum, penalty) => sum + penalty.value(this.#weights), 0);
  }

  /**
   * Makes gradients of the loss into those that weights follow: masked ones become zero, all are scaled
   * together where they are longer than the bound, and pulls are added. (A bound on pulls would make
   * the loss the quieter the harder a penalty pulls.)
   *
   * @returns Their norm before they were scaled; when it is not finite they must not be followed.
   */
  prepare(gradients: Gradients): number {
    this.#pulls = pullsOf(this.#weights, this.penalties);
    applyMasks(gradients, this.#pulls);
    const norm = clipGradients(gradients, this.#clip);
    if (!this.#optimiser.decoupled) addPulls(this.#weights, gradients, this.#pulls);
    return norm;
  }

  /** Lets the weights follow prepared gradients. Masked ones are exactly zero afterwards. */
  follow(gradients: Gradients, { rate, step }: Omit<UpdateOptions, "decay">): void {
    if (this.#optimiser.decoupled) {
      followPulls(this.#weights, this.states.keys(), this.#pulls, rate);
    }
    for (const [name, state] of this.states) {
      const decay = this.#decays.get(name)!;
      const weight = this.#weights.get(name)!;
      this.#optimiser.update(weight, gradients.get(name)!, state, { rate, step, decay });
    }
    // Momentum from before there was a mask would move what it masks.
    applyMasks(this.#weights, this.#pulls);
  }
}
