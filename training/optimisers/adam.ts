/**
 * Adam (Kingma and Ba, 2015, algorithm 1), and AdamW (Loshchilov and Hutter, 2019, algorithm 2).
 *
 * @module
 */

import type { Optimiser } from "./optimiser.ts";

/** Options of {@linkcode adam} and {@linkcode adamw}. */
export interface AdamOptions {
  /** Share of the mean of gradients that is kept, `[0, 1)`. @default {0.9} */
  readonly beta1?: number;
  /** Share of the mean of squared gradients that is kept, `[0, 1)`. @default {0.999} */
  readonly beta2?: number;
  /** Added to the root of the mean square, above 0. @default {1e-8} */
  readonly epsilon?: number;
}

/**
 * Adam; weight decay is added to the gradient, and so scaled with it.
 *
 *     g = gradient + decay * w
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g^2
 *     w = w - rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * @throws {RangeError} when an option is out of its range.
 */
export function adam(options: AdamOptions = {}): Optimiser {
  return make("adam", options, false);
}

/**
 * Adam with decoupled weight decay: `w = w - rate * decay * w` before the update, whose gradient has
 * no decay in it.
 *
 * @throws {RangeError} when an option is out of its range.
 */
export function adamw(options: AdamOptions = {}): Optimiser {
  return make("adamw", options, true);
}

function make(id: string, options: AdamOptions, decoupled: boolean): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (beta >= 0 && beta < 1) continue;
    throw new RangeError(
      `Cannot make optimiser "${id}" as "${name}" must be in [0, 1): current value is ${beta}`,
    );
  }
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new RangeError(
      `Cannot make optimiser "${id}" as "epsilon" must be above 0: current value is ${epsilon}`,
    );
  }
  return {
    id,
    decoupled,
    options: { beta1, beta2, epsilon },
    start: (size) => ({ mean: new Float32Array(size), square: new Float32Array(size) }),
    update(weight, gradient, { mean, square }, { rate, step, decay }) {
      const bias1 = 1 - beta1 ** (step + 1), bias2 = 1 - beta2 ** (step + 1);
      const shrink = decoupled ? 1 - rate * decay : 1;
      const coupled = decoupled ? 0 : decay;
      // One quotient for both corrections: m / bias1 / (sqrt(v / bias2) + epsilon).
      const scale = rate * Math.sqrt(bias2) / bias1;
      const floor = epsilon * Math.sqrt(bias2);
      for (let i = 0; i < weight.length; i++) {
        const g = gradient[i] + coupled * weight[i];
        const m = beta1 * mean[i] + (1 - beta1) * g;
        const v = beta2 * square[i] + (1 - beta2) * g * g;
        mean[i] = m;
        square[i] = v;
        weight[i] = shrink * weight[i] - scale * m / (Math.sqrt(v) + floor);
      }
    },
  };
}
