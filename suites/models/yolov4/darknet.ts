/**
 * The layers that Darknet networks are made of, called by their index in the configuration file.
 *
 * @module
 */

import type { NetworkBuilder } from "../network_builder.ts";

/** Follows every convolution but those of the outputs. */
export type Activation = "leaky" | "mish";

/** What weighs the values of a spatial attention module. */
export type Gate = "sigmoid" | "hard-sigmoid";

/** Options of {@linkcode Darknet}. */
export interface DarknetOptions {
  /** Follows every convolution but those of the outputs. */
  readonly activation: Activation;
}

/** Options of {@linkcode Darknet.conv}. */
export interface DarknetConvOptions {
  /** Number of filters at width 1. */
  readonly filters: number;
  /** Height and width of the kernel. @default {1} */
  readonly kernel?: 1 | 3;
  /** Step of the kernel. @default {1} */
  readonly stride?: 1 | 2;
  /** Whether its output is added to a residual. @default {false} */
  readonly damped?: boolean;
}

/**
 * Activations lower the mean square; a norm that multiplies by this restores it, for Mish about:
 * small values lose more of it than large ones.
 */
const GAIN: Readonly<Record<Activation, number>> = { leaky: 1.4, mish: 1.5 };

/** The share of it that is added to a residual, whose mean square would double with each block. */
const DAMPED = 0.25;

/**
 * Appends Darknet layers to a graph. The layer with index 5 of the configuration file is the node
 * `conv5`, `add5`, `concat5`, `pool5` or `up5`.
 */
export class Darknet {
  readonly #graph: NetworkBuilder;
  readonly #options: DarknetOptions;

  /** Layers will be appended to `graph`. */
  constructor(graph: NetworkBuilder, options: DarknetOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  /** Convolution without bias, batch normalization, activation; padded to keep the extents. */
  conv(index: number, x: string, options: DarknetConvOptions): string {
    const { kernel = 1, stride = 1, damped = false } = options;
    const filters = this.#graph.filters(options.filters);
    const layer = { name: `conv${index}`, filters, kernel, stride, pad: (kernel - 1) / 2 };
    const { activation } = this.#options;
    const scale = GAIN[activation] * (damped ? DAMPED : 1);
    const y = this.#graph.convNorm(x, layer, { scale });
    return activation === "mish"
      ? this.#graph.unary(y, "Mish", {}, `conv${index}/mish`)
      : this.#graph.leakyRelu(y, 0.1, `conv${index}/leaky`);
  }

  /** A 1x1 convolution with bias and nothing after it: an output of the network. */
  output(index: number, x: string, filters: number): string {
    return this.#graph.convLinear(x, { name: `conv${index}`, filters, kernel: 1 });
  }

  /**
   * Two convolutions, 1x1 and 3x3, added to what they read, with indices `index` to `index + 2`.
   *
   * @param inner Filters of the first one.
   * @param filters Filters of the second one: the channels of `x`.
   */
  residual(index: number, x: string, inner: number, filters: number): string {
    const y = this.conv(index, x, { filters: inner });
    const z = this.conv(index + 1, y, { filters, kernel: 3, damped: true });
    return this.#graph.add(z, x, `add${index + 2}`);
  }

  /** Five convolutions, 1x1 and 3x3 by turns, with indices `index` to `index + 4`. */
  five(index: number, x: string, filters: number): string {
    for (let i = 0; i < 5; i++) {
      x = i % 2 === 0
        ? this.conv(index + i, x, { filters })
        : this.conv(index + i, x, { filters: 2 * filters, kernel: 3 });
    }
    return x;
  }

  /** Joins channels. */
  concat(index: number, list: readonly string[]): string {
    return this.#graph.concat(list, 1, `concat${index}`);
  }

  /** Max pooling that keeps the extents. */
  pool(index: number, x: string, kernel: number): string {
    const pad = (kernel - 1) / 2;
    return this.#graph.maxPool(x, { name: `pool${index}`, kernel, stride: 1, pad });
  }

  /** Doubles height and width by repeating values. */
  up(index: number, x: string): string {
    return this.#graph.resize(x, { name: `up${index}`, scale: 2 });
  }

  /**
   * YOLOv4's spatial attention module (arXiv 2004.10934, fig. 5b): each value is multiplied by the
   * gate of a 1x1 convolution, with batch normalization, of all channels at its place.
   */
  attention(index: number, x: string, gate: Gate): string {
    const name = `sam${index}`;
    const y = this.#graph.convNorm(x, { name, filters: this.#graph.shapeOf(x)[1], kernel: 1 });
    const weight = gate === "sigmoid"
      ? this.#graph.unary(y, "Sigmoid", {}, `${name}/sigmoid`)
      // The slope at which the function meets both bounds at -3 and 3, as in PyTorch.
      : this.#graph.unary(y, "HardSigmoid", { alpha: 1 / 6, beta: 0.5 }, `${name}/hardsigmoid`);
    return this.#graph.mul(x, weight, `${name}/mul`);
  }
}
