/**
 * Small fully connected networks with their gradients: the agent's own, not those that are compressed.
 *
 * @module
 */

import type { Random } from "../../../graph/random.ts";
import type { Optimiser, OptimiserState } from "../../../training/optimisers/optimiser.ts";

/** Weights of the last layer begin below this, as DDPG's do: outputs begin near 0 (or 1/2). */
const LAST_BOUND = 3e-3;

/** Weights of one layer. */
interface MlpLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** `[outputs, inputs]` row-major. */
  readonly weight: Float32Array;
  /** `[outputs]`. */
  readonly bias: Float32Array;
}

/** What a network computed for some samples: its input, and what each layer gave. */
export type Activations = readonly Float64Array[];

/** Gradients of a number that depends on the outputs. */
export interface MlpGradients {
  /** In the order of {@linkcode Mlp.parameters}. */
  readonly parameters: readonly Float32Array[];
  /** `[samples, inputs]`. */
  readonly inputs: Float64Array;
}

/** Fully connected layers with ReLU between them; the last is linear, or a sigmoid. */
export class Mlp {
  readonly #layers: readonly MlpLayer[];
  readonly #last: "linear" | "sigmoid";

  /**
   * Draws weights uniformly within the inverse root of the fan-in, as DDPG does.
   *
   * @param sizes Of the input, of hidden layers, of the output.
   */
  constructor(sizes: readonly number[], last: "linear" | "sigmoid", random: Random) {
    this.#last = last;
    this.#layers = sizes.slice(1).map((outputs, i) => {
      const inputs = sizes[i];
      const bound = i === sizes.length - 2 ? LAST_BOUND : 1 / Math.sqrt(inputs);
      const weight = random.fillUniform(new Float32Array(outputs * inputs), -bound, bound);
      const bias = random.fillUniform(new Float32Array(outputs), -bound, bound);
      return { inputs, outputs, weight, bias };
    });
  }

  /** Weight and bias of each layer, live. */
  get parameters(): Float32Array[] {
    return this.#layers.flatMap(({ weight, bias }) => [weight, bias]);
  }

  /** Moves every parameter by a part `tau` of the way to another network's; 1 copies them. */
  follow(other: Mlp, tau: number): void {
    const to = other.parameters;
    this.parameters.forEach((own, p) => {
      for (let i = 0; i < own.length; i++) own[i] += tau * (to[p][i] - own[i]);
    });
  }

  /**
   * Computes the outputs, which are the last of the result.
   *
   * @param x `[samples, inputs]` row-major.
   */
  forward(x: Float64Array): Activations {
    const activations = [x];
    this.#layers.forEach(({ inputs, outputs, weight, bias }, l) => {
      const from = activations[l], samples = from.length / inputs;
      const to = new Float64Array(samples * outputs);
      const squash = l < this.#layers.length - 1 ? relu : this.#last === "sigmoid" ? sigmoid : same;
      for (let s = 0; s < samples; s++) {
        for (let o = 0; o < outputs; o++) {
          let sum = bias[o];
          for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * from[s * inputs + i];
          to[s * outputs + o] = squash(sum);
        }
      }
      activations.push(to);
    });
    return activations;
  }

  /**
   * Gradients by the chain rule.
   *
   * @param activations Of the samples, as {@linkcode forward} gave them.
   * @param outputs Gradient by the outputs, `[samples, outputs]`.
   */
  backward(activations: Activations, outputs: Float64Array): MlpGradients {
    const parameters: Float32Array[] = [];
    let gradient = outputs;
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, weight } = this.#layers[l];
      const from = activations[l], to = activations[l + 1], samples = from.length / inputs;
      const last = l === this.#layers.length - 1;
      const slope = !last ? reluSlope : this.#last === "sigmoid" ? sigmoidSlope : one;
      const ofWeight = new Float64Array(weight.length), ofBias = new Float64Array(outputs);
      const ofInputs = new Float64Array(from.length);
      for (let s = 0; s < samples; s++) {
        for (let o = 0; o < outputs; o++) {
          const g = gradient[s * outputs + o] * slope(to[s * outputs + o]);
          if (g === 0) continue;
          ofBias[o] += g;
          for (let i = 0; i < inputs; i++) {
            ofWeight[o * inputs + i] += g * from[s * inputs + i];
            ofInputs[s * inputs + i] += g * weight[o * inputs + i];
          }
        }
      }
      parameters.unshift(new Float32Array(ofWeight), new Float32Array(ofBias));
      gradient = ofInputs;
    }
    return { parameters, inputs: gradient };
  }
}

/** One optimiser's hold on a network. */
export class MlpUpdates {
  readonly #states: readonly OptimiserState[];
  #step = 0;

  /** For the parameters of `network`, which it changes in place at the learning rate `rate`. */
  constructor(
    readonly network: Mlp,
    readonly optimiser: Optimiser,
    readonly rate: number,
  ) {
    this.#states = network.parameters.map(({ length }) => optimiser.start(length));
  }

  /** One step against the gradients. */
  apply(gradients: readonly Float32Array[]): void {
    const options = { rate: this.rate, step: this.#step++, decay: 0 };
    this.network.parameters.forEach((parameter, p) =>
      this.optimiser.update(parameter, gradients[p], this.#states[p], options)
    );
  }
}

const relu = (x: number) => x > 0 ? x : 0;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const same = (x: number) => x;
// Slopes by what the function gave.
const reluSlope = (y: number) => y > 0 ? 1 : 0;
const sigmoidSlope = (y: number) => y * (1 - y);
const one = () => 1;
