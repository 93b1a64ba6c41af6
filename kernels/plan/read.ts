/**
 * Reads a plan file: the twin of `write.ts`. What it accepts the runtime accepts, and the other way
 * round; a test holds the two against each other.
 *
 * @module
 */

import { checkPlan } from "./check.ts";
import {
  checksum,
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
import {
  type PackedMatrix,
  type Plan,
  PlanFormatError,
  type PlanOperator,
  type PlanTensor,
  type Triple,
} from "./plan.ts";

/** Longest name of an operator, bytes. */
const MAX_NAME = 4096;

/**
 * Reads and checks a plan file.
 *
 * @throws {PlanFormatError} when it is not a valid plan, saying what is wrong.
 * @throws {Deno.errors.NotFound} and its kin when it cannot be read.
 */
export async function readPlan(path: string): Promise<Plan> {
  const bytes = await Deno.readFile(path);
  try {
    return decodePlan(bytes);
  } catch (error) {
    throw error instanceof PlanFormatError ? new PlanFormatError(error.reason, path) : error;
  }
}

/**
 * Decodes and checks the bytes of a plan file. Arrays of the plan share memory with `bytes` where
 * its alignment allows.
 *
 * @throws {PlanFormatError} when they are not a valid plan, saying what is wrong.
 */
export function decodePlan(bytes: Uint8Array<ArrayBuffer>): Plan {
  const plan = new Decoder(bytes.byteOffset % 8 ? bytes.slice() : bytes).plan();
  checkPlan(plan);
  return plan;
}

/** One record of a table: its fields by name. */
interface RecordView {
  number(field: string): number;
  triple(field: string): Triple;
}

class Decoder {
  readonly #file: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(file: Uint8Array<ArrayBuffer>) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  plan(): Plan {
    const size = this.#file.length, start = layOut(HEADER, 8).bytes;
    if (size < start) refuse(`it has ${size} bytes, a header alone has ${start}`);
    const header = this.#record(0, HEADER, 8);
    if (new TextDecoder("latin1").decode(this.#file.subarray(0, 8)) !== MAGIC) {
      refuse(`not a plan: it does not begin with ${MAGIC}`);
    }
    const version = header.number("version");
    if (version !== VERSION) refuse(`plan version ${version}; this code reads version ${VERSION}`);
    const said = header.number("file_bytes");
    if (said !== size) refuse(`the plan is cut: it says ${said} bytes and has ${size}`);
    if (checksum(this.#file) !== header.number("checksum")) refuse("the plan is corrupt");
    return {
      tensors: this.#table(header, "tensor", TENSOR).map(tensorOf),
      operators: this.#table(header, "operator", OPERATOR).map((r) => this.#operator(r)),
      input: header.number("input"),
      output: header.number("output"),
      arenaFloats: header.number("arena_floats"),
    };
  }

  #table(header: RecordView, what: "tensor" | "operator", fields: readonly Field[]): RecordView[] {
    const count = header.number(`${what}s`), { bytes } = layOut(fields);
    const at = this.#at(header.number(`${what}_table`), count, bytes, 8);
    return Array.from({ length: count }, (_, i) => this.#record(at + i * bytes, fields));
  }

  #record(at: number, fields: readonly Field[], start = 0): RecordView {
    const { offsets } = layOut(fields, start);
    const wide = new Set(fields.filter(([, bytes]) => bytes === 8).map(([name]) => name));
    const word = (field: string, i: number) =>
      this.#view.getUint32(at + offsets[field] + 4 * i, true);
    return {
      number: (field) =>
        wide.has(field)
          ? Number(this.#view.getBigUint64(at + offsets[field], true))
          : word(field, 0),
      triple: (field) => [word(field, 0), word(field, 1), word(field, 2)],
    };
  }

  /** `offset`, once it is sure that `count` items of `bytes` bytes lie there in the file. */
  #at(offset: number, count: number, bytes: number, alignment: number): number {
    if (
      offset % alignment || offset < layOut(HEADER, 8).bytes ||
      offset + count * bytes > this.#file.length
    ) refuse(`${count * bytes} bytes at ${offset} lie outside the file or are not aligned`);
    return offset;
  }

  #bytes(offset: number, count: number): Uint8Array {
    const at = this.#at(offset, count, 1, 1);
    return this.#file.subarray(at, at + count);
  }

  /** An array of 32-bit numbers. */
  #words<T>(
    Numbers: new (buffer: ArrayBuffer, at: number, length: number) => T,
    offset: number,
    count: number,
    alignment = 4,
  ): T {
    const at = this.#at(offset, count, 4, alignment);
    return new Numbers(this.#file.buffer, this.#file.byteOffset + at, count);
  }

  #operator(record: RecordView): PlanOperator {
    const code = record.number("kind"), flags = record.number("flags");
    const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((k) => KINDS[k] === code);
    if (!kind) return refuse(`an operator is of unknown kind ${code}`);
    if (flags & ~FLAG_RELU) refuse(`an operator has unknown flags ${flags}`);
    const nameBytes = record.number("name_bytes");
    if (nameBytes > MAX_NAME) refuse(`an operator's name has ${nameBytes} bytes`);
    const base = {
      name: new TextDecoder().decode(this.#bytes(record.number("name"), nameBytes)),
      input: record.number("input"),
      output: record.number("output"),
    };
    const relu = flags === FLAG_RELU;
    const window = {
      kernel: record.triple("pool_kernel"),
      stride: record.triple("pool_stride"),
      pad: record.triple("pool_pad"),
    };
    const pool = window.kernel[0] ? { pool: window } : {};
    switch (kind) {
      case "relu":
        return { kind, ...base };
      case "max_pool":
        return { kind, ...base, pool: window };
      case "phases":
        return { kind, ...base, stride: window.stride };
    }
    const matrix = this.#matrix(record);
    const geometry = {
      tapOffsets: this.#words(Int32Array, record.number("tap_offsets"), matrix.taps),
      channelStep: record.number("channel_step"),
      extents: ["depth", "height", "width"].map((axis) => record.number(`out_${axis}`)),
    };
    if (kind === "fully_connected") {
      const { tapOffsets, channelStep, extents } = geometry;
      if (tapOffsets.some(Boolean) || channelStep !== 1 || `${extents}` !== "1,1,1" || pool.pool) {
        refuse(`operator "${base.name}" is not a fully connected layer`);
      }
      return { kind, ...base, relu, matrix };
    }
    const [depth, height, width] = geometry.extents;
    return { kind, ...base, relu, matrix, ...geometry, extents: [depth, height, width], ...pool };
  }

  #matrix(record: RecordView): PackedMatrix {
    const n = record.number;
    const [rows, blocks, lists] = [n("rows"), n("blocks"), n("lists")];
    const channelBlock = n("channel_block");
    const channelBlocks = Math.ceil(n("channels") / (channelBlock || 1));
    return {
      rows,
      channels: n("channels"),
      taps: n("taps"),
      span: n("span"),
      channelBlock,
      blockRows: this.#words(Uint32Array, n("block_rows"), blocks),
      rowOrder: this.#words(Uint32Array, n("row_order"), rows),
      listOf: this.#words(Uint32Array, n("list_of"), channelBlocks * blocks),
      listStart: this.#words(Uint32Array, n("list_start"), lists + 1),
      listEntries: this.#words(Uint32Array, n("list_entries"), lists),
      index: this.#bytes(n("index"), n("index_bytes")),
      weights: this.#words(Float32Array, n("weights"), n("weight_floats"), 64),
      ...(n("bias") && { bias: this.#words(Float32Array, n("bias"), rows, 64) }),
    };
  }
}

function tensorOf(record: RecordView): PlanTensor {
  const { number: n } = record;
  return {
    channels: n("channels"),
    depth: n("depth"),
    height: n("height"),
    width: n("width"),
    row: n("row"),
    plane: n("plane"),
    channel: n("channel"),
    base: n("base"),
  };
}

function refuse(reason: string): never {
  throw new PlanFormatError(reason);
}
