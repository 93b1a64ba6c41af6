/**
 * The intermediate representation: a typed ONNX graph. Operators, attributes and semantics are
 * those of the ONNX standard; static types are laid on top.
 *
 * @module
 */

import type { Shape, Tensor } from "./tensor.ts";
import type { WeightStructure } from "./structure.ts";

/** Attributes of `Conv` (2-D and 3-D); every list is complete, defaults filled in. */
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

/** Attributes of `MaxPool` (2-D and 3-D, `ceil_mode` 0). */
export interface PoolAttributes {
  /** Extent of the window along each spatial axis. */
  readonly kernel_shape: readonly number[];
  /** Step along each spatial axis. */
  readonly strides: readonly number[];
  /** Begins of all spatial axes, then ends, as ONNX writes them. */
  readonly pads: readonly number[];
}

/** Attributes of `Gemm` as fully connected layers use it: `y = x * W^T + b`, W `[out, in]`. */
export interface GemmAttributes {
  /** The weight is stored `[out, in]`. */
  readonly transB: 1;
}

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
/** Fully connected layer: inputs `x [1, in]`, weight `[out, in]`, bias `[out]`. */
export type GemmNode = NodeOf<"Gemm", GemmAttributes>;
/** Max pooling; padded positions never win. */
export type MaxPoolNode = NodeOf<"MaxPool", PoolAttributes>;
/** `max(x, 0)`. */
export type ReluNode = NodeOf<"Relu", Record<never, never>>;
/** Flattens all axes from `axis` on. */
export type FlattenNode = NodeOf<"Flatten", { readonly axis: number }>;

/** One operator of the graph. A new operator is one more member here. */
export type Node = ConvNode | GemmNode | MaxPoolNode | ReluNode | FlattenNode;

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
  /** Version of the ONNX operators. */
  readonly opset: number;
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
