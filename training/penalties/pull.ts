/**
 * How the pulls of all penalties meet the gradients.
 *
 * @module
 */

import type { LiveWeights, Penalty, Pull } from "./penalty.ts";

/**
 * Adds what penalties pull to gradients in place: `gradient += A * (W - B)` for every penalty, then
 * `gradient *= mask` for every mask. Weights without a gradient do not learn and are left out.
 */
export function applyPulls(
  weights: LiveWeights,
  gradients: ReadonlyMap<string, Float32Array>,
  penalties: readonly Penalty[],
): void {
  const pullsOf = penalties.map((penalty) => penalty.pulls(weights));
  for (const [name, gradient] of gradients) {
    const pulls = pullsOf.flatMap((pulls) => pulls.get(name) ?? []);
    for (const pull of pulls) addPull(gradient, weights.get(name)!, pull);
    for (const { mask } of pulls) if (mask) applyMask(gradient, mask);
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
