/**
 * The part of the builder that makes layers: operators with a kernel, a window or weights.
 *
 * @module
 */

import type { ConvAttributes, PoolAttributes } from "../model.ts";
import { BuilderCore, type PerAxis, perAxis, type WeightSource } from "./core.ts";

/** Where a kernel or a window goes. */
export interface WindowOptions {
  /** Name of the node. */
  readonly name: string;
  /** Extent of the kernel or window. */
  readonly kernel: PerAxis;
  /** Step. @default {1}, of a pool the kernel */
  readonly stride?: PerAxis;
  /** The same on both sides of an axis. @default {0} */
  readonly pad?: PerAxis;
  /** Begins of all spatial axes, then ends; instead of `pad`, where both sides differ. */
  readonly pads?: readonly number[];
  /** Distance between positions of the kernel or window. @default {1} */
  readonly dilation?: PerAxis;
}

/** Options of {@linkcode GraphBuilder.conv}; its weights become `NAME.weight` and `NAME.bias`. */
export interface ConvOptions extends WindowOptions {
  /** Number of filters, i.e. output channels. */
  readonly filters: number;
  /** Groups that channels and filters are split into. @default {1} */
  readonly group?: number;
  /** `[filters, channels / group, kernel...]` */
  readonly weights: WeightSource;
  /** `[filters]`; absent for none. */
  readonly bias?: WeightSource;
}

/** Options of {@linkcode GraphBuilder.convTranspose}: weights `[channels, filters / group, kernel...]`. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Rows added at the end of each spatial axis of the output. @default {0} */
  readonly outputPadding?: PerAxis;
}

/** Options of {@linkcode GraphBuilder.maxPool}. */
export interface PoolOptions extends WindowOptions {
  /** Whether a last window may end behind the padded input. @default {false} */
  readonly ceil?: boolean;
}

/** Options of {@linkcode GraphBuilder.averagePool}. */
export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding counts as zeros of the average. @default {false} */
  readonly countPadding?: boolean;
}

/** Options of {@linkcode GraphBuilder.lpPool}. */
export interface LpPoolOptions extends PoolOptions {
  /** Which norm. @default {2} */
  readonly p?: number;
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

/** Options of {@linkcode GraphBuilder.instanceNorm}. */
export interface InstanceNormOptions {
  /** Name of the node; its weights become `NAME.weight` and `NAME.bias`. */
  readonly name: string;
  /** Factor of each channel. */
  readonly scale: WeightSource;
  /** Added to each channel. */
  readonly shift: WeightSource;
  /** Added to the variance. @default {1e-5} */
  readonly epsilon?: number;
}

/** Options of {@linkcode GraphBuilder.batchNorm}, which also has weights `NAME.mean`, `NAME.var`. */
export interface BatchNormOptions extends InstanceNormOptions {
  /** Running mean of each channel. */
  readonly mean: WeightSource;
  /** Running variance of each channel. */
  readonly variance: WeightSource;
}

/** Options of {@linkcode GraphBuilder.lrn}; defaults are those of ONNX. */
export interface LrnOptions {
  /** Name of the node. @default its input's name and `/lrn` */
  readonly name?: string;
  /** Channels in a window. */
  readonly size: number;
  /** Scale of the mean square. @default {1e-4} */
  readonly alpha?: number;
  /** Exponent. @default {0.75} */
  readonly beta?: number;
  /** Added to the scaled mean square. @default {1} */
  readonly bias?: number;
}

/** Layers: each method appends one node and returns the name of its output, that of the node. */
export class LayerBuilder extends BuilderCore {
  /** Convolution over as many spatial axes as `x` has. @throws {RangeError} on a shape misfit. */
  conv(x: string, options: ConvOptions): string {
    const { name, filters, group = 1, weights, bias } = options;
    const window = this.#window(x, options);
    const shape = [filters, this.shapeOf(x)[1] / group, ...window.kernel_shape];
    const inputs = [x, this.weightOf(`${name}.weight`, weights, shape)];
    if (bias) inputs.push(this.weightOf(`${name}.bias`, bias, [filters]));
    return this.appendOne({ name, op: "Conv", inputs, attributes: { ...window, group } });
  }

  /** Transposed convolution. @throws {RangeError} on a shape misfit. */
  convTranspose(x: string, options: ConvTransposeOptions): string {
    const { name, filters, group = 1, weights, bias, outputPadding = 0 } = options;
    const window = this.#window(x, options);
    const shape = [this.shapeOf(x)[1], filters / group, ...window.kernel_shape];
    const inputs = [x, this.weightOf(`${name}.weight`, weights, shape)];
    if (bias) inputs.push(this.weightOf(`${name}.bias`, bias, [filters]));
    const output_padding = perAxis(outputPadding, window.strides.length);
    const attributes = { ...window, group, output_padding };
    return this.appendOne({ name, op: "ConvTranspose", inputs, attributes });
  }

  /** Fully connected layer. @throws {RangeError} on a shape misfit. */
  gemm(x: string, options: GemmOptions): string {
    const { name, outputs, weights, bias } = options;
    const shape = [outputs, this.shapeOf(x)[1]];
    const inputs = [x, this.weightOf(`${name}.weight`, weights, shape)];
    if (bias) inputs.push(this.weightOf(`${name}.bias`, bias, [outputs]));
    return this.appendOne({ name, op: "Gemm", inputs, attributes: { transB: 1 } });
  }

  /** Product of two values or weights, batch axes broadcast. @throws {RangeError} on a misfit. */
  matMul(a: string, b: string, name: string = `${a}/matmul`): string {
    return this.appendOne({ name, op: "MatMul", inputs: [a, b], attributes: {} });
  }

  /** Batch normalization as in inference. @throws {RangeError} on a shape misfit. */
  batchNorm(x: string, options: BatchNormOptions): string {
    const { name, scale, shift, mean, variance, epsilon = 1e-5 } = options;
    const inputs = [
      x,
      ...this.#perChannel(x, name, { weight: scale, bias: shift, mean, var: variance }),
    ];
    return this.appendOne({ name, op: "BatchNormalization", inputs, attributes: { epsilon } });
  }

  /** Instance normalization. @throws {RangeError} on a shape misfit. */
  instanceNorm(x: string, options: InstanceNormOptions): string {
    const { name, scale, shift, epsilon = 1e-5 } = options;
    const inputs = [x, ...this.#perChannel(x, name, { weight: scale, bias: shift })];
    return this.appendOne({ name, op: "InstanceNormalization", inputs, attributes: { epsilon } });
  }

  /** Local response normalization across channels. */
  lrn(x: string, options: LrnOptions): string {
    const { name = `${x}/lrn`, size, alpha = 1e-4, beta = 0.75, bias = 1 } = options;
    const attributes = { size, alpha, beta, bias };
    return this.appendOne({ name, op: "LRN", inputs: [x], attributes });
  }

  /** Max pooling. @throws {RangeError} when the window does not fit. */
  maxPool(x: string, options: PoolOptions): string {
    const attributes = this.#pool(x, options);
    return this.appendOne({ name: options.name, op: "MaxPool", inputs: [x], attributes });
  }

  /** Average pooling. @throws {RangeError} when the window does not fit. */
  averagePool(x: string, options: AveragePoolOptions): string {
    const { name, countPadding = false } = options;
    const attributes = { ...this.#pool(x, options), count_include_pad: countPadding ? 1 : 0 };
    return this.appendOne({ name, op: "AveragePool", inputs: [x], attributes });
  }

  /** The p-norm of each window. @throws {RangeError} when the window does not fit. */
  lpPool(x: string, options: LpPoolOptions): string {
    const attributes = { ...this.#pool(x, options), p: options.p ?? 2 };
    return this.appendOne({ name: options.name, op: "LpPool", inputs: [x], attributes });
  }

  /** Mean of each channel; spatial axes stay, with extent 1. */
  globalAveragePool(x: string, name: string = `${x}/globalaveragepool`): string {
    return this.appendOne({ name, op: "GlobalAveragePool", inputs: [x], attributes: {} });
  }

  /** Maximum of each channel; spatial axes stay, with extent 1. */
  globalMaxPool(x: string, name: string = `${x}/globalmaxpool`): string {
    return this.appendOne({ name, op: "GlobalMaxPool", inputs: [x], attributes: {} });
  }

  #perChannel(x: string, name: string, sources: Record<string, WeightSource>): string[] {
    const shape = [this.shapeOf(x)[1]];
    return Object.entries(sources).map(([key, source]) =>
      this.weightOf(`${name}.${key}`, source, shape)
    );
  }

  #window(x: string, options: WindowOptions): Omit<ConvAttributes, "group"> {
    const spatial = this.shapeOf(x).length - 2;
    const pad = perAxis(options.pad ?? 0, spatial);
    return {
      kernel_shape: perAxis(options.kernel, spatial),
      strides: perAxis(options.stride ?? 1, spatial),
      pads: options.pads ?? [...pad, ...pad],
      dilations: perAxis(options.dilation ?? 1, spatial),
    };
  }

  #pool(x: string, options: PoolOptions): PoolAttributes {
    const { kernel, stride = kernel, ceil = false } = options;
    return { ...this.#window(x, { ...options, stride }), ceil_mode: ceil ? 1 : 0 };
  }
}
