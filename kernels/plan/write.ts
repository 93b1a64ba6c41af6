/**
 * Writes a plan to its file.
 *
 * @module
 */

import {
  ACTIVATIONS,
  bytesOf,
  Checksum,
  DETAILS,
  type Field,
  FUNCTIONS,
  HEADER,
  KINDS,
  layOut,
  MAGIC,
  MAX_INPUTS,
  NONE,
  OPERATOR,
  SPACES,
  TENSOR,
  VALUE,
  VERSION,
} from "./format.ts";
import {
  MAX_RANK,
  type PackedMatrix,
  type Plan,
  type PlanOperator,
  type PlanTensor,
  type PlanValue,
} from "./plan.ts";

type Numbers = Uint8Array | Uint32Array | Int32Array | Float32Array;
/** What a record says: its fields by name; those that are missing are 0. */
type Values = { readonly [field: string]: number | readonly number[] };

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
  const { tensors, operators, inputs, outputs, constants } = plan;
  const places = new Places(layOut(HEADER, 8).bytes);
  const tensorTable = places.take(TENSOR, tensors.length);
  const operatorTable = places.take(OPERATOR, operators.length);
  const inputTable = places.take(VALUE, inputs.length);
  const outputTable = places.take(VALUE, outputs.length);
  const details = operators.map(({ kind }) => {
    const fields = DETAILS[kind];
    return fields && { fields, at: places.take(fields, 1) };
  });
  const sections = new Sections(places.end);
  const tables = new Uint8Array(sections.start), view = new DataView(tables.buffer);
  new TextEncoder().encodeInto(MAGIC, tables);
  const table = <T>(
    at: number,
    fields: readonly Field[],
    list: readonly T[],
    valuesOf: (item: T, i: number) => Values,
  ) => list.forEach((x, i) => put(view, at + i * layOut(fields).bytes, fields, valuesOf(x, i)));
  table(tensorTable, TENSOR, tensors, tensorValues);
  table(inputTable, VALUE, inputs, (value) => nameValues(value, sections));
  table(outputTable, VALUE, outputs, (value) => nameValues(value, sections));
  table(operatorTable, OPERATOR, operators, (op, i) => ({
    ...operatorValues(op, sections),
    detail: details[i]?.at ?? 0,
  }));
  operators.forEach((op, i) => {
    const detail = details[i];
    if (detail) put(view, detail.at, detail.fields, detailValues(op, sections));
  });
  const constantsAt = sections.add(constants), checksumAt = layOut(HEADER, 8).offsets.checksum;
  put(view, 0, HEADER, {
    version: VERSION,
    file_bytes: sections.end,
    arena_floats: plan.arenaFloats,
    tensors: tensors.length,
    operators: operators.length,
    inputs: inputs.length,
    outputs: outputs.length,
    tensor_table: tensorTable,
    operator_table: operatorTable,
    input_table: inputTable,
    output_table: outputTable,
    constants: constantsAt,
    constant_floats: constants.length,
  }, 8);
  const sum = new Checksum();
  sum.feed(tables);
  for (const section of sections.arrays) sum.feed(section);
  view.setUint32(checksumAt, sum.sum(sections.end), true);
  const filled = sections.arrays.flatMap((bytes) => [
    bytes,
    new Uint8Array(roundUp(bytes.length, 64) - bytes.length),
  ]);
  return [tables, ...filled];
}

function put(
  view: DataView,
  at: number,
  fields: readonly Field[],
  values: Values,
  start = 0,
): void {
  const { offsets } = layOut(fields, start);
  for (const [name, type] of fields) {
    const value = values[name] ?? 0;
    const list = typeof value === "number" ? [value] : value;
    list.forEach((x, i) => {
      const place = at + offsets[name] + i * bytesOf(type);
      if (type === "u32") view.setUint32(place, x, true);
      else if (type === "f32") view.setFloat32(place, x, true);
      else view.setBigInt64(place, BigInt(x), true);
    });
  }
}

function tensorValues({ extents, strides, base, space }: PlanTensor): Values {
  const rest = MAX_RANK - extents.length;
  return {
    rank: extents.length,
    space: SPACES.indexOf(space),
    extents: [...extents, ...new Array<number>(rest).fill(1)],
    strides,
    base,
  };
}

function nameValues({ name, tensor }: PlanValue, sections: Sections): Values {
  const bytes = new TextEncoder().encode(name);
  return { name: sections.add(bytes), name_bytes: bytes.length, tensor };
}

function operatorValues(op: PlanOperator, sections: Sections): Values {
  const name = new TextEncoder().encode(op.name);
  const { kind, alpha, beta } = op.activation;
  return {
    kind: KINDS.indexOf(op.kind) + 1,
    function: "function" in op ? FUNCTIONS[op.kind]!.indexOf(op.function) : 0,
    activation: ACTIVATIONS.indexOf(kind),
    alpha,
    beta,
    inputs: Array.from({ length: MAX_INPUTS }, (_, i) => op.inputs[i] ?? NONE),
    output: op.output,
    name_bytes: name.length,
    name: sections.add(name),
  };
}

/** What the record of the operator's own kind says. */
function detailValues(op: PlanOperator, sections: Sections): Values {
  switch (op.kind) {
    case "convolution":
      return {
        ...matrixValues(op.matrix, sections),
        extents: op.extents,
        pool_kernel: op.pool?.kernel ?? 0,
        tap_offsets: sections.add(op.tapOffsets),
        channel_step: op.channelStep,
      };
    case "fully_connected":
      return matrixValues(op.matrix, sections);
    case "winograd":
      return {
        rows: op.rows,
        channels: op.channels,
        depth_taps: op.depthTaps,
        pad: op.pad,
        weights: sections.add(op.weights),
        weight_floats: op.weights.length,
        bias: sections.addOptional(op.bias),
      };
    case "dense_convolution": {
      const { rows, channels, kernel, stride, dilation, pad } = op;
      return {
        ...{ rows, channels, kernel, stride, dilation, pad },
        weights: sections.add(op.weights),
        weight_floats: op.weights.length,
        bias: sections.addOptional(op.bias),
      };
    }
    case "depthwise":
      return {
        multiplier: op.multiplier,
        taps: op.tapOffsets.length,
        tap_offsets: sections.add(op.tapOffsets),
        channel_step: op.channelStep,
        weights: sections.add(op.weights),
        bias: sections.addOptional(op.bias),
      };
    case "pool": {
      const { kernel, stride, dilation, pad, padEnd, p } = op;
      const count_padding = Number(op.countPadding);
      return { kernel, stride, dilation, pad, pad_end: padEnd, count_padding, p };
    }
    case "softmax":
      return { axis: op.axis, log: Number(op.log) };
    case "resample":
      return {
        taps: op.tables.map(({ taps }) => taps),
        positions: op.tables.map(({ positions }) => sections.add(positions)),
        weights: op.tables.map(({ weights }) => sections.add(weights)),
      };
    case "lrn":
      return { size: op.size, alpha: op.alpha, beta: op.beta, bias: op.bias };
    case "clear":
      return { lead: op.lead, trail: op.trail };
    default: // The other kinds have no record.
      return {};
  }
}

function matrixValues(m: PackedMatrix, sections: Sections): Values {
  return {
    rows: m.rows,
    channels: m.channels,
    taps: m.taps,
    span: m.span,
    channel_block: m.channelBlock,
    blocks: m.blockRows.length,
    lists: m.listEntries.length,
    block_rows: sections.add(m.blockRows),
    row_order: sections.add(m.rowOrder),
    list_of: sections.add(m.listOf),
    list_start: sections.add(m.listStart),
    list_entries: sections.add(m.listEntries),
    index: sections.add(m.index),
    index_bytes: m.index.length,
    weights: sections.add(m.weights),
    weight_floats: m.weights.length,
    bias: sections.addOptional(m.bias),
  };
}

/** Gives out places for the records of the tables, one behind the other. */
class Places {
  constructor(public end: number) {}

  take(fields: readonly Field[], count: number): number {
    const at = roundUp(this.end, 8);
    this.end = at + count * layOut(fields).bytes;
    return at;
  }
}

/** The part of the file behind the tables: arrays, each at a multiple of 64 bytes. */
class Sections {
  readonly arrays: Uint8Array[] = [];
  /** Where the first array lies. */
  readonly start: number;
  /** Where the next array will lie. */
  end: number;
  readonly #taken = new Map<ArrayBufferLike, Map<string, number>>();

  constructor(tableBytes: number) {
    this.start = this.end = roundUp(tableBytes, 64);
  }

  /**
   * Takes an array; its offset in the file is returned. Arrays on the same memory, such as the
   * weights of operators which do the images of a batch, are one section.
   */
  add({ buffer, byteOffset, byteLength }: Numbers): number {
    let taken = this.#taken.get(buffer);
    if (!taken) this.#taken.set(buffer, taken = new Map());
    const key = `${byteOffset}+${byteLength}`, before = taken.get(key);
    if (before !== undefined) return before;
    const at = this.end;
    this.arrays.push(new Uint8Array(buffer, byteOffset, byteLength));
    this.end = at + roundUp(byteLength, 64);
    taken.set(key, at);
    return at;
  }

  /** The same, or 0 for an array that is not there. */
  addOptional(array: Numbers | undefined): number {
    return array ? this.add(array) : 0;
  }
}

/** Sections start at multiples of 64 bytes, a cache line and a vector. */
function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple;
}
