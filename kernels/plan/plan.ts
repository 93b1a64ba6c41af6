/**
 * A plan: what the runtime executes. Made by lowering a model, written to one file, and read by
 * every device. Mirrors `kernels/include/kerf_plan.h`.
 *
 * @module
 */

import type { Activation } from "./activation.ts";

export * from "./activation.ts";

/** Highest rank of a plan's tensor. */
export const MAX_RANK = 6;

/** A strided view of floats in the arena, or of constants in the file. */
export interface PlanTensor {
  /** Outermost axis first, at most {@linkcode MAX_RANK}; none for one value. */
  readonly extents: readonly number[];
  /** From one position to the next on each axis, floats; 0 repeats, negative goes backwards. */
  readonly strides: readonly number[];
  /** Of the element at position 0 of all axes, floats. */
  readonly base: number;
  /** What the floats lie in. Constants are never written. */
  readonly space: "arena" | "constants";
}

/** Depth, height, width. */
export type Triple = readonly [number, number, number];

/** A weight matrix cut into blocks of rows that share their lists of kept columns. */
export interface PackedMatrix {
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** Kernel positions. */
  readonly taps: number;
  /** Channels that one entry of a list stands for. */
  readonly span: number;
  /** Channels that are walked before the next block of rows. */
  readonly channelBlock: number;
  /** Rows of each block: 8, 4, 2 or 1. */
  readonly blockRows: Uint32Array;
  /** Output channel of each packed row. */
  readonly rowOrder: Uint32Array;
  /** List of each (channel block, row block), channel block outermost. */
  readonly listOf: Uint32Array;
  /** Where each list starts in `index`, and its end: `lists + 1` values. */
  readonly listStart: Uint32Array;
  /** Entries of each list. */
  readonly listEntries: Uint32Array;
  /** Delta-coded lists, see `index_code.ts`. */
  readonly index: Uint8Array;
  /** `[channel block][row block][column][row of the block]`. */
  readonly weights: Float32Array;
  /** In packed order; absent for none. */
  readonly bias?: Float32Array;
}

/** What all operators have in common. */
export interface OperatorBase {
  /** Of the layer that it computes, for reports. */
  readonly name: string;
  /** Indices of the tensors that are read, at most three. */
  readonly inputs: readonly number[];
  /** Index of the tensor that is written. */
  readonly output: number;
  /** Applied to every value before it is stored. */
  readonly activation: Activation;
}

/** Pooling window. */
export interface PoolWindow {
  /** Extents of the window. */
  readonly kernel: Triple;
  /** From one window to the next. */
  readonly stride: Triple;
  /** Before each axis; padded positions never win a maximum. */
  readonly pad: Triple;
}

/** When a convolution adds its second input, of the output's extents. */
export type ResidualFunction = "add_then_activate" | "activate_then_add";

/**
 * Convolution of a `[C, D, H, W]` tensor with fused bias, residual, activation and pooling. A
 * second input has the extents of the output and is added before or behind the activation; it
 * excludes a fused pool. The input's last stride is 1 and its strides are those of one padded volume, so that
 * a tap is one offset.
 */
export interface ConvolutionOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "convolution";
  /** When a second input is added. */
  readonly function: ResidualFunction;
  /** Weights and bias. */
  readonly matrix: PackedMatrix;
  /** Offset of each tap from the output's position, floats. */
  readonly tapOffsets: Int32Array;
  /** From one input channel to the next, floats. */
  readonly channelStep: number;
  /** Extents before a fused pool. */
  readonly extents: Triple;
  /** Max pooling that follows the activation: kernel = stride and no padding. */
  readonly pool?: PoolWindow;
}

/**
 * Dense convolution that packs what it reads: a `[C, D, H, W]` tensor whose last stride is 1, without
 * a halo, as what lies outside counts as zero. A second input is added.
 */
export interface PackingConvolution extends OperatorBase {
  /** When a second input is added. */
  readonly function: ResidualFunction;
  /** Filters. */
  readonly rows: number;
  /** Input channels. */
  readonly channels: number;
  /** Padding before each axis. */
  readonly pad: Triple;
  /** Filters, packed as the kernels walk them. */
  readonly weights: Float32Array;
  /** `[rows]`; absent for none. */
  readonly bias?: Float32Array;
}

/** By Winograd's F(4x4, 3x3): 3x3 kernels of stride 1, summed over planes; see `pack_winograd.ts`. */
export interface WinogradOperator extends PackingConvolution {
  /** Which kind of operator this is. */
  readonly kind: "winograd";
  /** Kernel positions along the depth. */
  readonly depthTaps: number;
}

/** By kernels for any window; see `pack_dense.ts`. */
export interface DenseConvolutionOperator extends PackingConvolution {
  /** Which kind of operator this is. */
  readonly kind: "dense_convolution";
  /** Extents of the kernel. */
  readonly kernel: Triple;
  /** From one output to the next. */
  readonly stride: Triple;
  /** From one kernel position to the next. */
  readonly dilation: Triple;
}

/**
 * Convolution of each channel with kernels of its own: output channel m reads input channel
 * `floor(m / multiplier)`. Layout, taps and a second input as in {@linkcode ConvolutionOperator}.
 */
export interface DepthwiseOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "depthwise";
  /** When a second input is added. */
  readonly function: ResidualFunction;
  /** Output channels of each input channel. */
  readonly multiplier: number;
  /** Offset of each tap from the output's position, floats. */
  readonly tapOffsets: Int32Array;
  /** From one input channel to the next, floats. */
  readonly channelStep: number;
  /** `[channels * multiplier, taps]` */
  readonly weights: Float32Array;
  /** `[channels * multiplier]`; absent for none. */
  readonly bias?: Float32Array;
}

/** Fully connected layer of one vector: input and output have rank 1 and stride 1. */
export interface FullyConnectedOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "fully_connected";
  /** Weights and bias. */
  readonly matrix: PackedMatrix;
}

/** Pooling of a `[C, D, H, W]` tensor. */
export interface PoolOperator extends OperatorBase, PoolWindow {
  /** Which kind of operator this is. */
  readonly kind: "pool";
  /** What is made of a window: its maximum, its mean, or its p-norm. */
  readonly function: "max" | "average" | "norm";
  /** Distance between positions of the window. */
  readonly dilation: Triple;
  /** Behind each axis; matters where padding counts. */
  readonly padEnd: Triple;
  /** Whether padded positions count as zeros of an average. */
  readonly countPadding: boolean;
  /** Which norm; 0 for the other functions. */
  readonly p: number;
}

/** Functions of one to three values, position by position. */
export type ElementwiseFunction =
  | "copy" // a
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "max"
  | "min"
  | "prelu" // a < 0 ? a * b : a
  | "multiply_add"; // a * b + c

/**
 * Position by position over tensors of any strides, all of the output's extents (broadcast ones
 * have stride 0). Copies are how transposed, sliced, joined and padded values move.
 */
export interface ElementwiseOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "elementwise";
  /** Made of the inputs, before the activation. */
  readonly function: ElementwiseFunction;
}

/** What is made of many values. */
export type ReduceFunction =
  | "mean"
  | "sum"
  | "max"
  | "min"
  | "prod"
  | "sum_square"
  | "l1"
  | "l2";

/** Reduction: the axes on which the output has stride 0 are reduced; ranks and extents agree. */
export interface ReduceOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "reduce";
  /** What is made of the values. */
  readonly function: ReduceFunction;
}

/** Softmax along one axis; input and output have the same extents. */
export interface SoftmaxOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "softmax";
  /** The axis. */
  readonly axis: number;
  /** Whether the logarithm is taken. */
  readonly log: boolean;
}

/** What one position of an axis is made of: `taps` positions of the input and their weights. */
export interface ResampleTable {
  /** Input positions of each output position; 1 where an axis is unchanged. */
  readonly taps: number;
  /** `[extent, taps]` */
  readonly positions: Uint32Array;
  /** `[extent, taps]` */
  readonly weights: Float32Array;
}

/** Separable interpolation of a `[C, D, H, W]` tensor to other extents of the last three axes. */
export interface ResampleOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "resample";
  /** For depth, height and width. */
  readonly tables: readonly [ResampleTable, ResampleTable, ResampleTable];
}

/** Local response normalization across the first axis of a `[C, D, H, W]` tensor. */
export interface LrnOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "lrn";
  /** Channels in a window. */
  readonly size: number;
  /** Scale of the mean square. */
  readonly alpha: number;
  /** Exponent. */
  readonly beta: number;
  /** Added to the scaled mean square. */
  readonly bias: number;
}

/**
 * Product of two rank-3 tensors: `[B, M, K] x [B, K, N]` to `[B, M, N]`, any strides; a batch that
 * is repeated has stride 0. A third input of the output's extents is added.
 */
export interface MatrixProductOperator extends OperatorBase {
  /** Which kind of operator this is. */
  readonly kind: "matrix_product";
}

/**
 * Zeroes what lies between the rows, planes and channels of a `[C, D, H, W]` tensor, and `lead`
 * floats before and `trail` behind it: the padding that readers of the tensor count on, after
 * others have used the same floats.
 */
export interface ClearOperator extends OperatorBase {
  /** Which kind of operator this is; it has no inputs and no activation. */
  readonly kind: "clear";
  /** Floats before the first element. */
  readonly lead: number;
  /** Floats behind the last element. */
  readonly trail: number;
}

/** One step of a plan. */
export type PlanOperator =
  | ConvolutionOperator
  | WinogradOperator
  | DenseConvolutionOperator
  | DepthwiseOperator
  | FullyConnectedOperator
  | PoolOperator
  | ElementwiseOperator
  | ReduceOperator
  | SoftmaxOperator
  | ResampleOperator
  | LrnOperator
  | MatrixProductOperator
  | ClearOperator;

/** A value that goes in or comes out. */
export interface PlanValue {
  /** As the model calls it. */
  readonly name: string;
  /** Index of its tensor, in the arena and of the value's shape. */
  readonly tensor: number;
}

/** What the runtime executes. */
export interface Plan {
  /** Views of activations and constants; several may lie on the same floats. */
  readonly tensors: readonly PlanTensor[];
  /** In execution order. */
  readonly operators: readonly PlanOperator[];
  /** What a run is given. */
  readonly inputs: readonly PlanValue[];
  /** What a run returns. */
  readonly outputs: readonly PlanValue[];
  /** Floats that tensors of space `"constants"` lie in. */
  readonly constants: Float32Array;
  /** Floats of all activations, slack included. */
  readonly arenaFloats: number;
}

/** A plan, or a plan file, that breaks the rules of the format. */
export class PlanFormatError extends Error {
  /** For messages. */
  override readonly name = "PlanFormatError";

  /** `reason` says what is wrong; `path` is absent for a plan that is not in a file. */
  constructor(readonly reason: string, readonly path?: string) {
    const what = path === undefined ? "plan" : `plan "${path}"`;
    super(`Cannot load ${what} as it must be valid: ${reason}`);
  }
}
