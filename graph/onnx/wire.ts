/**
 * The protobuf wire format, read without trust: every length is checked before it is used, nothing
 * recurses, tensor data stays a view of the file, and the number of fields is limited, so that
 * memory stays proportional to the file whatever its bytes say.
 *
 * @module
 */

/** One field of a message: its number, how it is coded, and the bytes of its value. */
export interface Field {
  /** Number of the field in the schema. */
  readonly number: number;
  /** Wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
  readonly wire: number;
  /** The value as it stands in the file: a view, without the length. */
  readonly value: Uint8Array;
}

/** How many more fields may be read from one file, all messages together. */
export interface FieldLimit {
  /** Counts down to zero. */
  left: number;
}

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;
const MOST_VARINT_BYTES = 10;
const decoder = new TextDecoder();

/**
 * The fields of one message, in the order of the file.
 *
 * @throws {SyntaxError} when the bytes are not a message, or when the limit is reached.
 */
export function* fields(message: Uint8Array, limit: FieldLimit): Generator<Field, void, void> {
  let at = 0;
  while (at < message.length) {
    if (--limit.left < 0) corrupt("it has more fields than any network needs");
    const afterTag = endOfVarint(message, at);
    const tag = varint(message, at);
    const wire = tag % 8;
    const number = Math.floor(tag / 8);
    if (!(number >= 1 && number < 2 ** 29)) corrupt(`field number ${number} is not valid`);
    const [from, to] = extent(message, afterTag, wire);
    if (to > message.length) corrupt(`field ${number} is longer than what holds it`);
    yield { number, wire, value: message.subarray(from, to) };
    at = to;
  }
}

/** Where the value behind a tag begins and ends. */
function extent(message: Uint8Array, at: number, wire: number): [number, number] {
  switch (wire) {
    case VARINT:
      return [at, endOfVarint(message, at)];
    case FIXED64:
      return [at, at + 8];
    case BYTES: {
      const from = endOfVarint(message, at);
      const length = varint(message, at);
      if (length < 0) corrupt("a length is negative");
      return [from, from + length];
    }
    case FIXED32:
      return [at, at + 4];
    default:
      corrupt(`wire type ${wire} is not known`);
  }
}

/** An integer field. Beyond 2^53 the nearest double, as bounds like "to the end" are written. */
export function integer(field: Field): number {
  expect(field, VARINT);
  return varint(field.value, 0);
}

/** A float field. */
export function float(field: Field): number {
  expect(field, FIXED32);
  return view(field.value).getFloat32(0, true);
}

/** A string field; what is not UTF-8 becomes replacement characters. */
export function text(field: Field): string {
  return decoder.decode(bytes(field));
}

/** A field of bytes, or a message inside a message; a view. */
export function bytes(field: Field): Uint8Array {
  expect(field, BYTES);
  return field.value;
}

/** Integers of repeated fields, each packed or single. */
export function integers(chunks: readonly Uint8Array[]): Float64Array<ArrayBuffer> {
  let count = 0;
  for (const chunk of chunks) for (const byte of chunk) if (byte < 0x80) count++;
  const found = new Float64Array(count);
  let n = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const end = endOfVarint(chunk, at);
      found[n++] = varint(chunk, at);
      at = end;
    }
  }
  return found;
}

/** Bytes of repeated fields of fixed length, each packed or single, joined; always a copy. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function endOfVarint(message: Uint8Array, at: number): number {
  const end = Math.min(message.length, at + MOST_VARINT_BYTES);
  while (at < end) if (message[at++] < 0x80) return at;
  corrupt("a number is cut off or too long");
}

/** The signed 64-bit number at `at`, whose end has been checked. */
function varint(message: Uint8Array, at: number): number {
  let low = 0;
  let high = 0;
  for (let shift = 0;; shift += 7) {
    const byte = message[at++];
    const bits = byte & 0x7f;
    if (shift < 28) low += bits * 2 ** shift;
    else high += bits * 2 ** (shift - 28);
    if (byte < 0x80) break;
  }
  // `high` counts units of 2^28; a negative number is written with all 64 bits.
  if (high >= 2 ** 35) return low + (high % 2 ** 36 - 2 ** 36) * 2 ** 28;
  return low + high * 2 ** 28;
}

function view(value: Uint8Array): DataView {
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}

function expect(field: Field, wire: number): void {
  if (field.wire !== wire) corrupt(`field ${field.number} is coded as wire type ${field.wire}`);
}

function corrupt(reason: string): never {
  throw new SyntaxError(`Cannot read ONNX model as its bytes are corrupt: ${reason}`);
}
