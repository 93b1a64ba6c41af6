/**
 * Training that diverges is stopped.
 *
 * @module
 */

import type { Gradients } from "./updates.ts";

/** Where training is. */
export interface StepPlace {
  /** Epoch, from 1. */
  readonly epoch: number;
  /** Step of that epoch, from 1. */
  readonly step: number;
  /** Steps of an epoch. */
  readonly steps: number;
}

/**
 * Checks the loss of a step and the norm of its gradients.
 *
 * @throws {RangeError} when one is NaN or infinite, naming the step and the first weight whose gradient
 *   is not finite.
 */
export function expectFinite(
  loss: number,
  norm: number,
  gradients: Gradients,
  { epoch, step, steps }: StepPlace,
): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  const weight = [...gradients].find(([, gradient]) => !gradient.every(Number.isFinite))?.[0];
  const what = Number.isFinite(loss) ? "gradients" : "the loss";
  const value = Number.isFinite(loss) ? norm : loss;
  const first = weight === undefined
    ? ""
    : `; the first weight with such a gradient is "${weight}"`;
  throw new RangeError(
    `Cannot go on with training as ${what} must be finite: current value is ${value} at step ` +
      `${step} of ${steps} in epoch ${epoch}${first}`,
  );
}
