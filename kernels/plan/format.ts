/**
 * The layout of a plan file, field by field: the twin of `kernels/include/kerf_plan.h`, which a
 * test compares with this file. Little-endian.
 *
 * @module
 */

/** First eight bytes of a plan file. */
export const MAGIC = "KERFPLAN";
/** Version of the format that this code writes and reads. */
export const VERSION = 1;

/** Width of a field in bytes, and how often it repeats. */
export type Field = readonly [name: string, bytes: 4 | 8, count?: number];

/** `kerf_plan_header`, after the magic. */
export const HEADER: readonly Field[] = [
  ["version", 4],
  ["checksum", 4],
  ["file_bytes", 8],
  ["arena_floats", 8],
  ["tensors", 4],
  ["operators", 4],
  ["input", 4],
  ["output", 4],
  ["tensor_table", 8],
  ["operator_table", 8],
];

/** `kerf_plan_tensor`. */
export const TENSOR: readonly Field[] = [
  ["channels", 4],
  ["depth", 4],
  ["height", 4],
  ["width", 4],
  ["row", 4],
  ["plane", 4],
  ["channel", 8],
  ["base", 8],
];

/** `kerf_plan_operator`. */
export const OPERATOR: readonly Field[] = [
  ["kind", 4],
  ["flags", 4],
  ["input", 4],
  ["output", 4],
  ["name", 8],
  ["name_bytes", 4],
  ["pool_kernel", 4, 3],
  ["pool_stride", 4, 3],
  ["pool_pad", 4, 3],
  ["rows", 4],
  ["channels", 4],
  ["taps", 4],
  ["span", 4],
  ["channel_block", 4],
  ["blocks", 4],
  ["lists", 4],
  ["out_depth", 4],
  ["out_height", 4],
  ["out_width", 4],
  ["tap_offsets", 8],
  ["channel_step", 8],
  ["block_rows", 8],
  ["row_order", 8],
  ["list_of", 8],
  ["list_start", 8],
  ["list_entries", 8],
  ["index", 8],
  ["index_bytes", 8],
  ["weights", 8],
  ["weight_floats", 8],
  ["bias", 8],
];

/** `kerf_plan_op`. */
export const KINDS = {
  convolution: 1,
  fully_connected: 2,
  max_pool: 3,
  relu: 4,
  phases: 5,
} as const;

/** `KERF_FLAG_RELU`. */
export const FLAG_RELU = 1;
/** `KERF_MAX_FUSED_POOL`: widest window, on each axis, of a pool fused behind a convolution. */
export const MAX_FUSED_POOL = 8;
/** `KERF_SLACK_FLOATS`: how far kernels may read past the last position, and so the arena's slack. */
export const SLACK_FLOATS = 256;

/** Byte offset of every field, and the size of the record, as C lays it out. */
export function layOut(fields: readonly Field[], start = 0): {
  offsets: Readonly<Record<string, number>>;
  bytes: number;
} {
  const offsets: Record<string, number> = {};
  let at = start;
  for (const [name, width, count = 1] of fields) {
    at = Math.ceil(at / width) * width;
    offsets[name] = at;
    at += width * count;
  }
  return { offsets, bytes: Math.ceil(at / 8) * 8 };
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
