/**
 * Stochastic gradient descent with momentum.
 *
 * @module
 */

import type { Optimiser, OptimiserState } from "./optimiser.ts";

/** Options of {@linkcode sgd}. */
export interface SgdOptions {
  /** Share of the last direction that is kept, `[0, 1)`. @default {0.9} */
  readonly momentum?: number;
  /** Whether the gradient is looked at one step of momentum ahead. @default {false} */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent, in the order that PyTorch documents for `torch.optim.SGD` without dampening:
 *
 *     g = gradient + decay * w
 *     v = momentum * v + g
 *     w = w - rate * (nesterov ? g + momentum * v : v)
 *
 * @throws {RangeError} when the momentum is not in `[0, 1)`, or Nesterov's form has none.
 */
export function sgd({ momentum = 0.9, nesterov = false }: SgdOptions = {}): Optimiser {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(
      `Cannot make optimiser "sgd" as "momentum" must be in [0, 1): current value is ${momentum}`,
    );
  }
  if (nesterov && momentum === 0) {
    throw new RangeError(
      `Cannot make optimiser "sgd" as "momentum" must be above 0 with "nesterov": ` +
        `current value is 0`,
    );
  }
  return {
    id: "sgd",
    options: { momentum, nesterov },
    start: (size): OptimiserState => momentum === 0 ? {} : { momentum: new Float32Array(size) },
    update(weight, gradient, state, { rate, decay }) {
      if (momentum === 0) descend(weight, gradient, rate, decay);
      else if (nesterov) lookAhead(weight, gradient, state.momentum, rate, decay, momentum);
      else roll(weight, gradient, state.momentum, rate, decay, momentum);
    },
  };
}

function descend(w: Float32Array, gradient: Float32Array, rate: number, decay: number): void {
  for (let i = 0; i < w.length; i++) w[i] -= rate * (gradient[i] + decay * w[i]);
}

function roll(
  w: Float32Array,
  gradient: Float32Array,
  v: Float32Array,
  rate: number,
  decay: number,
  momentum: number,
): void {
  for (let i = 0; i < w.length; i++) {
    const direction = momentum * v[i] + gradient[i] + decay * w[i];
    v[i] = direction;
    w[i] -= rate * direction;
  }
}

function lookAhead(
  w: Float32Array,
  gradient: Float32Array,
  v: Float32Array,
  rate: number,
  decay: number,
  momentum: number,
): void {
  for (let i = 0; i < w.length; i++) {
    const g = gradient[i] + decay * w[i];
    const direction = momentum * v[i] + g;
    v[i] = direction;
    w[i] -= rate * (g + momentum * direction);
  }
}
