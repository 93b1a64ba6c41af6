/**
 * The layout of a plan file, field by field: the twin of `kernels/include/kerf_plan.h`, which a
 * test compares with this file. Little-endian.
 *
 * @module
 */

import type {
  ActivationKind,
  ElementwiseFunction,
  PlanOperator,
  PlanTensor,
  PoolOperator,
  ReduceFunction,
  ResidualFunction,
} from "./plan.ts";

/** First eight bytes of a plan file. */
export const MAGIC = "KERFPLAN";
/** Version of the format that this code writes and reads. */
export const VERSION = 2;

/** C types of fields. */
export type FieldType = "u32" | "f32" | "u64" | "i64";

/** A field of a record: its name, its type, and how often it repeats. */
export type Field = readonly [name: string, type: FieldType, count?: number];

/** `kerf_plan_header`, after the magic. */
export const HEADER: readonly Field[] = [
  ["version", "u32"],
  ["checksum", "u32"],
  ["file_bytes", "u64"],
  ["arena_floats", "u64"],
  ["tensors", "u32"],
  ["operators", "u32"],
  ["inputs", "u32"],
  ["outputs", "u32"],
  ["tensor_table", "u64"],
  ["operator_table", "u64"],
  ["input_table", "u64"],
  ["output_table", "u64"],
  ["constants", "u64"],
  ["constant_floats", "u64"],
];

/** `kerf_plan_value`. */
export const VALUE: readonly Field[] = [["name", "u64"], ["name_bytes", "u32"], ["tensor", "u32"]];

/** `kerf_plan_tensor`. */
export const TENSOR: readonly Field[] = [
  ["rank", "u32"],
  ["space", "u32"],
  ["extents", "u32", 6],
  ["strides", "i64", 6],
  ["base", "u64"],
];

/** `kerf_plan_operator`. */
export const OPERATOR: readonly Field[] = [
  ["kind", "u32"],
  ["function", "u32"],
  ["activation", "u32"],
  ["alpha", "f32"],
  ["beta", "f32"],
  ["inputs", "u32", 3],
  ["output", "u32"],
  ["name_bytes", "u32"],
  ["name", "u64"],
  ["detail", "u64"],
];

/** `kerf_plan_matrix`. */
export const MATRIX: readonly Field[] = [
  ["rows", "u32"],
  ["channels", "u32"],
  ["taps", "u32"],
  ["span", "u32"],
  ["channel_block", "u32"],
  ["blocks", "u32"],
  ["lists", "u32"],
  ["block_rows", "u64"],
  ["row_order", "u64"],
  ["list_of", "u64"],
  ["list_start", "u64"],
  ["list_entries", "u64"],
  ["index", "u64"],
  ["index_bytes", "u64"],
  ["weights", "u64"],
  ["weight_floats", "u64"],
  ["bias", "u64"],
];

/** The record of each kind of operator that has one: `kerf_plan_<kind>`, or the matrix alone. */
export const DETAILS: Readonly<{ [Kind in PlanOperator["kind"]]?: readonly Field[] }> = {
  // The matrix ends at a multiple of its alignment, so its fields can stand in line with the others.
  convolution: [
    ...MATRIX,
    ["extents", "u32", 3],
    ["pool_kernel", "u32", 3],
    ["tap_offsets", "u64"],
    ["channel_step", "u64"],
  ],
  fully_connected: MATRIX,
  winograd: [
    ["rows", "u32"],
    ["channels", "u32"],
    ["depth_taps", "u32"],
    ["pad", "u32", 3],
    ["weights", "u64"],
    ["weight_floats", "u64"],
    ["bias", "u64"],
  ],
  dense_convolution: [
    ["rows", "u32"],
    ["channels", "u32"],
    ["kernel", "u32", 3],
    ["stride", "u32", 3],
    ["dilation", "u32", 3],
    ["pad", "u32", 3],
    ["weights", "u64"],
    ["weight_floats", "u64"],
    ["bias", "u64"],
  ],
  depthwise: [
    ["multiplier", "u32"],
    ["taps", "u32"],
    ["tap_offsets", "u64"],
    ["channel_step", "u64"],
    ["weights", "u64"],
    ["bias", "u64"],
  ],
  pool: [
    ["kernel", "u32", 3],
    ["stride", "u32", 3],
    ["dilation", "u32", 3],
    ["pad", "u32", 3],
    ["pad_end", "u32", 3],
    ["count_padding", "u32"],
    ["p", "u32"],
  ],
  softmax: [["axis", "u32"], ["log", "u32"]],
  resample: [["taps", "u32", 3], ["positions", "u64", 3], ["weights", "u64", 3]],
  lrn: [["size", "u32"], ["alpha", "f32"], ["beta", "f32"], ["bias", "f32"]],
  clear: [["lead", "u64"], ["trail", "u64"]],
};

/** `kerf_plan_space`: the codes are the places in the list, as in the lists below. */
export const SPACES: readonly PlanTensor["space"][] = ["arena", "constants"];

/** `kerf_plan_op`: the codes are the places in the list, from 1. */
export const KINDS: readonly PlanOperator["kind"][] = [
  "convolution",
  "fully_connected",
  "winograd",
  "depthwise",
  "pool",
  "elementwise",
  "reduce",
  "softmax",
  "resample",
  "lrn",
  "matrix_product",
  "clear",
  "dense_convolution",
];

/** `kerf_activation`. */
export const ACTIVATIONS: readonly ActivationKind[] = [
  "none",
  "relu",
  "leaky_relu",
  "clip",
  "sigmoid",
  "hard_sigmoid",
  "hard_swish",
  "silu",
  "mish",
  "tanh",
  "elu",
  "celu",
  "selu",
  "gelu",
  "gelu_tanh",
  "softplus",
  "softsign",
  "erf",
  "exp",
  "log",
  "sqrt",
  "abs",
  "neg",
  "reciprocal",
  "floor",
  "ceil",
];

/** `kerf_elementwise`. */
export const ELEMENTWISE: readonly ElementwiseFunction[] = [
  "copy",
  "add",
  "sub",
  "mul",
  "div",
  "pow",
  "max",
  "min",
  "prelu",
  "multiply_add",
];

/** `kerf_reduction`. */
export const REDUCTIONS: readonly ReduceFunction[] = [
  "mean",
  "sum",
  "max",
  "min",
  "prod",
  "sum_square",
  "l1",
  "l2",
];

/** `kerf_pooling`. */
export const POOLINGS: readonly PoolOperator["function"][] = ["max", "average", "norm"];

/** `kerf_residual`. */
export const RESIDUALS: readonly ResidualFunction[] = ["add_then_activate", "activate_then_add"];

/** The functions that a kind of operator chooses from; nothing for the other kinds. */
export const FUNCTIONS: Readonly<{ [Kind in PlanOperator["kind"]]?: readonly string[] }> = {
  convolution: RESIDUALS,
  winograd: RESIDUALS,
  dense_convolution: RESIDUALS,
  depthwise: RESIDUALS,
  pool: POOLINGS,
  elementwise: ELEMENTWISE,
  reduce: REDUCTIONS,
};

/** `KERF_NONE`: in place of the index of a tensor. */
export const NONE = 0xffffffff;
/** `KERF_MAX_INPUTS`: tensors that an operator reads. */
export const MAX_INPUTS = 3;
/** `KERF_MAX_FUSED_POOL`: widest window, on each axis, of a pool fused behind a convolution. */
export const MAX_FUSED_POOL = 8;
/** `KERF_SLACK_FLOATS`: how far kernels may read past the last position, and so the arena's slack. */
export const SLACK_FLOATS = 256;

/** Bytes of a field's type, which are also its alignment. */
export function bytesOf(type: FieldType): 4 | 8 {
  return type.endsWith("64") ? 8 : 4;
}

/** Byte offset of every field, and the size of the record, as C lays it out. */
export function layOut(fields: readonly Field[], start = 0): {
  offsets: Readonly<Record<string, number>>;
  bytes: number;
} {
  const offsets: Record<string, number> = {};
  let at = start, alignment = 4;
  for (const [name, type, count = 1] of fields) {
    const width = bytesOf(type);
    alignment = Math.max(alignment, width);
    at = Math.ceil(at / width) * width;
    offsets[name] = at;
    at += width * count;
  }
  return { offsets, bytes: Math.ceil(at / alignment) * alignment };
}

/**
 * The checksum of a plan file: sixteen interleaved FNV-1a lanes over its 32-bit words, its own field
 * counted as 0.
 */
export class Checksum {
  readonly #lanes = Int32Array.from({ length: LANES }, (_, i) => (2166136261 + i) | 0);

  /** Takes the next bytes of the file. A length that is no multiple of 64 is filled with zeros. */
  feed(bytes: Uint8Array): void {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const whole = Math.floor(bytes.length / 64) * LANES;
    this.#words(new Uint32Array(aligned.buffer, aligned.byteOffset, whole));
    if (bytes.length === whole * 4) return;
    const tail = new Uint8Array(64);
    tail.set(bytes.subarray(whole * 4));
    this.#words(new Uint32Array(tail.buffer));
  }

  /** The checksum of a file of `bytes` bytes, all of which were fed. */
  sum(bytes: number): number {
    let sum = (2166136261 ^ bytes) >>> 0;
    for (const lane of this.#lanes) sum = (Math.imul(sum ^ lane, PRIME) ^ (sum >>> 15)) >>> 0;
    return sum;
  }

  #words(words: Uint32Array): void {
    const lanes = this.#lanes;
    for (let at = 0; at < words.length; at += LANES) {
      for (let i = 0; i < LANES; i++) lanes[i] = Math.imul(lanes[i] ^ words[at + i], PRIME);
    }
  }
}

const LANES = 16;
const PRIME = 16777619;

/** The checksum that a whole file must carry. */
export function checksum(file: Uint8Array): number {
  const first = file.slice(0, 64);
  const field = layOut(HEADER, 8).offsets.checksum;
  first.fill(0, field, field + 4);
  const sum = new Checksum();
  sum.feed(first);
  sum.feed(file.subarray(64));
  return sum.sum(file.length);
}
