/**
 * Deep deterministic policy gradients (DDPG) for one continuous action in `[0, 1]`.
 *
 * @module
 */

import { Random } from "../../../graph/random.ts";
import { adam } from "../../../training/optimisers/adam.ts";
import { Mlp, MlpUpdates } from "./mlp.ts";

/** One step of an episode. */
export interface Transition {
  /** What the agent saw. */
  readonly state: Float64Array;
  /** What was done, `[0, 1]`. */
  readonly action: number;
  /** What it gave. */
  readonly reward: number;
  /** What the agent saw then; undefined after the last step. */
  readonly next?: Float64Array;
}

/** Options of {@linkcode Ddpg}. */
export interface DdpgOptions {
  /** Numbers in a state. */
  readonly states: number;
  /** Seed of weights, noise and batches. */
  readonly seed: number;
  /** Units of each of the two hidden layers. AMC has 300. @default {32} */
  readonly hidden?: number;
  /**
   * Learning rate of the actor: far below the critic's, or actions run to 0 or 1 before their values are
   * known, where a sigmoid keeps them.
   *
   * @default {2e-4}
   */
  readonly actorRate?: number;
  /** Learning rate of the critic. @default {5e-3} */
  readonly criticRate?: number;
  /** Part of the way that targets follow at each step. @default {0.02} */
  readonly tau?: number;
  /** Transitions of a step. @default {32} */
  readonly batch?: number;
  /** Transitions that are remembered; older ones are forgotten. @default {2000} */
  readonly memory?: number;
}

/** Part of the running mean of rewards that a new episode does not change. */
const BASELINE_KEPT = 0.95;

/**
 * An agent as AMC trains it (He and others, 2018, section 3.2): rewards of an episode are not
 * discounted, and the running mean of rewards is taken off them, so that the critic `Q(s, a)` learns
 *
 *     reward - baseline + Q'(s', mu'(s'))
 *
 * and the actor `mu(s)` climbs `Q(s, mu(s))`; Q' and mu' follow slowly.
 */
export class Ddpg {
  readonly #options: Required<DdpgOptions>;
  readonly #random: Random;
  readonly #actor: MlpUpdates;
  readonly #critic: MlpUpdates;
  readonly #slowActor: Mlp;
  readonly #slowCritic: Mlp;
  readonly #memory: Transition[] = [];
  #forgotten = 0;
  #baseline: number | undefined;

  /** An agent that knows nothing: its actions are near 1/2. */
  constructor(options: DdpgOptions) {
    this.#options = {
      hidden: 32,
      actorRate: 2e-4,
      criticRate: 5e-3,
      tau: 0.02,
      batch: 32,
      memory: 2000,
      ...options,
    };
    const { states, hidden, seed, actorRate, criticRate } = this.#options;
    const make = (label: string, inputs: number, last: "linear" | "sigmoid") =>
      new Mlp([inputs, hidden, hidden, 1], last, new Random(seed, `ddpg/${label}`));
    this.#random = new Random(seed, "ddpg");
    this.#actor = new MlpUpdates(make("actor", states, "sigmoid"), adam(), actorRate);
    this.#critic = new MlpUpdates(make("critic", states + 1, "linear"), adam(), criticRate);
    this.#slowActor = make("actor", states, "sigmoid");
    this.#slowCritic = make("critic", states + 1, "linear");
  }

  /** What the agent thinks best. */
  act(state: Float64Array): number {
    return this.#actor.network.forward(state).at(-1)![0];
  }

  /** The same with noise: normal of deviation `sigma`, cut off at 0 and 1 (not clamped). */
  explore(state: Float64Array, sigma: number): number {
    return truncatedNormal(this.act(state), sigma, this.#random);
  }

  /** Any action, each as likely. */
  wander(): number {
    return this.#random.uniform();
  }

  /** Remembers an episode. */
  remember(episode: readonly Transition[]): void {
    for (const transition of episode) {
      if (this.#memory.length < this.#options.memory) this.#memory.push(transition);
      else this.#memory[this.#forgotten++ % this.#options.memory] = transition;
    }
    const mean = episode.reduce((sum, { reward }) => sum + reward, 0) / episode.length;
    this.#baseline = this.#baseline === undefined
      ? mean
      : BASELINE_KEPT * this.#baseline + (1 - BASELINE_KEPT) * mean;
  }

  /** One step of critic, actor and their slow followers, on a batch from memory. */
  learn(): void {
    const { batch: count, states, tau } = this.#options;
    const batch = Array.from(
      { length: count },
      () => this.#memory[this.#random.integer(this.#memory.length)],
    );
    const state = rows(batch.map((transition) => transition.state), states);
    const next = rows(batch.map(({ next, state }) => next ?? state), states);
    const follow = this.#slowActor.forward(next).at(-1)!;
    const after = this.#slowCritic.forward(withActions(next, follow, states)).at(-1)!;

    const critic = this.#critic.network;
    const given = critic.forward(withActions(state, batch.map(({ action }) => action), states));
    const error = given.at(-1)!.map((q, i) => {
      const { reward, next } = batch[i];
      return 2 * (q - (reward - this.#baseline!) - (next ? after[i] : 0)) / count;
    });
    this.#critic.apply(critic.backward(given, error).parameters);

    const actor = this.#actor.network;
    const chosen = actor.forward(state);
    const judged = critic.forward(withActions(state, chosen.at(-1)!, states));
    // The actor climbs Q: its gradient is that of -Q by the action, which stands last in the input.
    const { inputs } = critic.backward(judged, new Float64Array(count).fill(-1 / count));
    const byAction = Float64Array.from(chosen.at(-1)!, (_, i) => inputs[i * (states + 1) + states]);
    this.#actor.apply(actor.backward(chosen, byAction).parameters);

    this.#slowActor.follow(actor, tau);
    this.#slowCritic.follow(critic, tau);
  }
}

/** A normal number that lies in `[0, 1]`: drawn again until it does. */
export function truncatedNormal(mean: number, sigma: number, random: Random): number {
  for (;;) {
    const x = mean + sigma * random.normal();
    if (x >= 0 && x <= 1) return x;
  }
}

function rows(states: readonly Float64Array[], width: number): Float64Array {
  const all = new Float64Array(states.length * width);
  states.forEach((state, i) => all.set(state, i * width));
  return all;
}

/** States with an action behind each: what the critic reads. */
function withActions(
  states: Float64Array,
  actions: ArrayLike<number>,
  width: number,
): Float64Array {
  const all = new Float64Array(actions.length * (width + 1));
  for (let i = 0; i < actions.length; i++) {
    all.set(states.subarray(i * width, (i + 1) * width), i * (width + 1));
    all[i * (width + 1) + width] = actions[i];
  }
  return all;
}
