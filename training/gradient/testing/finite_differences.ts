/**
 * Gradients by central differences in double precision.
 *
 * @module
 */

import type { Model } from "../../../graph/model.ts";
import { evaluate, evaluateChange, type ModelValues } from "./evaluate.ts";
import type { Mode } from "./evaluator.ts";

/**
 * How far to go to either side. The error of a central difference, of the order of its square, and
 * the rounding of the values, of the order of 2^-53 over it, are both far below float32.
 */
const STEP = 2 ** -20;

/** The slopes of a scalar value of a model at one point. */
export class FiniteDifferences {
  /** All values of the model at the point. */
  readonly values: ModelValues;

  readonly #model: Model;
  readonly #scalar: string;
  readonly #mode: Mode;

  /** At the given inputs and the weights of the model; `scalar` is the name of a value of one element. */
  constructor(model: Model, scalar: string, inputs: ModelValues, mode: Mode = {}) {
    this.#model = model;
    this.#scalar = scalar;
    this.#mode = mode;
    this.values = evaluate(model, inputs, mode);
  }

  /** The scalar. */
  get value(): number {
    return this.values.get(this.#scalar)!.data[0];
  }

  /** The slope of an input or a weight along a direction: the product of gradient and direction. */
  along(name: string, direction: Float64Array): number {
    const after = this.#moved(name, direction, STEP);
    const before = this.#moved(name, direction, -STEP);
    return (after - before) / (2 * STEP);
  }

  #moved(name: string, direction: Float64Array, by: number): number {
    const { shape, data } = this.values.get(name)!;
    const value = { shape, data: data.map((v, i) => v + by * direction[i]) };
    const changed = evaluateChange(this.#model, this.values, [name, value], this.#mode);
    return (changed.get(this.#scalar) ?? this.values.get(this.#scalar)!).data[0];
  }
}
