/**
 * Weights that networks start from: random, the same for the same seed.
 *
 * @module
 */

import { Random } from "../../graph/random.ts";
import { type Shape, sizeOf, type Tensor, tensor } from "../../graph/tensor.ts";

/** Makes the weight called `name`, a `WeightSource` of the graph builder. */
export type InitialWeight = (shape: Shape, name: string) => Tensor;

/**
 * Random weights under which activations keep their scale from layer to layer, as under those of
 * trained networks, so that outputs are neither zero nor infinite however deep the network. Each
 * weight has a random stream named after it: adding a layer does not change the others.
 */
export class InitialWeights {
  readonly #seed: number;

  /** Takes the seed of all weights. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Uniform in `[low, high)`. */
  within(low: number, high: number): InitialWeight {
    return (shape, name) => {
      const random = new Random(this.#seed, `weights/${name}`);
      return tensor(random.fillUniform(new Float32Array(sizeOf(shape)), low, high), shape);
    };
  }

  /**
   * Of a layer that a ReLU follows. He et al. 2015, eq. 10: a ReLU halves the variance, the factor 6
   * instead of 3 restores it.
   */
  beforeRelu(): InitialWeight {
    return this.#byFanIn(6);
  }

  /** Of a layer without a ReLU behind it. */
  linear(): InitialWeight {
    return this.#byFanIn(3);
  }

  /** Small and not zero, so that a lost bias shows; `fanIn` products make up one output. */
  bias(fanIn: number): InitialWeight {
    return this.within(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  #byFanIn(factor: number): InitialWeight {
    return (shape, name) => {
      const bound = Math.sqrt(factor / sizeOf(shape.slice(1)));
      return this.within(-bound, bound)(shape, name);
    };
  }
}
