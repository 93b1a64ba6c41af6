/**
 * How the pulls of all penalties meet the gradients.
 *
 * @module
 */

import type { LiveWeights, Penalty, Pull } from "./penalty.ts";

/** Pulls of all penalties by name of the weight. */
export type Pulls = ReadonlyMap<string, readonly Pull[]>;

/** What penalties pull with the weights as they are. */
export function pullsOf(weights: LiveWeights, penalties: readonly Penalty[]): Pulls {
  const pulls = new Map<string, Pull[]>();
  for (const penalty of penalties) {
    for (const [name, pull] of penalty.pulls(weights)) {
      const others = pulls.get(name);
      if (others) others.push(pull);
      else pulls.set(name, [pull]);
    }
  }
  return pulls;
}

/**
 * Adds pulls to gradients in place: `gradient += A * (W - B)` for every pull, then `gradient *= mask`
 * for every mask. Weights without a gradient do not learn and are left out.
 */
export function addPulls(
  weights: LiveWeights,
  gradients: ReadonlyMap<string, Float32Array>,
  pulls: Pulls,
): void {
  for (const [name, gradient] of gradients) {
    for (const pull of pulls.get(name) ?? []) addPull(gradient, weights.get(name)!, pull);
  }
  applyMasks(gradients, pulls);
}

/** Sets what is masked to zero, in gradients or in weights. */
export function applyMasks(arrays: ReadonlyMap<string, Float32Array>, pulls: Pulls): void {
  for (const [name, own] of pulls) {
    const array = arrays.get(name);
    for (const { mask } of own) if (mask && array) applyMask(array, mask);
  }
}

/**
 * Moves weights as pulls say, in place: `W -= rate * A * (W - B)`, of those that learn. No pull goes
 * beyond its centre, however long the step.
 */
export function followPulls(
  weights: LiveWeights,
  learning: Iterable<string>,
  pulls: Pulls,
  rate: number,
): void {
  for (const name of learning) {
    const w = weights.get(name)!;
    for (const { strength = 0, centre } of pulls.get(name) ?? []) {
      for (let i = 0; i < w.length; i++) {
        const a = typeof strength === "number" ? strength : strength[i];
        w[i] -= Math.min(1, rate * a) * (w[i] - (centre ? centre[i] : 0));
      }
    }
  }
}

function addPull(g: Float32Array, w: Float32Array, { strength = 0, centre }: Pull): void {
  if (typeof strength !== "number") {
    if (centre) pullEach(g, w, strength, centre);
    else shrinkEach(g, w, strength);
  } else if (strength !== 0) {
    if (centre) pullAll(g, w, strength, centre);
    else shrinkAll(g, w, strength);
  }
}

// One loop for each form: none has a branch inside, and all arrays are walked once.

function shrinkAll(g: Float32Array, w: Float32Array, a: number): void {
  for (let i = 0; i < g.length; i++) g[i] += a * w[i];
}

function shrinkEach(g: Float32Array, w: Float32Array, a: Float32Array): void {
  for (let i = 0; i < g.length; i++) g[i] += a[i] * w[i];
}

function pullAll(g: Float32Array, w: Float32Array, a: number, b: Float32Array): void {
  for (let i = 0; i < g.length; i++) g[i] += a * (w[i] - b[i]);
}

function pullEach(g: Float32Array, w: Float32Array, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < g.length; i++) g[i] += a[i] * (w[i] - b[i]);
}

/** Sets to 0, whatever it was: a gradient that is no number does not reach a masked weight. */
export function applyMask(array: Float32Array, mask: Uint8Array): void {
  for (let i = 0; i < array.length; i++) if (mask[i] === 0) array[i] = 0;
}
