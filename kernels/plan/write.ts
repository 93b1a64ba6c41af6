/**
 * Writes a plan to its file.
 *
 * @module
 */

import {
  Checksum,
  type Field,
  FLAG_RELU,
  HEADER,
  KINDS,
  layOut,
  MAGIC,
  OPERATOR,
  TENSOR,
  VERSION,
} from "./format.ts";
import { matrixOf, type Plan, type PlanOperator } from "./plan.ts";

type Numbers = Uint8Array | Uint32Array | Int32Array | Float32Array;
type Record = { [field: string]: number | readonly number[] };

/** Encodes a plan as the bytes of a plan file. */
export function encodePlan(plan: Plan): Uint8Array<ArrayBuffer> {
  const pieces = encodePieces(plan);
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** Writes a plan; the file appears whole or not at all. */
export async function writePlan(plan: Plan, path: string): Promise<void> {
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  try {
    using file = Deno.openSync(partial, { write: true, createNew: true });
    // Piece by piece and at once: hundreds of megabytes are copied nowhere but to the file.
    for (const piece of encodePieces(plan)) {
      for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
    }
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

/** The file in pieces: the tables, then the sections with what fills them up to 64 bytes. */
function encodePieces(plan: Plan): Uint8Array[] {
  const header = layOut(HEADER, 8), tensor = layOut(TENSOR), operator = layOut(OPERATOR);
  const tensorTable = header.bytes;
  const operatorTable = tensorTable + tensor.bytes * plan.tensors.length;
  const sections = new Sections(operatorTable + operator.bytes * plan.operators.length);
  const records = plan.operators.map((op) => recordOf(op, sections));
  const tables = new Uint8Array(sections.start);
  const view = new DataView(tables.buffer);
  new TextEncoder().encodeInto(MAGIC, tables);
  put(view, 0, HEADER, header.offsets, {
    version: VERSION,
    checksum: 0,
    file_bytes: sections.end,
    arena_floats: plan.arenaFloats,
    tensors: plan.tensors.length,
    operators: plan.operators.length,
    input: plan.input,
    output: plan.output,
    tensor_table: tensorTable,
    operator_table: operatorTable,
  });
  plan.tensors.forEach((t, i) =>
    put(view, tensorTable + i * tensor.bytes, TENSOR, tensor.offsets, { ...t })
  );
  records.forEach((record, i) =>
    put(view, operatorTable + i * operator.bytes, OPERATOR, operator.offsets, record)
  );
  const sum = new Checksum();
  sum.feed(tables);
  for (const section of sections.arrays) sum.feed(section);
  view.setUint32(header.offsets.checksum, sum.sum(sections.end), true);
  const filled = sections.arrays.flatMap((bytes) => [
    bytes,
    new Uint8Array(roundUp(bytes.length) - bytes.length),
  ]);
  return [tables, ...filled];
}

function put(
  view: DataView,
  at: number,
  fields: readonly Field[],
  offsets: Readonly<{ [field: string]: number }>,
  record: Record,
): void {
  for (const [name, width] of fields) {
    const value = record[name] ?? 0;
    const list = typeof value === "number" ? [value] : value;
    list.forEach((x, i) => {
      if (width === 4) view.setUint32(at + offsets[name] + 4 * i, x, true);
      else view.setBigUint64(at + offsets[name] + 8 * i, BigInt(x), true);
    });
  }
}

function recordOf(op: PlanOperator, sections: Sections): Record {
  const name = new TextEncoder().encode(op.name);
  const record: Record = {
    kind: KINDS[op.kind],
    flags: "relu" in op && op.relu ? FLAG_RELU : 0,
    input: op.input,
    output: op.output,
    name: sections.add(name),
    name_bytes: name.length,
  };
  const pool = op.kind === "max_pool" || op.kind === "convolution" ? op.pool : undefined;
  if (pool) {
    record.pool_kernel = pool.kernel;
    record.pool_stride = pool.stride;
    record.pool_pad = pool.pad;
  }
  if (op.kind === "phases") record.pool_stride = op.stride;
  const m = matrixOf(op);
  if (!m) return record;
  const convolution = op.kind === "convolution"
    ? op
    : { tapOffsets: new Int32Array(1), channelStep: 1, extents: [1, 1, 1] as const };
  return {
    ...record,
    rows: m.rows,
    channels: m.channels,
    taps: m.taps,
    span: m.span,
    channel_block: m.channelBlock,
    blocks: m.blockRows.length,
    lists: m.listEntries.length,
    out_depth: convolution.extents[0],
    out_height: convolution.extents[1],
    out_width: convolution.extents[2],
    tap_offsets: sections.add(convolution.tapOffsets),
    channel_step: convolution.channelStep,
    block_rows: sections.add(m.blockRows),
    row_order: sections.add(m.rowOrder),
    list_of: sections.add(m.listOf),
    list_start: sections.add(m.listStart),
    list_entries: sections.add(m.listEntries),
    index: sections.add(m.index),
    index_bytes: m.index.length,
    weights: sections.add(m.weights),
    weight_floats: m.weights.length,
    bias: m.bias ? sections.add(m.bias) : 0,
  };
}

/** The part of the file behind the tables: arrays, each at a multiple of 64 bytes. */
class Sections {
  readonly arrays: Uint8Array[] = [];
  /** Where the first array lies. */
  readonly start: number;
  /** Where the next array will lie. */
  end: number;

  constructor(tableBytes: number) {
    this.start = this.end = roundUp(tableBytes);
  }

  /** Takes an array; its offset in the file is returned. */
  add(array: Numbers): number {
    const at = this.end;
    this.arrays.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    this.end = at + roundUp(array.byteLength);
    return at;
  }
}

/** Sections start at multiples of 64 bytes, a cache line and a vector. */
function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
