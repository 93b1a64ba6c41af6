/**
 * The intermediate representation: a typed ONNX graph. Operators, attributes and semantics are
 * those of the ONNX standard; static types are laid on top.
 *
 * A model is in normal form: shapes are static, every attribute is filled in, and what ONNX passes
 * as a small constant input (the shape of a Reshape, the bounds of a Slice) is an attribute. So one
 * operator has one form here, whatever opset its file had; the reader brings files into this form
 * and the writer writes the lowest opset, 17 to 20, that has all its operators.
 *
 * @module
 */

import type { Shape, Tensor } from "./tensor.ts";
import type { WeightStructure } from "./structure.ts";

/** Attributes of `Conv` (1-D to 3-D); every list is complete, defaults filled in. */
export interface ConvAttributes {
  /** Extent of the kernel along each spatial axis. */
  readonly kernel_shape: readonly number[];
  /** Step along each spatial axis. */
  readonly strides: readonly number[];
  /** Begins of all spatial axes, then ends, as ONNX writes them. */
  readonly pads: readonly number[];
  /** Distance between kernel positions along each spatial axis; 1 for a plain kernel. */
  readonly dilations: readonly number[];
  /** Groups that channels and filters are split into; 1 for a plain convolution. */
  readonly group: number;
}

/** Attributes of `ConvTranspose`; `output_shape` and `auto_pad` are resolved into `pads`. */
export interface ConvTransposeAttributes extends ConvAttributes {
  /** Rows added at the end of each spatial axis of the output. */
  readonly output_padding: readonly number[];
}

/** Attributes of a pooling window. */
export interface PoolAttributes {
  /** Extent of the window along each spatial axis. */
  readonly kernel_shape: readonly number[];
  /** Step along each spatial axis. */
  readonly strides: readonly number[];
  /** Begins of all spatial axes, then ends, as ONNX writes them. */
  readonly pads: readonly number[];
  /** Distance between positions of the window along each spatial axis. */
  readonly dilations: readonly number[];
  /** 1 when a window may begin inside and end behind the padded input. */
  readonly ceil_mode: 0 | 1;
}

/** Attributes of `AveragePool`. */
export interface AveragePoolAttributes extends PoolAttributes {
  /** 1 when padding counts as zeros of the average. */
  readonly count_include_pad: 0 | 1;
}

/** Attributes of `LpPool`. */
export interface LpPoolAttributes extends PoolAttributes {
  /** Which norm. */
  readonly p: number;
}

/** Attributes of `Gemm` as fully connected layers use it: `y = x * W^T + b`, W `[out, in]`. */
export interface GemmAttributes {
  /** The weight is stored `[out, in]`. */
  readonly transB: 1;
}

/** Attributes of `Resize`, with the roi left out. */
export interface ResizeAttributes {
  /** How values between positions are made. */
  readonly mode: "nearest" | "linear" | "cubic";
  /** From a position of the output to one of the input. */
  readonly coordinate_transformation_mode:
    | "half_pixel"
    | "half_pixel_symmetric"
    | "pytorch_half_pixel"
    | "align_corners"
    | "asymmetric";
  /** Which neighbour is the nearest. */
  readonly nearest_mode: "round_prefer_floor" | "round_prefer_ceil" | "floor" | "ceil";
  /** Coefficient of the cubic interpolation. */
  readonly cubic_coeff_a: number;
  /** 1 when positions outside the input get weight 0 and the rest is scaled up. */
  readonly exclude_outside: 0 | 1;
  /** 1 when downsampling filters are widened by the scale. */
  readonly antialias: 0 | 1;
  /** Output extent over input extent of each axis. */
  readonly scales: readonly number[];
  /** Extents of the output, all axes. */
  readonly sizes: readonly number[];
  /** Which of both the file gave, and so which is written. */
  readonly given: "scales" | "sizes";
}

/** Attributes of `Slice`; one entry for each axis of the input, in bounds. */
export interface SliceAttributes {
  /** First position taken, `[0, extent)`. */
  readonly starts: readonly number[];
  /** Positions taken. */
  readonly counts: readonly number[];
  /** From one position to the next; negative goes backwards. */
  readonly steps: readonly number[];
}

/** Attributes of `Pad`. */
export interface PadAttributes {
  /** Begins of all axes, then ends; negative ones crop. */
  readonly pads: readonly number[];
  /** What the padding holds. */
  readonly mode: "constant" | "reflect" | "edge" | "wrap";
  /** Of mode `"constant"`. */
  readonly value: number;
}

/** Attributes of a reduction. */
export interface ReduceAttributes {
  /** Axes that are reduced, ascending, not negative. */
  readonly axes: readonly number[];
  /** Whether reduced axes stay, with extent 1. */
  readonly keepdims: 0 | 1;
}

/** No attributes. */
export type NoAttributes = Record<never, never>;

/** What all operators have in common. */
export interface NodeOf<Op extends string, Attributes> {
  /** Unique in the model; what reports call the layer. */
  readonly name: string;
  /** ONNX operator type. */
  readonly op: Op;
  /** Names of values and weights read. */
  readonly inputs: readonly string[];
  /** Names of values written. */
  readonly outputs: readonly string[];
  /** Complete: defaults of the standard are filled in. */
  readonly attributes: Attributes;
}

/** Convolution: inputs `x`, weight `[M, N/group, K...]`, optional bias `[M]`. */
export type ConvNode = NodeOf<"Conv", ConvAttributes>;
/** Transposed convolution: inputs `x`, weight `[N, M/group, K...]`, optional bias `[M]`. */
export type ConvTransposeNode = NodeOf<"ConvTranspose", ConvTransposeAttributes>;
/** Fully connected layer: inputs `x [batch, in]`, weight `[out, in]`, optional bias `[out]`. */
export type GemmNode = NodeOf<"Gemm", GemmAttributes>;
/** Matrix product of any two values or weights, batch axes broadcast. */
export type MatMulNode = NodeOf<"MatMul", NoAttributes>;
/** Max pooling; padded positions never win. */
export type MaxPoolNode = NodeOf<"MaxPool", PoolAttributes>;
/** Average pooling. */
export type AveragePoolNode = NodeOf<"AveragePool", AveragePoolAttributes>;
/** The p-norm of each window. */
export type LpPoolNode = NodeOf<"LpPool", LpPoolAttributes>;
/** Pooling over all positions of a channel; spatial axes stay, with extent 1. */
export type GlobalPoolNode =
  | NodeOf<"GlobalAveragePool", NoAttributes>
  | NodeOf<"GlobalMaxPool", NoAttributes>;
/** Inference: inputs `x`, scale, shift, mean, variance, each `[C]`. */
export type BatchNormalizationNode = NodeOf<"BatchNormalization", { readonly epsilon: number }>;
/** Per image and channel: inputs `x`, scale, shift, each `[C]`. */
export type InstanceNormalizationNode = NodeOf<
  "InstanceNormalization",
  { readonly epsilon: number }
>;
/** Local response normalization across channels. */
export type LrnNode = NodeOf<
  "LRN",
  { readonly alpha: number; readonly beta: number; readonly bias: number; readonly size: number }
>;

/** Functions of one value without parameters. */
export type PlainFunction =
  | "Relu"
  | "Sigmoid"
  | "Tanh"
  | "Mish"
  | "HardSwish"
  | "Softplus"
  | "Softsign"
  | "Erf"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Abs"
  | "Neg"
  | "Reciprocal"
  | "Floor"
  | "Ceil";

/** Elementwise function of one value without parameters. */
export type PlainFunctionNode = { [Op in PlainFunction]: NodeOf<Op, NoAttributes> }[PlainFunction];
/** `max(x, 0)`. */
export type ReluNode = NodeOf<"Relu", NoAttributes>;
/** `x < 0 ? alpha * x : x`. */
export type LeakyReluNode = NodeOf<"LeakyRelu", { readonly alpha: number }>;
/** `x < 0 ? alpha * (exp(x) - 1) : x`. */
export type EluNode = NodeOf<"Elu", { readonly alpha: number }>;
/** `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`. */
export type CeluNode = NodeOf<"Celu", { readonly alpha: number }>;
/** Scaled ELU. */
export type SeluNode = NodeOf<"Selu", { readonly alpha: number; readonly gamma: number }>;
/** `max(0, min(1, alpha * x + beta))`. */
export type HardSigmoidNode = NodeOf<
  "HardSigmoid",
  { readonly alpha: number; readonly beta: number }
>;
/** Gaussian error linear unit. */
export type GeluNode = NodeOf<"Gelu", { readonly approximate: "none" | "tanh" }>;
/** `min(max(x, min), max)`; an absent bound is infinite. */
export type ClipNode = NodeOf<"Clip", { readonly min: number; readonly max: number }>;

/** Functions of two values, broadcast to one shape. */
export type BinaryFunction = "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Max" | "Min" | "PRelu";
/** Elementwise function of exactly two values or weights, broadcast; PRelu: `x`, slope. */
export type BinaryNode = { [Op in BinaryFunction]: NodeOf<Op, NoAttributes> }[BinaryFunction];
/** Softmax, or its logarithm, along one axis (not negative). */
export type SoftmaxNode =
  | NodeOf<"Softmax", { readonly axis: number }>
  | NodeOf<"LogSoftmax", { readonly axis: number }>;
/** Reductions that a model can have. */
export type Reduction =
  | "ReduceMean"
  | "ReduceSum"
  | "ReduceMax"
  | "ReduceMin"
  | "ReduceProd"
  | "ReduceSumSquare"
  | "ReduceL1"
  | "ReduceL2";
/** Reduction along some axes. */
export type ReduceNode = { [Op in Reduction]: NodeOf<Op, ReduceAttributes> }[Reduction];

/** Joins values along one axis (not negative). */
export type ConcatNode = NodeOf<"Concat", { readonly axis: number }>;
/** Cuts a value along one axis (not negative) into parts of the given extents. */
export type SplitNode = NodeOf<
  "Split",
  { readonly axis: number; readonly split: readonly number[] }
>;
/** Part of a value. */
export type SliceNode = NodeOf<"Slice", SliceAttributes>;
/** The same values, in row-major order, under another shape (static, complete). */
export type ReshapeNode = NodeOf<"Reshape", { readonly shape: readonly number[] }>;
/** Flattens to two axes, before and from `axis` on. */
export type FlattenNode = NodeOf<"Flatten", { readonly axis: number }>;
/** Axis `i` of the output is axis `perm[i]` of the input. */
export type TransposeNode = NodeOf<"Transpose", { readonly perm: readonly number[] }>;
/** Padding around a value. */
export type PadNode = NodeOf<"Pad", PadAttributes>;
/** Interpolation to other extents. */
export type ResizeNode = NodeOf<"Resize", ResizeAttributes>;
/** Broadcasts to a shape (static, complete). */
export type ExpandNode = NodeOf<"Expand", { readonly shape: readonly number[] }>;
/** The value unchanged: an output of the graph that is also an input. */
export type IdentityNode = NodeOf<"Identity", NoAttributes>;

/**
 * Dropout: in training, sets a random share of the values to 0 and scales the others by
 * `1 / (1 - ratio)`; at inference, where all else in this project runs, the value unchanged.
 */
export type DropoutNode = NodeOf<"Dropout", { readonly ratio: number }>;

/** One operator of the graph. A new operator is one more member here. */
export type Node =
  | ConvNode
  | ConvTransposeNode
  | GemmNode
  | MatMulNode
  | MaxPoolNode
  | AveragePoolNode
  | LpPoolNode
  | GlobalPoolNode
  | BatchNormalizationNode
  | InstanceNormalizationNode
  | LrnNode
  | PlainFunctionNode
  | LeakyReluNode
  | EluNode
  | CeluNode
  | SeluNode
  | HardSigmoidNode
  | GeluNode
  | ClipNode
  | BinaryNode
  | SoftmaxNode
  | ReduceNode
  | ConcatNode
  | SplitNode
  | SliceNode
  | ReshapeNode
  | FlattenNode
  | TransposeNode
  | PadNode
  | ResizeNode
  | ExpandNode
  | IdentityNode
  | DropoutNode;

/** A graph input or output with its static shape. */
export interface ValueInfo {
  /** Unique among all values of the model. */
  readonly name: string;
  /** Static, batch included. */
  readonly shape: Shape;
}

/** A network: what is built, read from ONNX, compressed, lowered and written to ONNX. */
export interface Model {
  /** Name of the graph. */
  readonly name: string;
  /** What a run is given. */
  readonly inputs: readonly ValueInfo[];
  /** What a run returns. */
  readonly outputs: readonly ValueInfo[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Initializers by name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Sparsity structure of pruned weights, by initializer name; absent means dense. */
  readonly structures: ReadonlyMap<string, WeightStructure>;
  /** ONNX `metadata_props`, without the encoded structures. */
  readonly metadata: Readonly<Record<string, string>>;
}
