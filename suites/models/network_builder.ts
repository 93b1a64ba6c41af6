/**
 * Builds networks out of the layers that classifiers are made of.
 *
 * @module
 */

import { type ConvOptions, GraphBuilder } from "../../graph/builder.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { type InitialWeight, InitialWeights } from "./initial_weights.ts";
import type { NetworkOptions } from "./options.ts";

/** A convolution without its weights, which the builder makes. */
export type ConvLayer = Omit<ConvOptions, "weights" | "bias">;

/** A fully connected layer without its weights, which the builder makes. */
export interface FullyConnectedLayer {
  /** Name of the node. */
  readonly name: string;
  /** Number of outputs. */
  readonly outputs: number;
}

/** Options of {@linkcode NetworkBuilder}. */
export interface NetworkBuilderOptions extends Pick<NetworkOptions, "seed" | "width" | "dropout"> {
  /** Epsilon of batch normalisations. @default {1e-5} */
  readonly epsilon?: number;
}

/** A wider network than this is a slip of the pen. */
const MOST_WIDTH = 16;

/**
 * A graph builder that makes the weights itself. Each method appends a layer and returns the name of
 * its last value: of a layer `conv1` the convolution is `conv1`, its batch normalisation `conv1/bn`
 * and its ReLU `conv1/relu`.
 */
export class NetworkBuilder extends GraphBuilder {
  readonly #weights: InitialWeights;
  readonly #epsilon: number;
  readonly #width: number;
  readonly #dropout: number;

  /**
   * Starts an empty network.
   *
   * @throws {RangeError} when the seed is not an integer, or the width or the dropout out of range.
   */
  constructor(name: string, options: NetworkBuilderOptions) {
    const { seed = 1, width = 1, dropout = 0, epsilon = 1e-5 } = options;
    super(name);
    const refuse = (option: string, accepted: string, value: number): never => {
      throw new RangeError(
        `Cannot build "${name}" as "${option}" must be ${accepted}: current value is ${value}`,
      );
    };
    if (!(width > 0 && width <= MOST_WIDTH)) refuse("width", `in (0, ${MOST_WIDTH}]`, width);
    if (!(dropout >= 0 && dropout < 1)) refuse("dropout", "in [0, 1)", dropout);
    this.#weights = new InitialWeights(seed);
    this.#epsilon = epsilon;
    this.#width = width;
    this.#dropout = dropout;
  }

  /** A number of filters at the network's width: a multiple of `group`, and not zero. */
  filters(count: number, group = 1): number {
    return group * Math.max(Math.round(count * this.#width / group), 1);
  }

  /** Convolution with bias. */
  convLinear(x: string, layer: ConvLayer): string {
    return this.#conv(x, layer, this.#weights.linear());
  }

  /** Convolution with bias, ReLU. */
  convRelu(x: string, layer: ConvLayer): string {
    return this.#relu(this.#conv(x, layer, this.#weights.beforeRelu()), layer);
  }

  /**
   * Convolution and batch normalisation, without a ReLU behind them.
   *
   * @param scale What the normalisation multiplies by, on average. Residual blocks keep it low, so
   *   that activations do not grow with every sum.
   */
  convNorm(x: string, layer: ConvLayer, { scale = 1 }: { readonly scale?: number } = {}): string {
    return this.#norm(this.conv(x, { ...layer, weights: this.#weights.linear() }), layer, scale);
  }

  /** Convolution, batch normalisation, ReLU. */
  convNormRelu(x: string, layer: ConvLayer): string {
    const y = this.conv(x, { ...layer, weights: this.#weights.beforeRelu() });
    return this.#relu(this.#norm(y, layer, 1), layer);
  }

  /** Fully connected layer. */
  fullyConnected(x: string, layer: FullyConnectedLayer): string {
    return this.#gemm(x, layer, this.#weights.linear());
  }

  /** Fully connected layer, ReLU; and dropout, when the network has any. */
  fullyConnectedRelu(x: string, layer: FullyConnectedLayer): string {
    const y = this.#relu(this.#gemm(x, layer, this.#weights.beforeRelu()), layer);
    return this.#dropout === 0 ? y : this.dropout(y, this.#dropout, `${layer.name}/dropout`);
  }

  #conv(x: string, layer: ConvLayer, weights: InitialWeight): string {
    const [, channels, ...extents] = this.shapeOf(x);
    const kernel = typeof layer.kernel === "number"
      ? layer.kernel ** extents.length
      : sizeOf(layer.kernel);
    const bias = this.#weights.bias(channels / (layer.group ?? 1) * kernel);
    return this.conv(x, { ...layer, weights, bias });
  }

  #gemm(x: string, layer: FullyConnectedLayer, weights: InitialWeight): string {
    const [, features] = this.shapeOf(x);
    return this.gemm(x, { ...layer, weights, bias: this.#weights.bias(features) });
  }

  #relu(x: string, { name }: { readonly name: string }): string {
    return this.relu(x, `${name}/relu`);
  }

  /** Statistics near those of normalised activations, all of them off by a little. */
  #norm(x: string, { name }: ConvLayer, scale: number): string {
    return this.batchNorm(x, {
      name: `${name}/bn`,
      epsilon: this.#epsilon,
      scale: this.#weights.within(0.8 * scale, 1.2 * scale),
      shift: this.#weights.within(-0.1 * scale, 0.1 * scale),
      mean: this.#weights.within(-0.1, 0.1),
      variance: this.#weights.within(0.8, 1.2),
    });
  }
}
