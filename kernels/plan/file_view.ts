/**
 * What lies at an offset of a plan file: records, names and arrays, each only once it is sure that
 * it lies there.
 *
 * @module
 */

import { bytesOf, type Field, HEADER, layOut } from "./format.ts";
import { PlanFormatError, type Triple } from "./plan.ts";

/** Longest name of an operator or a value, bytes. */
const MAX_NAME = 4096;

/** One record of the file: its fields by name. */
export class RecordView {
  readonly #view: DataView;
  readonly #at: number;
  readonly #types: ReadonlyMap<string, Field>;
  readonly #offsets: Readonly<Record<string, number>>;

  /** The record at `at`, its fields laid out from `start`. */
  constructor(view: DataView, at: number, fields: readonly Field[], start = 0) {
    this.#view = view;
    this.#at = at;
    this.#types = new Map(fields.map((field) => [field[0], field]));
    this.#offsets = layOut(fields, start).offsets;
  }

  /** The value of a field, or the `i`-th of one that repeats. */
  number(field: string, i = 0): number {
    const [, type] = this.#types.get(field)!;
    const at = this.#at + this.#offsets[field] + i * bytesOf(type);
    switch (type) {
      case "u32":
        return this.#view.getUint32(at, true);
      case "f32":
        return this.#view.getFloat32(at, true);
      case "u64":
        return Number(this.#view.getBigUint64(at, true));
      case "i64":
        return Number(this.#view.getBigInt64(at, true));
    }
  }

  /** All values of a field that repeats. */
  list(field: string): number[] {
    const [, , count = 1] = this.#types.get(field)!;
    return Array.from({ length: count }, (_, i) => this.number(field, i));
  }

  /** The values of a field that is there for depth, height and width. */
  triple(field: string): Triple {
    return [this.number(field, 0), this.number(field, 1), this.number(field, 2)];
  }
}

/** The bytes of a plan file. */
export class FileView {
  readonly #file: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  /** `file` must begin at a multiple of 8 in its buffer. */
  constructor(file: Uint8Array<ArrayBuffer>) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  /** The header, behind the magic. */
  header(): RecordView {
    return new RecordView(this.#view, 0, HEADER, 8);
  }

  /** `count` records, one behind the other. */
  records(offset: number, count: number, fields: readonly Field[]): RecordView[] {
    const { bytes } = layOut(fields), at = this.#at(offset, count, bytes, 8);
    return Array.from(
      { length: count },
      (_, i) => new RecordView(this.#view, at + i * bytes, fields),
    );
  }

  /** The name that a record gives. */
  name(record: RecordView): string {
    const bytes = record.number("name_bytes");
    if (bytes > MAX_NAME) throw new PlanFormatError(`a name has ${bytes} bytes`);
    return new TextDecoder().decode(this.bytes(record.number("name"), bytes));
  }

  /** An array of bytes. */
  bytes(offset: number, count: number): Uint8Array {
    const at = this.#at(offset, count, 1, 1);
    return this.#file.subarray(at, at + count);
  }

  /** An array of numbers of 32 bits. */
  words(offset: number, count: number): Uint32Array {
    const at = this.#at(offset, count, 4, 4);
    return new Uint32Array(this.#file.buffer, this.#file.byteOffset + at, count);
  }

  /** An array of signed numbers of 32 bits. */
  offsets(offset: number, count: number): Int32Array {
    const at = this.#at(offset, count, 4, 4);
    return new Int32Array(this.#file.buffer, this.#file.byteOffset + at, count);
  }

  /** An array of floats. */
  floats(offset: number, count: number): Float32Array {
    const at = this.#at(offset, count, 4, 64);
    return new Float32Array(this.#file.buffer, this.#file.byteOffset + at, count);
  }

  /** The bias of a record, if it has one. */
  bias(record: RecordView, count: number): { bias?: Float32Array } {
    const offset = record.number("bias");
    return offset ? { bias: this.floats(offset, count) } : {};
  }

  /** `offset`, once it is sure that `count` items of `bytes` bytes lie there in the file. */
  #at(offset: number, count: number, bytes: number, alignment: number): number {
    if (
      offset % alignment || offset < layOut(HEADER, 8).bytes ||
      offset + count * bytes > this.#file.length
    ) {
      throw new PlanFormatError(
        `${count * bytes} bytes at ${offset} lie outside the file or are not aligned`,
      );
    }
    return offset;
  }
}
