/**
 * Builds models layer by layer.
 *
 * @module
 */

import type { ConvAttributes, Model, Node, PoolAttributes, ValueInfo } from "./model.ts";
import { inferShapes, outputShape } from "./shapes.ts";
import type { Shape, Tensor } from "./tensor.ts";

/** A weight: its values, or a function that makes them once the builder knows the shape. */
export type WeightSource = Tensor | ((shape: Shape, name: string) => Tensor);

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** Options of {@linkcode GraphBuilder.conv}. */
export interface ConvOptions {
  /** Name of the node; its weights become `NAME.weight` and `NAME.bias`. */
  readonly name: string;
  /** Number of filters, i.e. output channels. */
  readonly filters: number;
  /** Extent of the kernel. */
  readonly kernel: PerAxis;
  /** Step of the kernel. @default {1} */
  readonly stride?: PerAxis;
  /** The same on both sides of an axis. @default {0} */
  readonly pad?: PerAxis;
  /** Distance between kernel positions. @default {1} */
  readonly dilation?: PerAxis;
  /** Groups that channels and filters are split into. @default {1} */
  readonly group?: number;
  /** `[filters, channels / group, kernel...]` */
  readonly weights: WeightSource;
  /** `[filters]`; absent for none. */
  readonly bias?: WeightSource;
}

/** Options of {@linkcode GraphBuilder.maxPool}. */
export interface PoolOptions {
  /** Name of the node. */
  readonly name: string;
  /** Extent of the window. */
  readonly kernel: PerAxis;
  /** Step of the window. @default the kernel */
  readonly stride?: PerAxis;
  /** The same on both sides of an axis. @default {0} */
  readonly pad?: PerAxis;
}

/** Options of {@linkcode GraphBuilder.gemm}. */
export interface GemmOptions {
  /** Name of the node; its weights become `NAME.weight` and `NAME.bias`. */
  readonly name: string;
  /** Number of outputs. */
  readonly outputs: number;
  /** `[outputs, inputs]` */
  readonly weights: WeightSource;
  /** `[outputs]`; absent for none. */
  readonly bias?: WeightSource;
}

/**
 * Builds a {@linkcode Model}. Each method appends one node and returns the name of its output,
 * which is the name of the node. Shapes are checked as the graph grows.
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "./builder.ts";
 * import { zeros } from "./tensor.ts";
 *
 * const g = new GraphBuilder("tiny");
 * const x = g.input("clip", [1, 3, 16, 112, 112]);
 * const y = g.conv(x, { name: "conv1", filters: 8, kernel: 3, pad: 1, weights: zeros });
 * g.output(g.relu(y));
 * const model = g.build();
 * ```
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #opset: number;
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #nodes: Node[] = [];
  readonly #weights = new Map<string, Tensor>();
  readonly #shapes = new Map<string, Shape>();

  /** Starts an empty graph; `opset` is the version of the ONNX operators. */
  constructor(name: string, { opset = 17 }: { readonly opset?: number } = {}) {
    this.#name = name;
    this.#opset = opset;
  }

  /** Adds a graph input. */
  input(name: string, shape: Shape): string {
    this.#inputs.push({ name, shape });
    this.#shapes.set(name, shape);
    return name;
  }

  /** Convolution over as many spatial axes as `x` has. @throws {RangeError} on a shape misfit. */
  conv(x: string, options: ConvOptions): string {
    const { name, filters, group = 1, weights, bias } = options;
    const [, channels, ...extents] = this.shapeOf(x);
    const spatial = extents.length;
    const kernel = perAxis(options.kernel, spatial);
    const attributes: ConvAttributes = {
      kernel_shape: kernel,
      strides: perAxis(options.stride ?? 1, spatial),
      pads: bothSides(options.pad ?? 0, spatial),
      dilations: perAxis(options.dilation ?? 1, spatial),
      group,
    };
    const inputs = [
      x,
      this.#weight(`${name}.weight`, weights, [filters, channels / group, ...kernel]),
    ];
    if (bias) inputs.push(this.#weight(`${name}.bias`, bias, [filters]));
    return this.#append({ name, op: "Conv", inputs, outputs: [name], attributes });
  }

  /** `max(x, 0)`; named after its input by default, e.g. `"conv1/relu"`. */
  relu(x: string, name = `${x}/relu`): string {
    return this.#append({ name, op: "Relu", inputs: [x], outputs: [name], attributes: {} });
  }

  /** Max pooling. @throws {RangeError} when the window does not fit. */
  maxPool(x: string, options: PoolOptions): string {
    const { name, kernel, stride = kernel, pad = 0 } = options;
    const spatial = this.shapeOf(x).length - 2;
    const attributes: PoolAttributes = {
      kernel_shape: perAxis(kernel, spatial),
      strides: perAxis(stride, spatial),
      pads: bothSides(pad, spatial),
    };
    return this.#append({ name, op: "MaxPool", inputs: [x], outputs: [name], attributes });
  }

  /** `[N, C, ...]` to `[N, features]`; named after its input by default. */
  flatten(x: string, name = `${x}/flatten`): string {
    const attributes = { axis: 1 };
    return this.#append({ name, op: "Flatten", inputs: [x], outputs: [name], attributes });
  }

  /** Fully connected layer. @throws {RangeError} on a shape misfit. */
  gemm(x: string, options: GemmOptions): string {
    const { name, outputs, weights, bias } = options;
    const [, features] = this.shapeOf(x);
    const inputs = [x, this.#weight(`${name}.weight`, weights, [outputs, features])];
    if (bias) inputs.push(this.#weight(`${name}.bias`, bias, [outputs]));
    return this.#append({ name, op: "Gemm", inputs, outputs: [name], attributes: { transB: 1 } });
  }

  /** Makes the value `x` an output of the graph. */
  output(x: string): this {
    this.#outputs.push({ name: x, shape: this.shapeOf(x) });
    return this;
  }

  /** Shape of a value built so far. @throws {RangeError} when there is no such value. */
  shapeOf(x: string): Shape {
    const shape = this.#shapes.get(x);
    if (shape) return shape;
    throw new RangeError(
      `Cannot build model "${this.#name}" as a value must be built before it is read: ` +
        `current value is "${x}"`,
    );
  }

  /** The finished model. @throws {RangeError} when two values have one name. */
  build(): Model {
    const model: Model = {
      name: this.#name,
      opset: this.#opset,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      nodes: [...this.#nodes],
      weights: new Map(this.#weights),
      structures: new Map(),
      metadata: {},
    };
    inferShapes(model);
    return model;
  }

  #weight(name: string, source: WeightSource, shape: Shape): string {
    const weight = typeof source === "function" ? source(shape, name) : source;
    this.#weights.set(name, weight);
    this.#shapes.set(name, weight.shape);
    return name;
  }

  #append(node: Node): string {
    const shape = outputShape(node, node.inputs.map((name) => this.shapeOf(name)));
    this.#nodes.push(node);
    this.#shapes.set(node.outputs[0], shape);
    return node.outputs[0];
  }
}

function perAxis(value: PerAxis, spatial: number): readonly number[] {
  return typeof value === "number" ? new Array<number>(spatial).fill(value) : value;
}

function bothSides(pad: PerAxis, spatial: number): readonly number[] {
  const begins = perAxis(pad, spatial);
  return [...begins, ...begins];
}
